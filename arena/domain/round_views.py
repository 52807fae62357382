"""One round as the faces show it: its steps, its market, everybody's part in it."""

from dataclasses import dataclass

from arena.domain.activity import DecisionView
from arena.domain.minds import CallView


@dataclass(frozen=True, slots=True)
class TurnView:
    """One contestant's part in one round."""

    contestant_slug: str
    contestant_name: str
    position: int
    outcome: str
    reason: str
    summary: str
    answer_sha256: str
    latency_us: int
    equity: int | None
    decisions: tuple[DecisionView, ...]
    rejections: tuple[tuple[int, str], ...] = ()
    """Void items of the answer: place in its list, code."""
    baseline: bool = False
    call: CallView | None = None


@dataclass(frozen=True, slots=True)
class StageView:
    """One step of the straight line with its figures. ``state``: done, current, waiting."""

    step: int
    name: str
    state: str
    figures: tuple[tuple[str, str], ...]
    """(name, value) pairs; hashes and counts as text."""


@dataclass(frozen=True, slots=True)
class SymbolFrame:
    """One symbol as the round's snapshot froze it, with its features."""

    symbol: str
    mark: int
    spread: int
    bid_depth: int
    ask_depth: int
    observed_ms: int
    features: dict[str, int]


@dataclass(frozen=True, slots=True)
class RoundView:
    """One round in full."""

    number: int
    slot: int
    market_ms: int
    stage: str
    held_reason: str
    snapshot_sha256: str
    book_sha256: str
    rulebook_sha256: str
    receipt_state: str
    receipt_root: str
    replay_hash: str
    source: str
    stages: tuple[StageView, ...]
    symbols: tuple[SymbolFrame, ...]
    turns: tuple[TurnView, ...]


@dataclass(frozen=True, slots=True)
class RoundHead:
    """One line of the list of rounds."""

    number: int
    market_ms: int
    stage: str
    decided: int
    held: int
    forced: int
    fills: int
    snapshot_sha256: str
