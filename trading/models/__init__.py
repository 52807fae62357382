"""Tables of the market, decisions, orders, fills, positions, venues and switches.

Facts (snapshots, ticks, decisions, fills, funding) are never updated or deleted; ``Order.state`` and
``Position`` move only along the services in this room.

``feed`` names whose market a row belongs to: a season's id as plain text, since seasons live above.
"""

from trading.models.control import Command, ControlChange, TradingState
from trading.models.market import Blob, ExecutionBook, FundingRate, Instrument, Snapshot, Tick
from trading.models.orders import Decision, Fill, Order, OrderStep
from trading.models.positions import ClosedTrade, FundingPayment, Position, SpotTrade
from trading.models.venues import VenueAccount, VenueBudget, VenueMismatch

__all__ = [
    "Blob",
    "ClosedTrade",
    "Command",
    "ControlChange",
    "Decision",
    "ExecutionBook",
    "Fill",
    "FundingPayment",
    "FundingRate",
    "Instrument",
    "Order",
    "OrderStep",
    "Position",
    "Snapshot",
    "SpotTrade",
    "Tick",
    "TradingState",
    "VenueAccount",
    "VenueBudget",
    "VenueMismatch",
]
