"""What one contestant is shown: the shared view of the market, its own portfolio, the rules.

The market half is one object for all contestants of a round; only the portfolio half differs.
Features are integers at 1e-8, so an agent's input has one exact form (docs/algorithms/features.md).
"""

from dataclasses import dataclass

from trading.domain.market import MarketSnapshot
from trading.domain.positions import Portfolio
from trading.domain.rules import RuleBook

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

    @property
    def marks(self) -> dict[str, int]:
        """Mark per symbol."""
        return {part.symbol: part.mark for part in self.snapshot.symbols}


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything one contestant knows when it decides. ``equity`` is at the snapshot's marks."""

    market: MarketView
    portfolio: Portfolio
    equity: int
    contestant_id: str
    replica: int
