"""Operator's pages for trading: nothing is edited or deleted here. Django finds them by this import."""

from trading.admin.facts import DecisionAdmin, FillAdmin, OrderAdmin, PositionAdmin
from trading.admin.readonly import ReadOnlyAdmin, amount, link_to, moment, wall_ms
from trading.admin.switch import TradingStateAdmin

__all__ = [
    "DecisionAdmin",
    "FillAdmin",
    "OrderAdmin",
    "PositionAdmin",
    "ReadOnlyAdmin",
    "TradingStateAdmin",
    "amount",
    "link_to",
    "moment",
    "wall_ms",
]
