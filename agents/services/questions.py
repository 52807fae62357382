"""What a round asks and what comes back, as values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agents.domain.llm.exchange import Cost, ModelRef, Outcome, Usage
from agents.ports import AnyAgent, PriceBook
from trading.domain.observation import Observation

REPLY_REASONS: Final = frozenset({"", "late", "raised", "empty", "too_long"}) | frozenset(
    outcome.value for outcome in Outcome if outcome is not Outcome.ANSWERED
)
"""'' for an answer; else why there is none. 'raised' also stands for an agent that returned no bytes."""


class NoPrices:
    """A price list that knows no price: every call counts as unpriced."""

    def cost_of(self, _model: ModelRef, _model_returned: str, _usage: Usage, _at_ms: int) -> Cost | None:
        """Return None."""
        return None


NO_PRICES: Final = NoPrices()


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: this agent, about this observation, for this contestant's turn."""

    contestant_id: str
    turn_id: str
    agent: AnyAgent
    observation: Observation

    @property
    def seat_id(self) -> str:
        """The contestant's name on the tape: of seed and seat, so the same in a season played again."""
        return self.observation.contestant_id


@dataclass(frozen=True, slots=True)
class Table:
    """The round everybody is asked in. ``wall_ms`` is the wall clock; ``deadline_s`` holds for all."""

    season_id: str
    round_id: str
    slot: int
    number: int
    deadline_s: float
    wall_ms: Callable[[], int]
    prices: PriceBook = NO_PRICES


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. ``raw`` is None exactly if ``reason`` (of ``REPLY_REASONS``) says why."""

    contestant_id: str
    raw: bytes | None
    reason: str
    latency_us: int
