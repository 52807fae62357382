"""How orders of one account meet the market: at once, when the price moves, and with the faults asked for."""

from typing import TYPE_CHECKING

from tests.factories.venue_server.checks import reached
from tests.factories.venue_server.figures import SCALE, cut, times
from tests.factories.venue_server.records import Order, Refusal, Ticket

if TYPE_CHECKING:
    from tests.factories.venue_server.truth import Truth


def start(truth: "Truth", order: Order, twist: str = "") -> None:
    """Let a new order meet the market. ``twist`` is one of the faults of a book."""
    ticket = order.ticket
    if ticket.conditional:
        _trail(order, truth.market.prices[ticket.symbol])
        return
    price = _price_now(truth, ticket)
    if price is None:
        if ticket.tif in ("ioc", "fok"):
            truth.end(order, "expired")
        return
    take(truth, order, price, twist)


def take(truth: "Truth", order: Order, price: int, twist: str = "") -> None:
    """Fill an order that takes at this price, in the way the twist asks for."""
    if twist == "late_fill":
        truth.end(order, "canceled")
        truth.market.later(truth.market.late_s, lambda: _fill(truth, order, price, order.remaining))
        return
    pieces = _pieces(truth, order, twist)
    for qty in pieces:
        _fill(truth, order, price, qty, twist=twist)
    if order.state == "open":
        truth.end(order, "canceled" if twist == "partial_cut" else "expired")


def _pieces(truth: "Truth", order: Order, twist: str) -> list[int]:
    """Return the quantities in which an order fills."""
    qty, lot = order.remaining, truth.market.listing(order.ticket.symbol).lot
    half = cut(qty // 2, lot)
    if not half or twist not in ("partial_cut", "split_fill", "out_of_order"):
        return [qty]
    return [half] if twist == "partial_cut" else [half, qty - half]


def _price_now(truth: "Truth", ticket: Ticket) -> int | None:
    """Return the price at which an order takes right now; None where it rests."""
    taking = truth.market.taking_price(ticket.symbol, ticket.side)
    if ticket.price is None:
        return taking
    last = truth.market.prices[ticket.symbol]
    if (ticket.price - last) * ticket.side < 0:
        return None
    return min(taking, ticket.price) if ticket.side > 0 else max(taking, ticket.price)


def _fill(
    truth: "Truth", order: Order, price: int, qty: int, *, maker: bool = False, twist: str = ""
) -> None:
    """Fill as much of an order as reduce-only leaves of it."""
    if order.ticket.reduce_only:
        held = truth.holding(order.ticket.symbol, order.ticket.leg)
        qty = min(qty, abs(held.qty)) if held.side == -order.ticket.side else 0
    if qty:
        truth.book(order, qty, price, maker=maker, twist=twist)


def moved(truth: "Truth", symbol: str) -> None:
    """Let the open orders of one symbol meet its new price: triggers first, then what rests, oldest first."""
    price = truth.market.prices[symbol]
    orders = [order for order in truth.open.values() if order.ticket.symbol == symbol]
    for order in orders:
        if order.state == "open" and order.waiting:
            _trail(order, price)
            if _fires(order, price):
                _fire(truth, order)
    for order in orders:
        ticket = order.ticket
        if order.state != "open" or order.waiting or ticket.price is None:
            continue
        if (ticket.price - price) * ticket.side >= 0:
            _fill(truth, order, ticket.price, order.remaining, maker=True)
            if order.state == "open" and order.ticket.reduce_only:
                truth.end(order, "expired")


def _trail(order: Order, price: int) -> None:
    """Follow the best price since a trailing order was activated."""
    ticket = order.ticket
    if ticket.kind != "trailing":
        return
    if order.best is not None:
        order.best = max(order.best, price) if ticket.side < 0 else min(order.best, price)
    elif ticket.trigger is None or (price - ticket.trigger) * ticket.side <= 0:
        order.best = price


def _fires(order: Order, price: int) -> bool:
    if order.ticket.kind == "trailing":
        stop = trailing_stop(order)
        return stop is not None and (price - stop) * order.ticket.side >= 0
    return reached(order.ticket, order.ticket.trigger or 0, price)


def trailing_stop(order: Order) -> int | None:
    """Return where a trailing order fires now."""
    if order.best is None or order.ticket.callback is None:
        return None
    return order.best + order.ticket.side * times(order.best, order.ticket.callback)


def _fire(truth: "Truth", order: Order) -> None:
    order.triggered, order.updated_ms = True, truth.market.now()
    acting = order
    if truth.market.rules.child_orders:
        truth.end(order, "triggered")
        acting = truth.child_of(order)
    try:
        _act(truth, acting)
    except Refusal:
        truth.end(acting, "expired")


def _act(truth: "Truth", order: Order) -> None:
    """Let a triggered order trade: a market order takes, a limit order takes or rests."""
    ticket = order.ticket
    if ticket.reduce_only and truth.holding(ticket.symbol, ticket.leg).side != -ticket.side:
        raise Refusal("reduce_only")
    taking = _price_now(truth, ticket)
    if taking is not None:
        take(truth, order, taking)


def initial_margin(notional: int, leverage: int) -> int:
    """Return the margin a notional binds at a leverage, rounded up."""
    return -(-notional // leverage)


def profit(qty: int, cost: int, mark: int) -> int:
    """Return the open profit of a signed quantity bought or sold for a cost."""
    worth = abs(qty) * mark // SCALE
    return worth - cost if qty > 0 else cost - worth
