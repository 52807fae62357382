"""Measures of closed trades, one documented definition each (docs/algorithms/performance.md).

A trade is one position from flat to flat, so that splitting a fill or adding to a position changes no figure
of this page. Its net result is profit and loss, less fees, plus funding received (paid is negative).
"""

from collections.abc import Sequence
from math import fsum, isfinite, sqrt
from typing import Final, NamedTuple

from kernel.units import SCALE, Rounding, div, mul_div
from trading.domain.performance_figures import Figure, missing, missing_statistic

MIN_SQN_TRADES: Final = 30

PROVED_WRONG: Final = frozenset({"stop_loss", "trailing", "liquidation", "invalidated"})
"""Endings by which the market, not the trader, ended a trade against its idea."""


class TradeFact(NamedTuple):
    """One closed trade. ``net`` in units of USDT is after fees and funding."""

    net: int
    opened_ms: int
    closed_ms: int
    exit_kind: str


class TradeFigures(NamedTuple):
    """Everything that closed trades say."""

    trades: Figure[int]
    win_rate: Figure[int]
    profit_factor: Figure[int]
    expectancy: Figure[int]
    sqn: Figure[float]
    average_win: Figure[int]
    average_loss: Figure[int]
    largest_win: Figure[int]
    largest_loss: Figure[int]
    average_hold: Figure[int]
    false_signals: Figure[int]


def compute_trades(trades: Sequence[TradeFact]) -> TradeFigures:
    """Return the figures of these trades, whatever their order."""
    wins = [trade.net for trade in trades if trade.net > 0]
    losses = [trade.net for trade in trades if trade.net < 0]
    return TradeFigures(
        trades=Figure(len(trades), "", len(trades)),
        win_rate=_share(len(wins), len(trades), Rounding.DOWN),
        profit_factor=_profit_factor(wins, losses, len(trades)),
        expectancy=_mean([trade.net for trade in trades], Rounding.DOWN, "no_trades"),
        sqn=_sqn([trade.net for trade in trades]),
        average_win=_mean(wins, Rounding.DOWN, "no_winners"),
        average_loss=_mean(losses, Rounding.DOWN, "no_losers"),
        largest_win=Figure(max(wins), "", len(wins)) if wins else missing("no_winners"),
        largest_loss=Figure(min(losses), "", len(losses)) if losses else missing("no_losers"),
        average_hold=_mean([t.closed_ms - t.opened_ms for t in trades], Rounding.DOWN, "no_trades"),
        false_signals=_share(sum(map(_is_false_signal, trades)), len(trades), Rounding.UP),
    )


def _is_false_signal(trade: TradeFact) -> bool:
    return trade.net < 0 and trade.exit_kind in PROVED_WRONG


def _share(part: int, whole: int, rounding: Rounding) -> Figure[int]:
    return Figure(mul_div(part, SCALE, whole, rounding), "", whole) if whole else missing("no_trades")


def _mean(values: Sequence[int], rounding: Rounding, reason: str) -> Figure[int]:
    return Figure(div(sum(values), len(values), rounding), "", len(values)) if values else missing(reason)


def _profit_factor(wins: Sequence[int], losses: Sequence[int], trades: int) -> Figure[int]:
    """Return what winners earned over what losers cost, rounded down; infinity is no figure."""
    if not trades:
        return missing("no_trades")
    if not losses:
        return missing("no_losers", trades)
    return Figure(mul_div(sum(wins), SCALE, -sum(losses), Rounding.DOWN), "", trades)


def _sqn(nets: Sequence[int]) -> Figure[float]:
    """Return sqrt(n) times mean over standard deviation (n - 1) of net results; not under thirty trades."""
    count = len(nets)
    if count < MIN_SQN_TRADES:
        return missing_statistic("too_few_trades" if nets else "no_trades", count)
    if min(nets) == max(nets):
        return missing_statistic("no_variance", count)
    mean = sum(nets) / count
    spread = sqrt(fsum((net - mean) ** 2 for net in nets) / (count - 1))
    value = sqrt(count) * mean / spread if spread else 0.0
    return Figure(value, "", count) if isfinite(value) else missing_statistic("out_of_range", count)
