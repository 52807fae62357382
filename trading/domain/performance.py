"""The board's running measures, one documented definition each (docs/algorithms/standings.md).

Measures on the hourly grid, of trades and of executions: performance_curve, _trades and _fills.

Amounts and ratios are integers at 1e-8, rounded towards the worse figure; only measures that need a root are
floats. None means "not available": too few points, nothing lost, no variance. A trade is one position from
flat to flat, so splitting a fill changes nothing. Periods are a season's rounds on a fixed UTC grid.
"""

from collections.abc import Iterable
from math import sqrt
from typing import Final

from kernel.time import DAY_MS
from kernel.units import SCALE, Rounding, mul_div

YEAR_MS: Final = 365 * DAY_MS
"""Markets here never close: a year has 365 days, not 252."""

MIN_PERIODS: Final = 30
"""Fewer returns say nothing about their spread."""


def period_return(before: int, after: int) -> int | None:
    """Return after / before - 1 as a ratio, rounded down; None where there was nothing to earn on."""
    return mul_div(after - before, SCALE, before, Rounding.DOWN) if before > 0 else None


def drawdown_from(peak: int, equity: int) -> int:
    """Return the fall from a peak as a ratio, rounded up; 0 at or above the peak or without one."""
    return mul_div(peak - equity, SCALE, peak, Rounding.UP) if peak > 0 and equity < peak else 0


def max_drawdown(starting: int, curve: Iterable[int]) -> int:
    """Return the deepest fall from the highest equity before it; the starting balance is the first peak."""
    peak, deepest = starting, 0
    for equity in curve:
        peak = max(peak, equity)
        deepest = max(deepest, drawdown_from(peak, equity))
    return deepest


def sharpe(count: int, total: int, total_squared: int, interval_ms: int) -> float | None:
    """Return mean over standard deviation (n - 1) of period returns, annualised by the interval.

    ``total`` and ``total_squared`` are the sums of the returns at 1e-8 and of their squares at 1e-16; the
    variance is exact until the one root. None with fewer than 30 returns or without variance.
    """
    if count < MIN_PERIODS:
        return None
    spread = count * total_squared - total * total  # n(n - 1) times the variance, an exact integer
    if spread <= 0:
        return None
    per_period = total / sqrt(spread * count / (count - 1))
    return per_period * sqrt(YEAR_MS / interval_ms)


def sortino(count: int, total: int, downside_squared: int, interval_ms: int) -> float | None:
    """Return mean over downside deviation (target 0, all n in the denominator), annualised.

    ``downside_squared`` is the sum of the squares of the negative returns at 1e-16. None with fewer than 30
    returns or without a loss.
    """
    if count < MIN_PERIODS or downside_squared <= 0:
        return None
    return total / sqrt(count * downside_squared) * sqrt(YEAR_MS / interval_ms)


def win_rate(wins: int, trades: int) -> int | None:
    """Return the share of closed trades that earned after fees as a ratio, rounded down; None without any."""
    return mul_div(wins, SCALE, trades, Rounding.DOWN) if trades > 0 else None


def profit_factor(won: int, lost: int) -> int | None:
    """Return what winning trades earned over what losing ones cost (both > 0, net of fees), rounded down.

    None where nothing was lost: infinity is no figure.
    """
    return mul_div(won, SCALE, lost, Rounding.DOWN) if lost > 0 else None
