"""Booking what a venue executed: each execution once, by our client ids and order ids, late ones too."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Q

from kernel.ids import derive_id
from trading import models
from trading.domain.invalidation import decode_invalidation
from trading.domain.order_states import OPEN_STATES, SUBMITTING, UNKNOWN, steps_of_a_fill
from trading.domain.positions import Execution, taker_notional
from trading.domain.venue import VenueFill
from trading.domain.venue_fills import kind_of_fill
from trading.selectors import portfolio
from trading.services.outbox_desk import Desk, lock_account, record_step
from trading.services.venue_books_executions import book_execution
from trading.services.venue_books_explained import take_back_explained
from trading.services.venue_books_fees import book_rebate, flag_foreign_fee, settled_fee

LOOK_BACK_MS: Final = 300_000
"""Executions that a venue shows this much later than they happened are still found."""

Owners = Mapping[str, str]
"""The venue's order id -> ours, where a look has just told it."""

Known = tuple[str, int, int, int]
"""Order, side, quantity and notional of a trade that is booked."""


class Booked(NamedTuple):
    """What a look at the executions brought: how many were new, and those that are none of ours."""

    new: int
    strangers: tuple[VenueFill, ...]


def book_fills(desk: Desk, owners: Owners | None = None, symbols: tuple[str, ...] = ()) -> Booked:
    """Fetch the account's executions and book those of our orders that are not in the books yet.

    Raises VenueError where the venue cannot be asked. Executions of orders that are not ours are returned:
    whether they really are not is decided where all is compared (trading/services/reconcile.py).
    ``symbols`` looks at these alone; only a look at all of them moves the cursor on.
    """
    account = models.VenueAccount.objects.get(account_id=desk.account_id)
    fills = desk.venue.fetch_fills(symbols or desk.symbols, _since(account))
    strangers: list[VenueFill] = []
    fresh: list[tuple[str, VenueFill]] = []
    mine, known = _owners_of(desk, fills, owners or {}), _booked_already(desk, fills)
    for fill in sorted(set(fills), key=lambda item: (item.executed_ms, item.trade_id)):
        there = known.get((fill.symbol, fill.trade_id))
        if there is not None and there[1:] == _figures(fill):
            continue
        order_id = there[0] if there else mine.get(fill.client_order_id) or mine.get(fill.venue_order_id)
        if order_id is None:
            strangers.append(fill)
        else:
            fresh.append((order_id, fill))
    # What was told again with other figures is booked already and explains nothing.
    take_back_explained(desk, [one for one in fresh if (one[1].symbol, one[1].trade_id) not in known])
    new = sum(book_fill(desk, order_id, fill) for order_id, fill in fresh)
    if not symbols:
        _advance(account, fills, strangers)
    return Booked(new, tuple(strangers))


def _since(account: models.VenueAccount) -> int:
    """Return from which moment of the venue's clock on to look: our own clock has no part in it."""
    return max(account.fills_from_ms + 1, account.fills_until_ms - LOOK_BACK_MS)


def _advance(
    account: models.VenueAccount, fills: Iterable[VenueFill], strangers: Sequence[VenueFill]
) -> None:
    """Move on to the newest execution seen; not past one that still waits for its order."""
    until_ms = max((fill.executed_ms for fill in fills), default=account.fills_until_ms)
    if strangers:
        until_ms = min(until_ms, *(fill.executed_ms for fill in strangers))
    if until_ms > account.fills_until_ms:
        models.VenueAccount.objects.filter(account_id=account.account_id, fills_until_ms__lt=until_ms).update(
            fills_until_ms=until_ms
        )


def _owners_of(desk: Desk, fills: Sequence[VenueFill], owners: Owners) -> dict[str, str]:
    """Return client ids and the venue's order ids -> our orders."""
    clients = {fill.client_order_id for fill in fills if fill.client_order_id}
    venue_ids = {fill.venue_order_id for fill in fills if fill.venue_order_id}
    ours = Q(id__in=clients) | Q(venue_order_id__in=venue_ids, venue=desk.venue.name)
    rows = models.Order.objects.filter(ours, account_id=desk.account_id).exclude(state="denied")
    found = dict(owners)
    for order_id, venue_id in rows.values_list("id", "venue_order_id"):
        found[order_id] = order_id
        if venue_id:
            found[venue_id] = order_id
    return found


def _booked_already(desk: Desk, fills: Sequence[VenueFill]) -> dict[tuple[str, str], Known]:
    """Return symbol and trade -> its order and figures as they are booked; a flip is booked as two."""
    names = {fill.trade_id for fill in fills}
    rows = models.Fill.objects.filter(account_id=desk.account_id, venue_trade_id__in=names)
    found: dict[tuple[str, str], Known] = {}
    columns = ("symbol", "venue_trade_id", "order_id", "side", "qty", "notional")
    for symbol, trade_id, order_id, side, qty, notional in rows.values_list(*columns):
        before = found.get((symbol, trade_id), (order_id, side, 0, 0))
        found[symbol, trade_id] = (order_id, side, before[2] + qty, before[3] + notional)
    return found


def _figures(fill: VenueFill) -> tuple[int, int, int]:
    return fill.side, fill.qty, notional_of_fill(fill)


def book_fill(desk: Desk, order_id: str, fill: VenueFill) -> bool:
    """Book one execution of one of our orders; False where it is in the books already."""
    with transaction.atomic():
        lock_account(desk.account_id)
        order = models.Order.objects.get(id=order_id)
        booked = models.Fill.objects.filter(id=derive_id("fill", order_id, fill.trade_id)).first()
        if booked is not None:
            _note_contradiction(desk, order, fill)
            return False
        _book(desk, order, fill)
        return True


def _note_contradiction(desk: Desk, order: models.Order, fill: VenueFill) -> None:
    """Keep that a trade was told again with other figures; what is booked stays booked."""
    rows = models.Fill.objects.filter(order_id=order.id, venue_trade_id=fill.trade_id)
    parts = list(rows.values_list("qty", "notional", "side"))
    total = (sum(part[0] for part in parts), sum(part[1] for part in parts))
    if total == (fill.qty, notional_of_fill(fill)) and all(part[2] == fill.side for part in parts):
        return
    reason = f"trade {fill.trade_id} was told again with other figures: {fill.qty} at {fill.price}"
    if not models.OrderStep.objects.filter(order_id=order.id, reason=reason[:120]).exists():
        record_step(order.id, order.state, order.state, reason, desk.wall_ms())


def notional_of_fill(fill: VenueFill) -> int:
    """Return what an execution cost or brought in, rounded against the account where it does not divide."""
    return taker_notional(fill.side, fill.qty, fill.price)


def _book(desk: Desk, order: models.Order, fill: VenueFill) -> None:
    held = portfolio(desk.account_id).position_of(fill.symbol)
    execution = Execution(
        account_id=desk.account_id,
        symbol=fill.symbol,
        side=fill.side,
        qty=fill.qty,
        notional=notional_of_fill(fill),
        fee=settled_fee(fill),
        leverage=order.leverage,
        stop_loss=order.stop_loss,
        take_profit=order.take_profit,
        market_ms=fill.executed_ms,
        kind=kind_of_fill(order.kind, order.trigger, held),
        watch=decode_invalidation(order.watch),
        trail=0 if order.reduce_only else order.trail,
    )
    filled = order.filled + fill.qty
    states = steps_of_a_fill(order.state, filled, order.qty)
    last = states[-1] if states else order.state
    book_execution(desk, order.id, execution, fill, (last, filled))
    _record_steps(desk, order, states, f"fill {fill.trade_id}")
    flag_foreign_fee(desk, fill)
    book_rebate(desk, order.id, fill)


def _record_steps(desk: Desk, order: models.Order, states: Sequence[str], reason: str) -> None:
    before, now_ms = order.state, desk.wall_ms()
    for state in states:
        if state != before or len(states) == 1:
            record_step(order.id, before, state, reason, now_ms)
        before = state


def busy_symbols(desk: Desk, now_ms: int) -> tuple[str, ...]:
    """Return the symbols on which something of the account is open or was sent a short while ago."""
    orders = models.Order.objects.filter(account_id=desk.account_id).exclude(venue="")
    recent = Q(sent_wall_ms__gt=now_ms - LOOK_BACK_MS) | Q(state__in=OPEN_STATES)
    positions = models.Position.objects.filter(account_id=desk.account_id, qty__gt=0)
    found = {*orders.filter(recent).values_list("symbol", flat=True).distinct()}
    found |= {*positions.values_list("symbol", flat=True)}
    return tuple(sorted(found & set(desk.symbols)))


def doubtful_symbols(desk: Desk) -> set[str]:
    """Return the symbols on which an order's outcome is not known: no execution there is a stranger yet."""
    rows = models.Order.objects.filter(account_id=desk.account_id, state__in=[SUBMITTING, UNKNOWN])
    return set(rows.values_list("symbol", flat=True))
