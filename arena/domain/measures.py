"""All measures of one contestant at one moment, each with its unit: the one list that every face shows.

Pure: facts in, figures out. Definitions: docs/algorithms/performance.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from kernel.units import SCALE, Rounding, mul_div
from trading.domain import performance_curve as curves
from trading.domain.performance_curve import DayResult, Point
from trading.domain.performance_figures import Figure, missing
from trading.domain.performance_fills import FillFact, OrderFact, compute_exposure, compute_fills
from trading.domain.performance_trades import TradeFact, compute_trades

UNITS: Final[Mapping[str, str]] = {
    "net_return": "ratio",
    "annual_return": "ratio",
    "sharpe": "statistic",
    "sortino": "statistic",
    "calmar": "statistic",
    "max_drawdown": "ratio",
    "recovery_time": "ms",
    "recovery_factor": "factor",
    "profit_factor": "factor",
    "win_rate": "ratio",
    "expectancy": "usdt",
    "sqn": "statistic",
    "trades": "count",
    "average_win": "usdt",
    "average_loss": "usdt",
    "largest_win": "usdt",
    "largest_loss": "usdt",
    "average_hold": "ms",
    "false_signals": "ratio",
    "time_in_market": "ratio",
    "mean_exposure": "ratio",
    "orders": "count",
    "turnover": "usdt",
    "turnover_factor": "factor",
    "slippage": "bp",
    "fill_rate": "ratio",
    "ambiguous_fills": "count",
    "ambiguous_share": "ratio",
    "fees": "usdt",
    "funding": "usdt",
}
"""Measure -> unit, in the order they are shown. 'usdt', 'ratio', 'factor' and 'bp' are whole numbers at 1e-8
('bp' is a ratio shown in basis points), 'ms' and 'count' whole numbers, 'statistic' a float."""


MIN_TRADES: Final = 10
"""Closed trades that a contestant needs to qualify."""

QUALIFICATIONS: Final = ("qualified", "too_few_trades", "by_hand")


def qualification(trades: int, *, by_hand: bool) -> str:
    """Return whether a contestant qualifies: at least ten closed trades, every order sent by a program."""
    if by_hand:
        return "by_hand"
    return "qualified" if trades >= MIN_TRADES else "too_few_trades"


class Facts(NamedTuple):
    """What a contestant's measures are computed from: rows, and nothing else."""

    capital: int
    curve: Sequence[Point]
    trades: Sequence[TradeFact]
    fills: Sequence[FillFact]
    orders: Sequence[OrderFact]
    funding: int
    marks: Mapping[int, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Measures:
    """A contestant's measures over a period. ``from_ms`` and ``until_ms`` are 0 before the first point."""

    contestant_slug: str
    name: str
    from_ms: int
    until_ms: int
    points: int
    hours: int
    """Hourly returns in the sample of the ratios of risk."""
    figures: Mapping[str, Figure[int] | Figure[float]]
    """One for each of ``UNITS``, in its order."""
    days: tuple[DayResult, ...]
    qualification: str
    """One of ``QUALIFICATIONS``."""


def compute_measures(slug: str, name: str, facts: Facts, *, by_hand: bool = False) -> Measures:
    """Return every measure of these facts; ``by_hand`` is true for a person who decides at the desk."""
    curve = facts.curve
    grid = curves.hourly_grid(facts.capital, curve)
    found: dict[str, Figure[int] | Figure[float]] = {
        **_curve_figures(facts, grid),
        **compute_trades(facts.trades)._asdict(),
        **compute_fills(facts.fills, facts.orders)._asdict(),
        **_exposure(facts, grid),
        "funding": Figure(facts.funding),
        "turnover_factor": _turnover_factor(facts),
    }
    return Measures(
        contestant_slug=slug,
        name=name,
        from_ms=grid.start_ms,
        until_ms=curve[-1][0] if curve else 0,
        points=len(curve),
        hours=max(len(grid.equity) - 1, 0),
        figures={code: found[code] for code in UNITS},
        days=curves.daily_results(facts.capital, curve),
        qualification=qualification(len(facts.trades), by_hand=by_hand),
    )


def _curve_figures(facts: Facts, grid: curves.Grid) -> dict[str, Figure[int] | Figure[float]]:
    capital, curve = facts.capital, facts.curve
    fall = curves.deepest_fall(capital, curve)
    return {
        "net_return": curves.net_return(capital, curve),
        "annual_return": curves.annual_return(capital, curve),
        "sharpe": curves.sharpe_ratio(grid),
        "sortino": curves.sortino_ratio(grid),
        "calmar": curves.calmar_ratio(capital, curve, fall),
        "max_drawdown": curves.max_drawdown_of(curve, fall),
        "recovery_time": curves.recovery_time(curve, fall),
        "recovery_factor": curves.recovery_factor(capital, curve, fall),
    }


def _exposure(facts: Facts, grid: curves.Grid) -> dict[str, Figure[int]]:
    end_ms = facts.curve[-1][0] if facts.curve else 0
    figures: dict[str, Figure[int]] = compute_exposure(facts.fills, grid, end_ms, facts.marks)._asdict()
    return figures


def _turnover_factor(facts: Facts) -> Figure[int]:
    if facts.capital <= 0:
        return missing("no_capital")
    turnover = sum(fill.notional for fill in facts.fills)
    return Figure(mul_div(turnover, SCALE, facts.capital, Rounding.DOWN), "", len(facts.fills))
