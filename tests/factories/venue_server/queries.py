"""What a venue's lists show of a book: bounded by time and number, and as late or wrong as a fault wants."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from tests.factories.venue_server.records import Fill, Income, Order, Refusal
from tests.factories.venue_server.truth import Truth


def open_orders(truth: Truth, symbol: str | None = None, *, waiting: bool | None = None) -> list[Order]:
    """Return what is open and shown by now; ``waiting`` picks conditional orders or the others."""
    now = truth.market.now()
    return [
        order
        for order in truth.open.values()
        if order.visible_ms <= now
        and (symbol is None or order.ticket.symbol == symbol)
        and (waiting is None or order.waiting == waiting)
    ]


def order_history(
    truth: Truth,
    symbol: str | None = None,
    *,
    since_ms: int = 0,
    limit: int = 500,
    waiting: bool | None = None,
) -> list[Order]:
    """Return orders in any state by their creation, oldest first, the last so many."""
    now = truth.market.now()
    found: list[Order] = []
    for order in reversed(truth.orders.values()):
        if order.created_ms < since_ms or len(found) == limit:
            break
        conditional = order.ticket.conditional
        if order.visible_ms > now or (waiting is not None and conditional != waiting):
            continue
        if symbol is None or order.ticket.symbol == symbol:
            found.append(order)
    return found[::-1]


def find_order(
    truth: Truth,
    *,
    order_id: int | None = None,
    client_id: str | None = None,
    conditional: bool | None = None,
) -> Order:
    """Return one order by either id, the latest under a client id; Refusal where there is none to be seen."""
    if order_id is not None:
        candidates = [truth.orders[order_id]] if order_id in truth.orders else []
    else:
        candidates = truth.by_client.get(client_id or "", [])
    now = truth.market.now()
    for order in reversed(candidates):
        if order.found_ms <= now and conditional in (None, order.ticket.conditional):
            return order
    raise Refusal("unknown_order", str(order_id or client_id))


def fills(
    truth: Truth,
    symbol: str | None = None,
    *,
    since_ms: int | None = None,
    until_ms: int | None = None,
    order_id: int | None = None,
    from_id: int | None = None,
    limit: int = 500,
) -> list[Fill]:
    """Return executions oldest first: from the start where one is given, otherwise the last so many."""
    first = bisect_left(truth.fills, since_ms or 0, key=lambda fill: fill.time_ms)
    found = [
        fill
        for fill in truth.fills[first:]
        if (symbol is None or fill.symbol == symbol)
        and (until_ms is None or fill.time_ms <= until_ms)
        and (order_id is None or fill.order_id == order_id)
        and (from_id is None or fill.trade_id >= from_id)
    ]
    forwards = since_ms is not None or from_id is not None
    return _as_shown(found[:limit] if forwards else found[-limit:])


def _as_shown(kept: Sequence[Fill]) -> list[Fill]:
    """Repeat and reverse what a fault wants repeated or reversed."""
    shown: list[Fill] = []
    for fill in kept:
        at = len(shown)
        while fill.scrambled and at and shown[at - 1].order_id == fill.order_id:
            at -= 1
        shown[at:at] = [fill] * fill.copies
    return shown


def income(
    truth: Truth,
    *,
    kinds: Iterable[str] | None = None,
    symbol: str | None = None,
    since_ms: int = 0,
    until_ms: int | None = None,
    limit: int = 1000,
) -> list[Income]:
    """Return movements of money oldest first, the first so many."""
    first = bisect_left(truth.income, since_ms, key=lambda each: each.time_ms)
    wanted = None if kinds is None else set(kinds)
    found: list[Income] = []
    for each in truth.income[first:]:
        if len(found) == limit or (until_ms is not None and each.time_ms > until_ms):
            break
        if (wanted is None or each.kind in wanted) and symbol in (None, each.symbol):
            found.append(each)
    return found
