"""What a round asks and what comes back, as values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agents.domain.llm.citations import Citations
from agents.domain.llm.exchange import NO_USAGE, Cost, ModelRef, ModelResponse, Outcome, Usage
from agents.domain.llm.playback import Playback
from agents.domain.llm.prompt import Prompt
from agents.domain.llm.tape import AttemptNote
from agents.ports import AnyAgent, PriceBook
from trading.domain.observation import Observation

REPLY_REASONS: Final = frozenset(
    {"", "late", "raised", "empty", "too_long", "absent", "no_submission"}
) | frozenset(outcome.value for outcome in Outcome if outcome is not Outcome.ANSWERED)
"""'' for an answer; else why there is none. 'raised' also stands for an agent that returned no bytes."""


class NoPrices:
    """A price list that knows no price: every call counts as unpriced."""

    def cost_of(self, _model: ModelRef, _model_returned: str, _usage: Usage, _at_ms: int) -> Cost | None:
        """Return None."""
        return None


NO_PRICES: Final = NoPrices()
NO_CITATIONS: Final = Citations(0, 0)


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: this agent, about this observation, for this contestant's turn.

    The answer of a baseline, a yardstick, is not counted where the others' answers are.
    """

    contestant_id: str
    turn_id: str
    agent: AnyAgent
    observation: Observation
    is_baseline: bool = False

    @property
    def seat_id(self) -> str:
        """The contestant's name on the tape: of seed and seat, so the same in a season played again."""
        return self.observation.contestant_id


@dataclass(frozen=True, slots=True)
class Table:
    """The round everybody is asked in. ``wall_ms`` is the wall clock; ``deadline_s`` holds for all.

    ``interval_ms`` is the wall time from round to round; 0 takes the rules' interval. With a ``playback``
    nobody outside is asked: the tape answers, and no budget, breaker, deadline or network has a say.
    """

    season_id: str
    round_id: str
    slot: int
    number: int
    deadline_s: float
    wall_ms: Callable[[], int]
    prices: PriceBook = NO_PRICES
    playback: Playback | None = None
    interval_ms: int = 0


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What became of one question to a model, and what it took. ``cost`` is USD at 1e-8.

    ``prompt`` is None only where our own rendering failed. ``cost_source`` 'estimate' stands for a call that
    may be billed although its tokens were never told, 'settled' for one that was billed by a process that
    ended since; '' with ``is_unpriced`` for a price nobody knows.
    """

    model: ModelRef
    outcome: Outcome
    detail: str
    prompt: Prompt | None
    notes: tuple[AttemptNote, ...]
    started_wall_ms: int
    latency_us: int
    usage: Usage = NO_USAGE
    cost: int = 0
    cost_source: str = ""
    is_unpriced: bool = False
    citations: Citations = NO_CITATIONS

    @property
    def response(self) -> ModelResponse | None:
        """What the last attempt came to; None where none was made."""
        return self.notes[-1].response if self.notes else None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. ``raw`` is None exactly if ``reason`` (of ``REPLY_REASONS``) says why.

    ``call`` is there exactly if a language model decides for this contestant.
    """

    contestant_id: str
    raw: bytes | None
    reason: str
    latency_us: int
    call: CallRecord | None = None
