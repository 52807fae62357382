"""The rate of a funding settlement: the venues' usual formula, and what no true rate can be.

    rate = (P + clamp(I - P, -0.05 %, +0.05 %)) x interval / 8 h

P is the premium of the perpetual averaged over the interval, I = 0.01 % the interest of eight hours. While
the premium stays within 0.05 % of the interest, the rate is the interest itself. So do the public rules of
Binance USD-M and of Gate (gate.io/futures/introduction/funding-rate-history).
"""

from collections.abc import Sequence
from typing import Final

from kernel.time import HOUR_MS
from kernel.units import BASIS_POINT, SCALE, Rounding, mul_div
from trading.domain.funding import FundingRate

INTEREST: Final = BASIS_POINT
"""Interest of eight hours, as a ratio."""

CLAMP: Final = 5 * BASIS_POINT

INTEREST_MS: Final = 8 * HOUR_MS
"""The time the interest and the premium are meant for."""

MAX_FUNDING: Final = 5 * SCALE // 100
"""Bound of a rate. The venues cap theirs at 2 to 4 %: what is beyond is a mistake of units or of the feed."""


def compute_funding_rate(premiums: Sequence[int], interval_ms: int, cap: int) -> int:
    """Return the rate of an interval by its premiums (ratios, at even moments), within +-``cap``.

    Rounded towards minus infinity at every step. Raises ValueError where there is no premium.
    """
    if not premiums:
        raise ValueError("a funding rate needs at least one premium")
    premium = sum(premiums) // len(premiums)
    rate = premium + max(-CLAMP, min(CLAMP, INTEREST - premium))
    scaled = mul_div(rate, interval_ms, INTEREST_MS, Rounding.DOWN)
    return max(-cap, min(cap, scaled))


def check_funding_rate(rate: int) -> None:
    """Raise ValueError for a rate that no venue pays."""
    if abs(rate) > MAX_FUNDING:
        raise ValueError(f"a funding rate of {rate / SCALE:g} is beyond {MAX_FUNDING / SCALE:g}")


def in_order(rate: FundingRate) -> tuple[int, str]:
    """Return what settlements are sorted by: the instant, then the symbol's name."""
    return rate.market_ms, rate.symbol
