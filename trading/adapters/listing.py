"""What the offline markets list: reference prices, steps, fees and moods of USDT perpetuals.

Fees are those of a large public venue in October 2024, and so is maintenance where the table of tiers
(tier_table.py) knows the symbol; any other gets one careful rate and leverage for every notional. Prices and
turnover are round figures of late 2025. They start a simulation; they are not quotes.
"""

from typing import Final, NamedTuple

from kernel.ids import derive_seed
from kernel.time import HOUR_MS
from kernel.units import BASIS_POINT, SCALE
from trading.adapters.tier_table import tiers_of
from trading.domain.instruments import FUNDING_INTERVAL_MS, Instrument
from trading.domain.tiers import single_tier

TAKER_FEE: Final = 5 * BASIS_POINT
MAKER_FEE: Final = 2 * BASIS_POINT
MIN_NOTIONAL: Final = 5 * SCALE

_MILLION: Final = 1_000_000


class Listing(NamedTuple):
    """One perpetual as the simulation knows it.

    ``price`` is in units, ``daily_turnover`` in whole USDT. ``beta`` is the pull of the market factor and
    ``own_volatility`` the daily deviation of the symbol's own part: statistics, so floats. Maintenance rate
    and leverage hold for every notional, and only where the table of tiers does not know the symbol.
    """

    price: int
    daily_turnover: int
    beta: float
    own_volatility: float
    maintenance_rate: int = 100 * BASIS_POINT
    max_leverage: int = 25
    funding_interval_ms: int = FUNDING_INTERVAL_MS


LISTINGS: Final = {
    "BTC": Listing(95_000 * SCALE, 15_000 * _MILLION, 1.0, 0.010),
    "ETH": Listing(3_200 * SCALE, 12_000 * _MILLION, 1.3, 0.016),
    "SOL": Listing(150 * SCALE, 4_000 * _MILLION, 1.55, 0.022),
    "BNB": Listing(900 * SCALE, 900 * _MILLION, 0.9, 0.014),
    "ASTER": Listing(12 * SCALE // 10, 600 * _MILLION, 1.4, 0.045, max_leverage=50),
    "XRP": Listing(22 * SCALE // 10, 2_000 * _MILLION, 1.25, 0.025),
    "ADA": Listing(55 * SCALE // 100, 600 * _MILLION, 1.5, 0.024),
    "DOGE": Listing(16 * SCALE // 100, 1_500 * _MILLION, 1.6, 0.026),
    "LTC": Listing(95 * SCALE, 400 * _MILLION, 1.2, 0.022),
    "AVAX": Listing(16 * SCALE, 400 * _MILLION, 1.6, 0.026),
    "LINK": Listing(14 * SCALE, 400 * _MILLION, 1.55, 0.022),
    "DOT": Listing(28 * SCALE // 10, 200 * _MILLION, 1.5, 0.026, funding_interval_ms=4 * HOUR_MS),
    "SUI": Listing(
        18 * SCALE // 10, 600 * _MILLION, 1.7, 0.032, max_leverage=50, funding_interval_ms=4 * HOUR_MS
    ),
}


def listing_of(symbol: str) -> Listing:
    """Return a symbol's listing; one that is not in the table gets figures derived from its name."""
    listed = LISTINGS.get(symbol)
    if listed is not None:
        return listed
    draw = derive_seed("listing", symbol)
    magnitude = 10 ** (draw % 4)  # 0.1 to 1,000 USDT
    price = (1 + draw // 4 % 9) * magnitude * SCALE // 10
    return Listing(price, 100 * _MILLION, 1.4, 0.03)


def power_of_ten_below(units: int) -> int:
    """Return the largest power of ten units that is not above this figure; at least one unit."""
    return int(10 ** (len(str(max(units, 1))) - 1))


def instrument_of(symbol: str, price: int, tick: int | None = None) -> Instrument:
    """Return a symbol as it trades near this price.

    The tick, where it is not given, is the power of ten at or below 1/100,000 of the price (a tenth of a
    basis point); the lot is the power of ten that is worth at most one USDT.
    """
    listing = listing_of(symbol)
    tiers = tiers_of(symbol)
    first = (tiers or single_tier(listing.maintenance_rate, listing.max_leverage))[0]
    return Instrument(
        symbol=symbol,
        tick=tick or power_of_ten_below(price // 100_000),
        lot=power_of_ten_below(SCALE * SCALE // price),
        min_notional=MIN_NOTIONAL,
        taker_fee=TAKER_FEE,
        maker_fee=MAKER_FEE,
        maintenance_rate=first.rate,
        max_leverage=first.max_leverage,
        tiers=tiers,
        funding_interval_ms=listing.funding_interval_ms,
    )
