"""What can be traded, in which steps, at which fees."""

from dataclasses import dataclass
from typing import Final

from kernel.time import HOUR_MS
from kernel.units import SCALE
from trading.domain.tiers import Tier, check_tiers, single_tier

QUOTE_ASSET: Final = "USDT"
"""Every perpetual here is margined and settled in USDT."""


FUNDING_INTERVAL_MS: Final = 8 * HOUR_MS
"""The usual time between two settlements of funding; a venue may have another one for a symbol."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A USDT-margined perpetual. All figures in units of 1e-8; fees and rates are ratios."""

    symbol: str
    tick: int
    lot: int
    min_notional: int
    taker_fee: int
    maker_fee: int
    maintenance_rate: int
    max_leverage: int
    tiers: tuple[Tier, ...] = ()
    """Maintenance by notional; where none are given, one with ``maintenance_rate`` and ``max_leverage``."""
    funding_interval_ms: int = FUNDING_INTERVAL_MS

    def __post_init__(self) -> None:
        """Refuse an instrument that no order could obey."""
        if not (self.symbol.isascii() and self.symbol.isalnum() and self.symbol.isupper()):
            raise ValueError(f"symbol {self.symbol!r} must be upper-case ASCII letters and digits")
        if min(self.tick, self.lot, self.min_notional, self.max_leverage) <= 0:
            raise ValueError(f"{self.symbol}: tick, lot, minimum and leverage must be positive")
        if not 0 <= self.maker_fee <= self.taker_fee <= SCALE // 100:
            raise ValueError(f"{self.symbol}: a fee above 1 % is a unit mistake")
        if self.funding_interval_ms <= 0:
            raise ValueError(f"{self.symbol}: funding needs a positive interval")
        check_tiers(self.symbol, self.tiers)

    @property
    def brackets(self) -> tuple[Tier, ...]:
        """The tiers that hold, whichever way the figures were given."""
        return self.tiers or single_tier(self.maintenance_rate, self.max_leverage)
