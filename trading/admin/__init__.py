"""Operator's pages for trading: nothing is edited or deleted here. Django finds them by this import."""

from trading.admin.control import CommandAdmin, ControlChangeAdmin, VenueAccountAdmin, VenueMismatchAdmin
from trading.admin.facts import DecisionAdmin, FillAdmin, OrderAdmin, PositionAdmin
from trading.admin.readonly import ReadOnlyAdmin, amount, link_to, moment, wall_ms
from trading.admin.switch import TradingStateAdmin, register_switch, turn_links

__all__ = [
    "CommandAdmin",
    "ControlChangeAdmin",
    "DecisionAdmin",
    "FillAdmin",
    "OrderAdmin",
    "PositionAdmin",
    "ReadOnlyAdmin",
    "TradingStateAdmin",
    "VenueAccountAdmin",
    "VenueMismatchAdmin",
    "amount",
    "link_to",
    "moment",
    "register_switch",
    "turn_links",
    "wall_ms",
]
