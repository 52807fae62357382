"""Measures of execution and exposure, one documented definition each (docs/algorithms/performance.md).

Sums run over exact products in Python integers and are divided once, and counts are of orders, so cutting a
fill into parts changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from kernel.units import SCALE, Rounding, mul_div
from trading.domain.performance_curve import Grid
from trading.domain.performance_figures import Figure, missing


class FillFact(NamedTuple):
    """One execution. ``mark`` is the one at the decision of its order; 0 where nobody decided."""

    order_id: str
    symbol: str
    side: int
    qty: int
    notional: int
    fee: int
    ambiguous: bool
    market_ms: int
    mark: int


class OrderFact(NamedTuple):
    """One order of a decision whose end is known: asked for, executed, and the mark when it was decided."""

    qty: int
    filled: int
    mark: int


class FillFigures(NamedTuple):
    """Everything that executions say. ``turnover`` and ``fees`` are units of USDT."""

    orders: Figure[int]
    turnover: Figure[int]
    fees: Figure[int]
    slippage: Figure[int]
    fill_rate: Figure[int]
    ambiguous_fills: Figure[int]
    ambiguous_share: Figure[int]


class ExposureFigures(NamedTuple):
    """How much was at stake and for how long, as ratios."""

    time_in_market: Figure[int]
    mean_exposure: Figure[int]


def compute_fills(fills: Sequence[FillFact], orders: Sequence[OrderFact]) -> FillFigures:
    """Return the figures of these executions and of the orders they came from."""
    known = {fill.order_id for fill in fills}
    doubtful = {fill.order_id for fill in fills if fill.ambiguous}
    count = len(known)
    share = mul_div(len(doubtful), SCALE, count, Rounding.UP) if count else None
    return FillFigures(
        orders=Figure(count, "", count),
        turnover=Figure(sum(fill.notional for fill in fills), "", count),
        fees=Figure(sum(fill.fee for fill in fills), "", count),
        slippage=_slippage(fills),
        fill_rate=_fill_rate(orders),
        ambiguous_fills=Figure(len(doubtful), "", count),
        ambiguous_share=missing("no_fills") if share is None else Figure(share, "", count),
    )


def _slippage(fills: Sequence[FillFact]) -> Figure[int]:
    """Return how much worse than the mark at decision, by notional, rounded up; gains are negative."""
    decided = [fill for fill in fills if fill.mark > 0]
    if not decided:
        return missing("no_fills")
    worse = sum(fill.side * (fill.notional * SCALE - fill.qty * fill.mark) for fill in decided)
    value = mul_div(worse, SCALE, sum(fill.qty * fill.mark for fill in decided), Rounding.UP)
    return Figure(value, "", len({fill.order_id for fill in decided}))


def _fill_rate(orders: Sequence[OrderFact]) -> Figure[int]:
    """Return executed over ordered, weighted by notional at the mark, rounded down."""
    asked = sum(order.qty * order.mark for order in orders)
    if not asked:
        return missing("no_orders")
    done = sum(min(order.filled, order.qty) * order.mark for order in orders)
    return Figure(mul_div(done, SCALE, asked, Rounding.DOWN), "", len(orders))


def compute_exposure(
    fills: Iterable[FillFact], grid: Grid, end_ms: int, marks: Mapping[int, Mapping[str, int]]
) -> ExposureFigures:
    """Return how long positions were open and the mean of gross notional over equity at full hours.

    ``marks`` maps a full hour to each symbol's last price at or before it. Hours without equity are left out.
    """
    if not grid.equity or end_ms <= grid.start_ms:
        return ExposureFigures(missing("no_points"), missing("no_points"))
    steps = list(_steps(fills))
    open_ms = _open_time(steps, end_ms)
    share = mul_div(open_ms, SCALE, end_ms - grid.start_ms, Rounding.UP)
    return ExposureFigures(Figure(min(share, SCALE), "", len(steps)), _mean_exposure(steps, grid, marks))


def _steps(fills: Iterable[FillFact]) -> Iterable[tuple[int, dict[str, int]]]:
    """Yield each moment of executions with what is held after it, signed, by symbol."""
    held: dict[str, int] = {}
    ordered = sorted(fills, key=attrgetter("market_ms"))
    for moment, group in groupby(ordered, key=attrgetter("market_ms")):
        held = dict(held)
        for fill in group:
            held[fill.symbol] = held.get(fill.symbol, 0) + fill.side * fill.qty
        held = {symbol: qty for symbol, qty in held.items() if qty}
        yield moment, held


def _open_time(steps: Sequence[tuple[int, Mapping[str, int]]], end_ms: int) -> int:
    total = 0
    for index, (moment, held) in enumerate(steps):
        following = steps[index + 1][0] if index + 1 < len(steps) else end_ms
        total += max(min(following, end_ms) - moment, 0) if held else 0
    return total


def _mean_exposure(
    steps: Sequence[tuple[int, Mapping[str, int]]], grid: Grid, marks: Mapping[int, Mapping[str, int]]
) -> Figure[int]:
    total = hours = index = 0
    held: Mapping[str, int] = {}
    for moment, equity in zip(grid.moments, grid.equity, strict=True):
        while index < len(steps) and steps[index][0] <= moment:
            held = steps[index][1]
            index += 1
        gross = _gross(held, marks.get(moment, {}))
        if gross is None or equity <= 0:
            continue
        hours += 1
        total += mul_div(gross, SCALE, equity, Rounding.UP)
    return Figure(-(-total // hours), "", hours) if hours else missing("no_marks")


def _gross(held: Mapping[str, int], marks: Mapping[str, int]) -> int | None:
    if any(symbol not in marks for symbol in held):
        return None
    return sum(mul_div(abs(qty), marks[symbol], SCALE, Rounding.UP) for symbol, qty in held.items())
