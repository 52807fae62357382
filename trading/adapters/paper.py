"""The paper venue: market orders against the round's execution book. Pure: no clock, no state, no chance.

The same order, book, position and free money give the same outcome, so paper, replay and backtest share it.
"""

from kernel.units import Rounding, round_to_step
from trading.domain.instruments import Instrument
from trading.domain.market import OrderBook
from trading.domain.matching import BookFill, walk_book
from trading.domain.orders import ApprovedOrder, Filled, ProposedOrder, Rejected, VenueOutcome
from trading.domain.positions import Position, fee_of, margin_of


class PaperVenue:
    """A venue of USDT perpetuals with isolated margin that knows its instruments and nothing else."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self._instruments = instruments

    def submit(
        self,
        order: ApprovedOrder,
        book: OrderBook,
        position: Position | None,
        available: int | None = None,
    ) -> VenueOutcome:
        """Execute one order; what the book does not hold stays unfilled and is cancelled.

        ``position`` is the account's on this symbol now, ``available`` its free money (None: not checked).
        Raises ValueError for a mistake of the caller: an unknown symbol, or opening against the position.
        """
        wanted = order.order
        instrument = self._instrument_of(wanted)
        if wanted.reduce_only:
            return _reduce(wanted, book, position, instrument)
        if position is not None and position.side != wanted.side:
            raise ValueError(f"order {wanted.client_order_id} would flip {wanted.symbol}: close it first")
        return _open(wanted, book, available, instrument)

    def _instrument_of(self, order: ProposedOrder) -> Instrument:
        instrument = self._instruments.get(order.symbol)
        if instrument is None:
            known = ", ".join(sorted(self._instruments))
            raise ValueError(
                f"order {order.client_order_id}: {order.symbol} is not traded here, only {known}"
            )
        return instrument


def _open(
    order: ProposedOrder, book: OrderBook, available: int | None, instrument: Instrument
) -> VenueOutcome:
    """Fill what the book holds; minimum and margin are judged at the price that came of it."""
    qty = round_to_step(order.qty, instrument.lot, Rounding.DOWN)
    if qty == 0:
        return Rejected(order.client_order_id, "below_minimum")
    taken = _take_lots(book, order.side, qty, instrument)
    if taken.qty == 0:
        return Rejected(order.client_order_id, "no_liquidity")
    if taken.notional < instrument.min_notional:
        return Rejected(order.client_order_id, "below_minimum")
    fee = fee_of(taken.notional, instrument.taker_fee)
    if available is not None and margin_of(taken.notional, order.leverage) + fee > available:
        return Rejected(order.client_order_id, "insufficient_margin")
    return Filled(order.client_order_id, taken.qty, taken.notional, fee, taken.levels)


def _reduce(
    order: ProposedOrder, book: OrderBook, position: Position | None, instrument: Instrument
) -> VenueOutcome:
    """Fill at most the position as it is now; no minimum holds, so a position can always be left."""
    if position is None or position.side == order.side:
        return Rejected(order.client_order_id, "nothing_to_reduce")
    taken = _take_lots(book, order.side, min(order.qty, position.qty), instrument)
    if taken.qty == 0:
        return Rejected(order.client_order_id, "no_liquidity")
    fee = fee_of(taken.notional, instrument.taker_fee)
    return Filled(order.client_order_id, taken.qty, taken.notional, fee, taken.levels)


def _take_lots(book: OrderBook, side: int, qty: int, instrument: Instrument) -> BookFill:
    """Walk the book; where it ends early, keep whole lots only, so that positions stay on the lot."""
    taken = walk_book(book, side, qty)
    if taken.qty == qty:
        return taken
    return walk_book(book, side, round_to_step(taken.qty, instrument.lot, Rounding.DOWN))
