"""Finding out what became of orders: those nobody knows about, and those that work at the venue."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from trading import models
from trading.domain.gating import SEND, WAIT
from trading.domain.order_states import (
    ACCEPTED,
    CANCELED,
    EXPIRED,
    PENDING_CANCEL,
    REJECTED,
    SUBMITTING,
    UNKNOWN,
    WORKING_STATES,
    state_seen,
)
from trading.domain.resolving import (
    FROZEN_LOOK_EVERY_MS,
    LOOK_EVERY_MS,
    Adopt,
    Doubt,
    Freeze,
    GiveUp,
    Look,
    LookAgain,
    SendAgain,
    is_young,
    resolve,
)
from trading.domain.venue import VenueOrder
from trading.ports import VenueError
from trading.services.outbox import expire_leases, verdict_of
from trading.services.outbox_desk import Desk, freeze_account, move_order, signed_position
from trading.services.outbox_sending import cancel_order, send_one
from trading.services.venue_books import Booked, book_fills

UNCERTAIN_MS = 3_600_000
"""How far before an order was sent its venue is asked for it, so that two clocks need not agree."""


_GIVEN_UP = (CANCELED, EXPIRED, REJECTED)


class Glance(NamedTuple):
    """The working orders of an account as the venue showed them just now."""

    seen: dict[str, VenueOrder]
    open: tuple[VenueOrder, ...]
    booked: Booked


def look_at_orders(desk: Desk, symbols: tuple[str, ...] = ()) -> Glance:
    """Ask for every working order, book what was executed, and bring our states up to both.

    ``symbols`` limits the look at executions to these.

    Raises VenueError where the venue cannot be asked; then nothing has been concluded.
    """
    expire_leases(desk)
    opened = desk.venue.fetch_open_orders(desk.symbols)
    seen = {order.client_order_id: order for order in opened if order.client_order_id}
    _take_up(desk, seen)
    working = list(
        models.Order.objects.filter(account_id=desk.account_id, state__in=WORKING_STATES).exclude(venue="")
    )
    for row in working:
        if row.id not in seen:
            found = desk.venue.find_order(row.id, row.symbol, _asked_from(row))
            if found is not None:
                seen[row.id] = found
    for row in working:
        _keep_venue_id(row, seen.get(row.id))
    owners = {order.venue_order_id: key for key, order in seen.items() if _is_ours(key, working)}
    booked = book_fills(desk, owners, symbols)
    for row in working:
        _follow(desk, row, seen.get(row.id))
    return Glance(seen, opened, booked)


def _take_up(desk: Desk, opened: Mapping[str, VenueOrder]) -> None:
    """Take up orders that are at their end in our books and rest at the venue: they are cancelled there.

    One that was given up may have been there all the time, whatever the looks showed. Nobody wants it now.
    """
    rows = models.Order.objects.filter(account_id=desk.account_id, id__in=list(opened), state__in=_GIVEN_UP)
    for row in rows:
        shown = desk.venue.find_order(row.id, row.symbol, _asked_from(row))
        if shown is None or shown.state not in WORKING_STATES:
            continue  # the list of open orders is behind
        venue_id = shown.venue_order_id or row.venue_order_id
        reason = f"rests at the venue after it was {row.state}"
        if move_order(row.id, row.state, ACCEPTED, reason, desk.wall_ms(), seen=row, venue_order_id=venue_id):
            cancel_order(desk, row.id)


def _is_ours(order_id: str, working: Sequence[models.Order]) -> bool:
    return any(row.id == order_id for row in working)


def _asked_from(row: models.Order) -> int:
    return max(0, (row.sent_wall_ms or row.market_ms) - UNCERTAIN_MS)


def _keep_venue_id(row: models.Order, seen: VenueOrder | None) -> None:
    """Remember the venue's own id; a triggered order goes on under another one."""
    if seen is not None and seen.venue_order_id and seen.venue_order_id != row.venue_order_id:
        models.Order.objects.filter(id=row.id).update(venue_order_id=seen.venue_order_id)


def _follow(desk: Desk, row: models.Order, seen: VenueOrder | None) -> None:
    """Bring one order's state up to what the venue told and what is booked."""
    now_ms = desk.wall_ms()
    with transaction.atomic():
        order = models.Order.objects.select_for_update().get(id=row.id)
        if order.state not in WORKING_STATES:
            return
        if seen is None:
            _miss(order, now_ms)
            return
        after = state_seen(order.state, seen.state, seen.filled, order.filled, order.qty)
        if after != order.state:
            move_order(order.id, order.state, after, f"venue: {seen.state}", now_ms, looks=0)
        elif order.looks:
            models.Order.objects.filter(id=order.id).update(looks=0)


def _miss(order: models.Order, now_ms: int) -> None:
    """Handle a working order that the venue does not show: after a while nobody knows what it does."""
    if is_young(now_ms, order.sent_wall_ms or 0):
        return
    if order.state == PENDING_CANCEL:
        # The venue has forgotten what it was told to forget; a late fill would still be booked.
        move_order(order.id, PENDING_CANCEL, CANCELED, "gone from the venue", now_ms)
        return
    move_order(
        order.id,
        order.state,
        UNKNOWN,
        "the venue does not show it any more",
        now_ms,
        looks=0,
        absent_since_ms=None,
        next_look_wall_ms=now_ms + LOOK_EVERY_MS,
    )


def resolve_unknown(desk: Desk) -> int:
    """Look for every order in doubt that is due; return how many were settled.

    A look of which any part fails proves nothing and is not counted.
    """
    expire_leases(desk)
    settled = 0
    for order in _due_doubts(desk):
        now_ms = desk.wall_ms()
        try:
            look = _look_for(desk, order)
        except VenueError:
            _look_later(order, now_ms, LOOK_EVERY_MS)
            continue
        if look is not None:
            settled += _act(desk, order, look)
    return settled


def _due_doubts(desk: Desk) -> list[models.Order]:
    now_ms = desk.wall_ms()
    due = Q(next_look_wall_ms=None) | Q(next_look_wall_ms__lte=now_ms)
    due |= Q(next_look_wall_ms__gt=now_ms + 2 * FROZEN_LOOK_EVERY_MS)  # written under another clock
    rows = models.Order.objects.filter(due, account_id=desk.account_id, state=UNKNOWN)
    return [
        row
        for row in rows.order_by("market_ms", "id").select_related("decision")
        if not is_young(now_ms, row.sent_wall_ms or 0)
    ]


def _look_for(desk: Desk, order: models.Order) -> Look | None:
    """Look everywhere, the executions last; None where an execution has settled the matter."""
    since_ms = _asked_from(order)
    venue = desk.venue
    found = _of_client(venue.fetch_open_orders((order.symbol,)), order.id)
    found = found or venue.find_order(order.id, order.symbol, since_ms)
    venue_ms = venue.fetch_time()
    held = {position.symbol: position.qty for position in venue.fetch_positions()}
    owners = {found.venue_order_id: order.id} if found else {}
    book_fills(desk, owners, (order.symbol,))
    if models.Order.objects.filter(id=order.id).exclude(state=UNKNOWN).exists():
        return None
    return Look(found, filled=False, position=held.get(order.symbol, 0), venue_ms=venue_ms)


def _of_client(orders: Sequence[VenueOrder], client_order_id: str) -> VenueOrder | None:
    return next((order for order in orders if order.client_order_id == client_order_id), None)


def _doubt_of(desk: Desk, order: models.Order) -> Doubt:
    with transaction.atomic():
        wanted = verdict_of(desk, order) == SEND
    others = models.Order.objects.filter(
        account_id=desk.account_id, symbol=order.symbol, state__in=[SUBMITTING, UNKNOWN]
    )
    return Doubt(
        client_order_id=order.id,
        expected=signed_position(desk.account_id, order.symbol),
        sent_ms=order.sent_wall_ms or order.market_ms,
        window_ms=desk.venue.window_ms,
        attempts=order.attempts,
        looks=order.looks,
        absent_since_ms=order.absent_since_ms,
        # One that the venue once had is never sent again: what it did may be forgotten there by now. Nor is
        # one that it refused.
        is_wanted=wanted and not order.venue_order_id and not order.reason,
        has_others=others.exclude(id=order.id).exists(),
    )


def _act(desk: Desk, looked_for: models.Order, look: Look) -> bool:
    """Do what the look proves; return whether the order is settled.

    A look is about the order as it was when it began: one that had another attempt or look since then is left
    alone, here and by every step below.
    """
    order = models.Order.objects.select_related("decision").get(id=looked_for.id)
    if _life_of(order) != _life_of(looked_for):
        return False
    outcome = resolve(_doubt_of(desk, order), look)
    now_ms = desk.wall_ms()
    match outcome:
        case Adopt(found):
            venue_id = found.venue_order_id if found else order.venue_order_id
            reason = f"found at the venue: {found.state if found else 'its fills'}"
            there = {"venue_order_id": venue_id, "reason": "", "venue_text": ""}
            return move_order(order.id, UNKNOWN, ACCEPTED, reason, now_ms, seen=order, **there)
        case SendAgain():
            return send_one(desk, order.id, UNKNOWN, order) not in {"", WAIT, UNKNOWN}
        case GiveUp():
            return _give_up(order, now_ms)
        case LookAgain(looks, since_ms):
            changes = {"looks": looks, "absent_since_ms": since_ms}
            _look_later(order, now_ms, LOOK_EVERY_MS, **changes)
        case Freeze(reason, looks):
            text = f"order {order.id} on {order.symbol}: {reason}"
            freeze_account(desk.account_id, text, "resolver", now_ms)
            _look_later(order, now_ms, FROZEN_LOOK_EVERY_MS, looks=looks, absent_since_ms=None)
    return False


def _life_of(order: models.Order) -> tuple[object, ...]:
    return order.state, order.attempts, order.looks, order.absent_since_ms


def _give_up(order: models.Order, now_ms: int) -> bool:
    """End an order that is proven absent: as refused where the venue has refused its last attempt."""
    if order.reason:
        return move_order(order.id, UNKNOWN, REJECTED, "refused, and not there", now_ms, seen=order)
    reason = "never_arrived"
    return move_order(order.id, UNKNOWN, EXPIRED, "never arrived", now_ms, seen=order, reason=reason)


def _look_later(order: models.Order, now_ms: int, wait_ms: int, **changes: int | None) -> None:
    rows = models.Order.objects.filter(id=order.id, state=UNKNOWN, attempts=order.attempts, looks=order.looks)
    rows.update(next_look_wall_ms=now_ms + wait_ms, **changes)
