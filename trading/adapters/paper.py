"""The paper venue: orders against the round's execution book. Pure: no clock, no state, no chance.

The same order, book, position and free money give the same outcome, so paper, replay and backtest share it
(trading.domain.engine_orders).
"""

from trading.domain.engine_orders import match_order
from trading.domain.instruments import Instrument
from trading.domain.market import OrderBook
from trading.domain.orders import ApprovedOrder, VenueOutcome
from trading.domain.positions import Position


class PaperVenue:
    """A venue of USDT perpetuals that knows its instruments and nothing else."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self._instruments = instruments

    def submit(
        self,
        order: ApprovedOrder,
        book: OrderBook | None,
        position: Position | None,
        available: int | None = None,
    ) -> VenueOutcome:
        """Execute one order; what the book does not hold stays unfilled, and rests only where it may.

        ``position`` is the account's on this symbol now, ``available`` its free money (None: not checked).
        Never raises on an order's content: a refusal is a Rejected with its code.
        """
        wanted = order.order
        return match_order(wanted, book, position, available, self._instruments.get(wanted.symbol))
