"""A server on the loopback that speaks the private dialects of four venues and keeps its own books.

>>> with VenueServer() as server:
...     client = ccxt.binanceusdm(server.credentials("binanceusdm"))
...     server.mount(client)
...     client.create_order("BTC/USDT:USDT", "market", "buy", 0.01)
...     server.truth("binanceusdm").positions
"""

from tests.factories.venue_server.faults import BOOK, KINDS, WAY
from tests.factories.venue_server.figures import SCALE, text, units
from tests.factories.venue_server.records import Fill, Income, Order, Refusal, Ticket
from tests.factories.venue_server.server import Request, VenueServer
from tests.factories.venue_server.truth import Truth

__all__ = [
    "BOOK",
    "KINDS",
    "SCALE",
    "WAY",
    "Fill",
    "Income",
    "Order",
    "Refusal",
    "Request",
    "Ticket",
    "Truth",
    "VenueServer",
    "text",
    "units",
]
