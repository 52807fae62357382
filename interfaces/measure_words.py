"""The words for every measure of performance and for why one is not available, to be translated."""

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from arena.domain.measures import UNITS
from interfaces.format import NONE, count, duration, fixed, money, percent, statistic
from kernel.units import SCALE
from trading.domain.performance_figures import Figure

Text = str | Promise


class MeasureWords(NamedTuple):
    """A measure's name and its definition in one sentence."""

    title: Text
    definition: Text


MEASURES: Final[dict[str, MeasureWords]] = {
    "net_return": MeasureWords(_("Return"), _("Equity over the starting balance, minus one.")),
    "annual_return": MeasureWords(
        _("Return a year"), _("The compound return that a year of this pace would bring; from seven days on.")
    ),
    "sharpe": MeasureWords(
        _("Sharpe, hourly"),
        _(
            "Mean of hourly returns over their standard deviation (n - 1), times the root of 8,760; from "
            "seven days on, with its standard error. It can be positive for who lost money."
        ),
    ),
    "sortino": MeasureWords(
        _("Sortino, hourly"),
        _("The same mean over the root mean square of the losing hours, counted over all hours."),
    ),
    "calmar": MeasureWords(_("Calmar"), _("Return a year over the deepest drawdown; from thirty days on.")),
    "max_drawdown": MeasureWords(
        _("Deepest drawdown"),
        _("The deepest fall from the highest equity before it, the starting balance included."),
    ),
    "recovery_time": MeasureWords(
        _("Recovery"), _("Time from the bottom of the deepest drawdown until its peak was reached again.")
    ),
    "recovery_factor": MeasureWords(
        _("Recovery factor"), _("Net profit over the money lost in the deepest drawdown.")
    ),
    "profit_factor": MeasureWords(
        _("Profit factor"),
        _("What winning trades earned over what losing ones cost, after fees and funding."),
    ),
    "win_rate": MeasureWords(_("Win rate"), _("Share of closed trades that earned after fees and funding.")),
    "expectancy": MeasureWords(_("Expectancy, USDT"), _("Mean net result of a closed trade.")),
    "sqn": MeasureWords(
        _("SQN"),
        _(
            "Root of the number of trades times mean over standard deviation (n - 1) of their net "
            "results; from thirty trades on."
        ),
    ),
    "trades": MeasureWords(_("Closed trades"), _("Positions from flat to flat.")),
    "average_win": MeasureWords(_("Average win, USDT"), _("Mean net result of the winning trades.")),
    "average_loss": MeasureWords(_("Average loss, USDT"), _("Mean net result of the losing trades.")),
    "largest_win": MeasureWords(_("Largest win, USDT"), _("The best net result of one trade.")),
    "largest_loss": MeasureWords(_("Largest loss, USDT"), _("The worst net result of one trade.")),
    "average_hold": MeasureWords(_("Average hold"), _("Mean time from opening to flat.")),
    "false_signals": MeasureWords(
        _("False signals"),
        _("Share of closed trades that lost by a stop, a liquidation or their own invalidation."),
    ),
    "time_in_market": MeasureWords(_("Time in market"), _("Share of the period with a position open.")),
    "mean_exposure": MeasureWords(_("Mean exposure"), _("Mean of gross notional over equity at full hours.")),
    "orders": MeasureWords(_("Orders executed"), _("Orders with at least one execution.")),
    "turnover": MeasureWords(_("Turnover, USDT"), _("Notional of all executions.")),
    "turnover_factor": MeasureWords(_("Turnover over capital"), _("Turnover over the starting balance.")),
    "slippage": MeasureWords(
        _("Slippage, bp"),
        _("How much worse than the mark at decision orders were executed, weighted by notional."),
    ),
    "fill_rate": MeasureWords(
        _("Fill rate"), _("Executed over ordered, by notional at the mark, of orders that have ended.")
    ),
    "ambiguous_fills": MeasureWords(
        _("Ambiguous exits"),
        _("Orders executed in a bar that held both stop and target, where the stop was taken first."),
    ),
    "ambiguous_share": MeasureWords(_("Ambiguous share"), _("Ambiguous exits over orders executed.")),
    "fees": MeasureWords(_("Fees paid, USDT"), _("All trading fees.")),
    "funding": MeasureWords(_("Funding, USDT"), _("Funding received; paid is negative.")),
}

REASONS: Final[dict[str, Text]] = {
    "no_points": _("No round has been closed yet."),
    "no_capital": _("There was no starting balance to measure against."),
    "too_short": _("The period is too short to say this."),
    "no_variance": _("It never varied."),
    "no_loss": _("No hour lost anything, so there is no downside to divide by."),
    "no_drawdown": _("Equity never fell below an earlier peak."),
    "not_recovered": _("The peak before the deepest drawdown has not been reached again."),
    "equity_gone": _("Equity was used up, and from nothing there is no return."),
    "out_of_range": _("The figure is too large to mean anything."),
    "no_trades": _("No trade is closed yet."),
    "too_few_trades": _("Fewer than thirty trades are closed."),
    "no_winners": _("No trade has won yet."),
    "no_losers": _("No trade has lost yet, and infinity is no figure."),
    "no_fills": _("No order has been executed yet."),
    "no_orders": _("No order has ended yet."),
    "no_marks": _("No price is recorded for these hours."),
}


QUALIFICATIONS: Final[dict[str, Text]] = {
    "qualified": _("Qualified: at least ten closed trades, every order sent by a program."),
    "too_few_trades": _("Not qualified yet: fewer than ten closed trades."),
    "by_hand": _("Not qualified: a person decides by hand."),
}
"""Whether a contestant may be counted in a contest that asks for it."""


def written(code: str, figure: Figure[int] | Figure[float]) -> str:
    """Return a measure as people read it; a dash where it is not available (its reason stands beside it)."""
    if figure.value is None:
        return NONE
    unit = UNITS[code]
    if unit == "statistic":
        return _with_error(figure)
    value = int(figure.value)
    if unit == "ratio":
        return percent(value)
    if unit == "usdt":
        return money(value)
    if unit == "ms":
        return duration(value)
    return count(value) if unit == "count" else fixed(value * (10_000 if unit == "bp" else 1), 2)


def _with_error(figure: Figure[int] | Figure[float]) -> str:
    text = statistic(figure.value)
    if figure.error is None:
        return text
    return f"{text} ± {fixed(round(figure.error * 100) * (SCALE // 100), 2)}"


def why_not(figure: Figure[int] | Figure[float]) -> str:
    """Return why a measure is not available, '' where it is."""
    return str(REASONS[figure.reason]) if figure.reason else ""
