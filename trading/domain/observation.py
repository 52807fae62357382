"""What one contestant is shown: the shared view of the market, its own portfolio, the rules.

The market half is one object for all contestants of a round; only the portfolio half differs.
Features are integers at 1e-8, so an agent's input has one exact form (docs/algorithms/features.md).
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from trading.domain.instruments import Instrument
from trading.domain.invalidation import Invalidation
from trading.domain.market import MarketSnapshot
from trading.domain.positions import Portfolio
from trading.domain.resting import RestingOrder
from trading.domain.rules import Profile, RuleBook

Features = dict[str, int]
"""Name to figure at 1e-8, e.g. {'rsi_14': 3_120_000_000}; a name is absent while it cannot be computed."""


@dataclass(frozen=True, slots=True)
class FieldStats:
    """How the non-baseline contestants trade, for the turnover-matched random baseline. Ratios at 1e-8."""

    opens_per_turn: int
    mean_leverage: int
    mean_size: int
    mean_hold_rounds: int


@dataclass(frozen=True, slots=True)
class MarketView:
    """The half of an observation that all contestants share."""

    snapshot: MarketSnapshot
    snapshot_sha256: str
    features: dict[str, Features]
    rules: RuleBook
    slot: int
    field: FieldStats
    instruments: Mapping[str, Instrument] = dataclasses.field(default_factory=dict)
    """Steps, fees and minimums by symbol."""

    @property
    def marks(self) -> dict[str, int]:
        """Mark per symbol."""
        return {part.symbol: part.mark for part in self.snapshot.symbols}


class Thesis(NamedTuple):
    """Why an open position was opened, in its own contestant's words, and what would end it."""

    symbol: str
    decided_ms: int
    confidence: int
    reasoning: str
    invalidation: str
    watch: Invalidation | None


class PastTrade(NamedTuple):
    """One closed trade of the contestant. ``exit_kind`` says what closed it, also between rounds."""

    symbol: str
    side: int
    opened_ms: int
    closed_ms: int
    pnl: int
    fees: int
    exit_kind: str
    funding: int = 0
    """Received over its life; paid is negative."""


class OwnRecord(NamedTuple):
    """The contestant's own line of the board, to the unit, and what the rules count against it.

    ``net``, ``gross``, ``costs`` and ``max_drawdown`` are ratios of the starting capital as the board shows
    them; ``peak_equity`` and ``day_start_equity`` are units.
    """

    rank: int
    contestants: int
    net: int
    gross: int
    costs: int
    max_drawdown: int
    trades: int
    wins: int
    orders: int
    peak_equity: int
    day_start_equity: int
    opens_last_hour: int
    opens_last_day: int
    profile: Profile


@dataclass(frozen=True, slots=True)
class Memory:
    """What a contestant is told of its own past: entry theses, newest closed trades first, its record."""

    theses: tuple[Thesis, ...]
    trades: tuple[PastTrade, ...]
    record: OwnRecord


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything one contestant knows when it decides. ``equity`` is at the snapshot's marks.

    ``memory`` is None for deciders that take no notice of it.
    """

    market: MarketView
    portfolio: Portfolio
    equity: int
    contestant_id: str
    replica: int
    memory: Memory | None = None
    resting: tuple[RestingOrder, ...] = ()
    """Its orders that wait in the venue, in the order of placement."""
