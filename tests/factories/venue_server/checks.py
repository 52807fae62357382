"""What a venue looks at before it takes an order."""

from typing import TYPE_CHECKING

from tests.factories.venue_server.figures import times
from tests.factories.venue_server.records import Refusal, Ticket

if TYPE_CHECKING:
    from tests.factories.venue_server.truth import Truth


def check(truth: "Truth", ticket: Ticket) -> None:
    """Raise Refusal where the venue does not take the order."""
    if not truth.key.may_trade:
        raise Refusal("no_permission")
    _check_listing(truth, ticket)
    _check_client_id(truth, ticket)
    _check_figures(truth, ticket)
    if ticket.conditional:
        _check_trigger(truth, ticket)
    else:
        _check_reduce_only(truth, ticket)
        _check_post_only(truth, ticket)
    if not ticket.reduce_only:
        _check_money(truth, ticket)


def _check_listing(truth: "Truth", ticket: Ticket) -> None:
    if truth.market.listing(ticket.symbol).status != "trading":
        raise Refusal("delisted", ticket.symbol)


def _check_client_id(truth: "Truth", ticket: Ticket) -> None:
    earlier = truth.by_client.get(ticket.client_id, []) if ticket.client_id else []
    every = truth.market.rules.client_ids == "ever"
    for order in earlier:
        if order.ticket.conditional == ticket.conditional and (every or order.state == "open"):
            raise Refusal("duplicate_client_id", ticket.client_id)


def _check_figures(truth: "Truth", ticket: Ticket) -> None:
    listing = truth.market.listing(ticket.symbol)
    if ticket.qty <= 0:
        raise Refusal("no_quantity")
    if ticket.qty % listing.lot:
        raise Refusal("precision")
    for price in (ticket.price, ticket.trigger):
        if price is not None and (price <= 0 or not truth.on_tick(listing, price)):
            raise Refusal("tick")
    worth = times(ticket.qty, ticket.price or ticket.trigger or truth.market.prices[ticket.symbol])
    if worth < listing.min_notional and not ticket.reduce_only:
        raise Refusal("min_notional", str(listing.min_notional // 100_000_000))


def _check_trigger(truth: "Truth", ticket: Ticket) -> None:
    if ticket.kind == "trailing":
        if not ticket.callback:
            raise Refusal("callback")
        return
    if ticket.trigger is None:
        raise Refusal("no_trigger")
    if reached(ticket, ticket.trigger, truth.market.prices[ticket.symbol]):
        raise Refusal("would_trigger")


def reached(ticket: Ticket, trigger: int, price: int) -> bool:
    """Tell whether a price has reached the trigger: a selling stop from above."""
    downwards = (ticket.side < 0) == (ticket.kind != "take_profit")
    return price <= trigger if downwards else price >= trigger


def _check_reduce_only(truth: "Truth", ticket: Ticket) -> None:
    if ticket.reduce_only and truth.holding(ticket.symbol, ticket.leg).side != -ticket.side:
        raise Refusal("reduce_only")


def _check_post_only(truth: "Truth", ticket: Ticket) -> None:
    if ticket.tif == "gtx" and ticket.price is not None:
        last = truth.market.prices[ticket.symbol]
        if (ticket.price - last) * ticket.side >= 0:
            raise Refusal("post_only")


def _check_money(truth: "Truth", ticket: Ticket) -> None:
    held = truth.holding(ticket.symbol, ticket.leg)
    added = ticket.qty - (abs(held.qty) if held.side == -ticket.side else 0)
    if added <= 0 or ticket.conditional:
        return
    price = ticket.price if ticket.price is not None else truth.market.prices[ticket.symbol]
    notional = times(added, price, up=True)
    listing, leverage = truth.market.listing(ticket.symbol), truth.leverage_of(ticket.symbol)
    whole = notional + (held.cost if held.side == ticket.side else 0)
    if leverage > listing.leverage_at(whole):
        raise Refusal("bracket")
    needed = -(-notional // leverage) + times(notional, truth.market.rules.taker, up=True)
    if needed > truth.available():
        raise Refusal("margin")
