"""One contestant's turn as the faces show it: a line of a list, and whole with question and answer."""

from dataclasses import dataclass

from arena.domain.minds import CallView, PromptView
from arena.domain.round_views import TurnView


@dataclass(frozen=True, slots=True)
class TurnLine:
    """One turn of a contestant that a language model decides for. ``call`` is None where nobody was asked."""

    number: int
    market_ms: int
    outcome: str
    reason: str
    call: CallView | None


@dataclass(frozen=True, slots=True)
class TurnPage:
    """One turn in full.

    ``prompt`` and ``answer`` are None until the round is closed, so that nobody reads another's words while
    there is something to gain by it; and where there is none: only a language model is sent a prompt.
    """

    number: int
    market_ms: int
    is_closed: bool
    snapshot_sha256: str
    kind: str
    division: str
    turn: TurnView
    prompt: PromptView | None
    answer: bytes | None
