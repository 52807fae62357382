"""Measures of an equity curve, one documented definition each (docs/algorithms/performance.md).

A curve is (market_ms, equity) pairs in order of time; equity holds unrealised profit and loss, fees and
funding. Returns are simple and taken on a fixed grid of full UTC hours, so that accounts which are marked at
different moments are measured alike. The one float is a statistic; money and drawdowns stay integers at 1e-8.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import exp, fsum, isfinite, log, sqrt
from typing import Final, NamedTuple

from kernel.time import DAY_MS, HOUR_MS
from kernel.units import SCALE, Rounding, UnitsError, float_to_units, mul_div
from trading.domain.performance import YEAR_MS, drawdown_from
from trading.domain.performance_figures import Figure, missing, missing_statistic

HOURS_A_YEAR: Final = YEAR_MS // HOUR_MS
MIN_RETURNS: Final = 7 * DAY_MS // HOUR_MS
"""Hourly returns under which a ratio of risk says nothing: seven days."""
MIN_CALMAR_MS: Final = 30 * DAY_MS
MIN_ANNUAL_MS: Final = 7 * DAY_MS

Point = tuple[int, int]


class Grid(NamedTuple):
    """Equity at full UTC hours: the last known at or before each. ``start_ms`` is the first hour.

    The grid starts at the last full hour before the first point, with the starting balance, and ends at the
    last full hour at or before the last point.
    """

    start_ms: int
    equity: tuple[int, ...]

    @property
    def moments(self) -> range:
        """The hours, in milliseconds."""
        return range(self.start_ms, self.start_ms + len(self.equity) * HOUR_MS, HOUR_MS)


class Fall(NamedTuple):
    """The deepest fall of a curve as a ratio of its peak; ``recovered_ms`` is None while it lasts."""

    depth: int
    peak: int
    trough: int
    trough_ms: int
    recovered_ms: int | None


class DayResult(NamedTuple):
    """What one UTC day earned: equity at its end minus at its start. ``day_ms`` is its midnight."""

    day_ms: int
    pnl: int
    equity: int


def start_of(curve: Sequence[Point]) -> int:
    """Return where the measured period begins: the last full hour before the first point."""
    return (curve[0][0] - 1) // HOUR_MS * HOUR_MS


def hourly_grid(capital: int, curve: Sequence[Point]) -> Grid:
    """Return the equity at each full hour; a curve without points has an empty grid."""
    if not curve:
        return Grid(0, ())
    start = start_of(curve)
    values: list[int] = []
    equity, hour = capital, start
    for moment, value in curve:
        while hour < moment:
            values.append(equity)
            hour += HOUR_MS
        equity = value
    if hour == curve[-1][0]:
        values.append(equity)
    return Grid(start, tuple(values))


def grid_returns(grid: Grid) -> tuple[float, ...] | None:
    """Return the simple returns from hour to hour; None where equity was used up, which has no return."""
    values = grid.equity
    if any(value <= 0 for value in values[:-1]):
        return None
    return tuple(after / before - 1 for before, after in pairwise(values))


def net_return(capital: int, curve: Sequence[Point]) -> Figure[int]:
    """Return the last equity over the starting balance minus one, rounded down."""
    if not curve:
        return missing("no_points")
    if capital <= 0:
        return missing("no_capital")
    return Figure(mul_div(curve[-1][1] - capital, SCALE, capital, Rounding.DOWN), "", len(curve))


def annual_return(capital: int, curve: Sequence[Point]) -> Figure[int]:
    """Return the compound return a year of this pace would bring; not under seven days."""
    growth = _annual_growth(capital, curve, MIN_ANNUAL_MS)
    if growth.value is None:
        return missing(growth.reason, growth.sample)
    try:
        return Figure(float_to_units(growth.value), "", growth.sample)
    except UnitsError:
        return missing("out_of_range", growth.sample)


def _annual_growth(capital: int, curve: Sequence[Point], least_ms: int) -> Figure[float]:
    if not curve:
        return missing_statistic("no_points")
    if capital <= 0:
        return missing_statistic("no_capital")
    elapsed, last = curve[-1][0] - start_of(curve), curve[-1][1]
    days = elapsed // DAY_MS
    if elapsed < least_ms:
        return missing_statistic("too_short", days)
    if last <= 0:
        return missing_statistic("equity_gone", days)
    power = log(last / capital) * (YEAR_MS / elapsed)
    return (
        Figure(exp(power) - 1, "", days) if power < _MOST_POWER else missing_statistic("out_of_range", days)
    )


_MOST_POWER: Final = 300.0
"""A growth by e to the 300 is no figure any more, and 2.6 times that would overflow a float."""


def sharpe_ratio(grid: Grid) -> Figure[float]:
    """Return mean over standard deviation (n - 1) of hourly returns, times sqrt(8760), with its error.

    The standard error is sqrt((1 + SR^2 / 2) / n) of the hourly ratio SR, scaled alike (Lo 2002, for
    independent returns: real ones are not quite, so it is a lower bound).
    """
    returns, refusal = _enough(grid)
    if refusal is not None:
        return refusal
    count = len(returns)
    if min(returns) == max(returns):
        return missing_statistic("no_variance", count)
    mean = fsum(returns) / count
    spread = sqrt(fsum((value - mean) ** 2 for value in returns) / (count - 1))
    ratio = mean / spread
    error = sqrt((1 + ratio * ratio / 2) / count)
    scale = sqrt(HOURS_A_YEAR)
    return _finite(ratio * scale, count, error * scale)


def sortino_ratio(grid: Grid) -> Figure[float]:
    """Return mean over downside deviation (target 0, all n below the line) of hourly returns, a year."""
    returns, refusal = _enough(grid)
    if refusal is not None:
        return refusal
    count = len(returns)
    downside = fsum(value * value for value in returns if value < 0)
    if downside == 0:
        return missing_statistic("no_loss", count)
    return _finite(fsum(returns) / count / sqrt(downside / count) * sqrt(HOURS_A_YEAR), count, None)


def _enough(grid: Grid) -> tuple[tuple[float, ...], Figure[float] | None]:
    count = max(len(grid.equity) - 1, 0)
    if count < MIN_RETURNS:
        return (), missing_statistic("too_short" if grid.equity else "no_points", count)
    returns = grid_returns(grid)
    if returns is None:
        return (), missing_statistic("equity_gone", count)
    return returns, None


def _finite(value: float, count: int, error: float | None) -> Figure[float]:
    if not isfinite(value):
        return missing_statistic("out_of_range", count)
    return Figure(value, "", count, error)


def calmar_ratio(capital: int, curve: Sequence[Point], fall: Fall | None) -> Figure[float]:
    """Return the annual compound return over the deepest fall; not under thirty days or without a fall."""
    growth = _annual_growth(capital, curve, MIN_CALMAR_MS)
    if growth.value is None:
        return growth
    if fall is None:
        return missing_statistic("no_drawdown", growth.sample)
    return _finite(growth.value / (fall.depth / SCALE), growth.sample, None)


def deepest_fall(capital: int, curve: Sequence[Point]) -> Fall | None:
    """Return the deepest fall from the highest equity before it on every stored point; None without one.

    The starting balance is the first peak. Of two equally deep falls the first counts.
    """
    peak, deepest = capital, None
    for moment, equity in curve:
        if equity > peak:
            peak = equity
        elif equity < peak:
            depth = drawdown_from(peak, equity)
            if depth > (deepest.depth if deepest else 0):
                deepest = Fall(depth, peak, equity, moment, None)
    if deepest is None:
        return None
    back = (at for at, equity in curve if at > deepest.trough_ms and equity >= deepest.peak)
    return deepest._replace(recovered_ms=next(back, None))


def max_drawdown_of(curve: Sequence[Point], fall: Fall | None) -> Figure[int]:
    """Return the depth of the deepest fall; 0 where equity never fell."""
    return Figure(fall.depth if fall else 0, "", len(curve)) if curve else missing("no_points")


def recovery_time(curve: Sequence[Point], fall: Fall | None) -> Figure[int]:
    """Return the milliseconds from the trough of the deepest fall until its peak was reached again."""
    if not curve:
        return missing("no_points")
    if fall is None:
        return missing("no_drawdown")
    if fall.recovered_ms is None:
        return missing("not_recovered")
    return Figure(fall.recovered_ms - fall.trough_ms, "", 1)


def recovery_factor(capital: int, curve: Sequence[Point], fall: Fall | None) -> Figure[int]:
    """Return net profit over the money lost in the deepest fall, rounded down."""
    if not curve:
        return missing("no_points")
    if fall is None:
        return missing("no_drawdown")
    value = mul_div(curve[-1][1] - capital, SCALE, fall.peak - fall.trough, Rounding.DOWN)
    return Figure(value, "", 1)


def daily_results(capital: int, curve: Sequence[Point]) -> tuple[DayResult, ...]:
    """Return every UTC day's profit or loss, oldest first; the last day may still be running.

    A point at midnight belongs to the day that begins there. The days add up to last equity minus capital.
    """
    if not curve:
        return ()
    ends: dict[int, int] = {}
    for moment, equity in curve:
        ends[moment // DAY_MS] = equity
    first, last = curve[0][0] // DAY_MS, curve[-1][0] // DAY_MS
    results: list[DayResult] = []
    before = capital
    for day in range(first, last + 1):
        after = ends.get(day, before)
        results.append(DayResult(day * DAY_MS, after - before, after))
        before = after
    return tuple(results)
