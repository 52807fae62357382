"""Stop and target of an open, held against the mark."""

from typing import Final

from agents.domain.answers.values import AnswerContext
from agents.domain.strict_json import RefusedError
from trading.domain.decisions import Action, Decision

_FARTHEST: Final = 2
"""A price farther from the mark than mark / 2 is a slip of the unit, or another symbol's price."""


def check_exits(decision: Decision, context: AnswerContext) -> None:
    """Raise RefusedError if an exit is missing or lies where it cannot be meant.

    Everybody's prices must lie within half the mark of it, where marks are known. Side, distance
    and presence are checked under ``limits`` only: in a round they belong to the risk rules.
    """
    limits = context.limits
    if limits is not None:
        for field, price in (("stop_loss", decision.stop_loss), ("take_profit", decision.take_profit)):
            if price is None:
                raise RefusedError(f"{field}_missing")
    if context.marks is None:
        return
    mark = context.marks.get(decision.symbol, 0)
    if mark <= 0:
        if limits is None:
            return
        raise RefusedError("mark_missing")
    _check_distance(decision, mark)
    if limits is not None:
        _check_sides(decision, mark)


def _check_distance(decision: Decision, mark: int) -> None:
    for field, price in (("stop_loss", decision.stop_loss), ("take_profit", decision.take_profit)):
        if price is not None and abs(price - mark) * _FARTHEST > mark:
            raise RefusedError(f"{field}_too_far")


def _check_sides(decision: Decision, mark: int) -> None:
    side = 1 if decision.action is Action.BUY else -1
    stop, target = decision.stop_loss or 0, decision.take_profit or 0
    if side * (mark - stop) <= 0:
        raise RefusedError("stop_loss_wrong_side")
    if side * (target - mark) <= 0:
        raise RefusedError("take_profit_wrong_side")
    if abs(mark - stop) * decision.leverage >= mark:
        raise RefusedError("stop_loss_beyond_margin")
