"""Matching against an order book: a market order walks the levels until it or they are used up.

Each level is consumed once, best price first; what the book does not hold stays unfilled. The book is a
value, so contestants do not compete for the same liquidity: every one meets the round's book untouched.
"""

from typing import NamedTuple

from kernel.units import SCALE, Rounding, div, mul_div
from trading.domain.market import Level, OrderBook


class BookFill(NamedTuple):
    """What a walk took: quantity, notional (rounded once, against the taker) and levels touched."""

    qty: int
    notional: int
    levels: int


def levels_taken(book: OrderBook, side: int) -> tuple[Level, ...]:
    """Return the levels that an order of this side takes, best first."""
    return book.asks if side > 0 else book.bids


def walk_book(book: OrderBook, side: int, qty: int, limit: int | None = None) -> BookFill:
    """Take ``qty`` from the book, best price first; the fill's ``qty`` is less where the book ends.

    No level beyond ``limit`` is taken.
    """
    left, cost, touched = qty, 0, 0
    worst = side * limit if limit is not None else None
    for price, resting in levels_taken(book, side):
        if left <= 0 or (worst is not None and side * price > worst):
            break
        taken = resting if resting < left else left  # noqa: FURB136 - min() costs a call on the hot path
        cost += taken * price
        left -= taken
        touched += 1
    towards_loss = Rounding.UP if side > 0 else Rounding.DOWN
    return BookFill(qty - left, div(cost, SCALE, towards_loss), touched)


def without(book: OrderBook, side: int, qty: int) -> OrderBook:
    """Return what is left of a book for the one who has taken ``qty`` of it on this side."""
    rest: list[Level] = []
    left = qty
    for price, resting in levels_taken(book, side):
        taken = min(left, resting)
        left -= taken
        if resting > taken:
            rest.append(Level(price, resting - taken))
    return OrderBook(book.bids, tuple(rest)) if side > 0 else OrderBook(tuple(rest), book.asks)


def spread_of(book: OrderBook) -> int | None:
    """Return best ask minus best bid over their middle as a ratio, rounded up; None if a side is empty."""
    if not (book.bids and book.asks):
        return None
    bid, ask = book.bids[0].price, book.asks[0].price
    return mul_div(2 * (ask - bid), SCALE, ask + bid, Rounding.UP)


def depth_within(book: OrderBook, side: int, band: int) -> int:
    """Return the USDT resting within ``band`` (ratio) of the middle, on the side that an order takes.

    Rounded down; 0 where a side of the book is empty, since it has no middle then.
    """
    if not (book.bids and book.asks):
        return 0
    levels = levels_taken(book, side)
    edge = (book.bids[0].price + book.asks[0].price) * (SCALE + side * band)
    if side > 0:
        last = edge // (2 * SCALE)
        return sum([price * qty for price, qty in levels if price <= last]) // SCALE
    last = div(edge, 2 * SCALE, Rounding.UP)
    return sum([price * qty for price, qty in levels if price >= last]) // SCALE
