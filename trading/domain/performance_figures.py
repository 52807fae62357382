"""A figure of performance: a value with its sample, or "not available" with the reason why."""

from typing import Final, Generic, NamedTuple, TypeVar

Value = TypeVar("Value", int, float)

REASONS: Final = frozenset(
    {
        "no_points",
        "no_capital",
        "too_short",
        "no_variance",
        "no_loss",
        "no_drawdown",
        "not_recovered",
        "equity_gone",
        "out_of_range",
        "no_trades",
        "too_few_trades",
        "no_winners",
        "no_losers",
        "no_fills",
        "no_orders",
        "no_marks",
    }
)
"""Why a figure is not available: a closed list, each with a sentence in ``interfaces``."""


class Figure(NamedTuple, Generic[Value]):
    """One measure. ``value`` None is "not available", and then ``reason`` is one of ``REASONS``.

    An int is units of 1e-8 (money, ratios), a count or milliseconds; a float is a statistic. ``sample`` is
    how many it was taken from, ``error`` a standard error in the unit of the value where there is one.
    """

    value: Value | None
    reason: str = ""
    sample: int = 0
    error: float | None = None


def missing(reason: str, sample: int = 0) -> "Figure[int]":
    """Return a figure in units that is not available."""
    return Figure(None, reason, sample)


def missing_statistic(reason: str, sample: int = 0) -> "Figure[float]":
    """Return a statistic that is not available."""
    return Figure(None, reason, sample)
