"""Stops and targets that rest at the venue, kept in line with what is held (trading/domain/protecting.py)."""

from django.db.models import Count, OuterRef, Q, Subquery

from kernel.ids import derive_id
from trading import models
from trading.domain.closings import Closing
from trading.domain.order_states import OPEN_STATES
from trading.domain.positions import Position
from trading.domain.protecting import ORDER_TYPES, PROTECT_KINDS, Guard, Place, plan_protection
from trading.domain.terms import MARKET
from trading.selectors import latest_tick, portfolio
from trading.services.outbox_desk import Desk
from trading.services.outbox_sending import cancel_order, write_plan

Counts = dict[str, dict[str, int]]


def keep_protection(desk: Desk) -> int:
    """Write the protective orders that are missing, take back those that are not wanted; return how many.

    What is written here is sent by the next sending: a new guard stands before the old one goes, since the
    old one is taken back only once the new one works.
    """
    held = {position.symbol: position for position in portfolio(desk.account_id).positions}
    guards, counts = _guards(desk)
    done = 0
    for symbol in sorted({*held, *guards}):
        standing = guards.get(symbol, [])
        plan = plan_protection(desk.account_id, symbol, held.get(symbol), standing, counts.get(symbol, {}))
        for place in plan.place:
            _place(desk, place)
        for order_id in plan.cancel:
            cancel_order(desk, order_id)
        if plan.exit_kind:
            write_exit(desk, held[symbol], plan.exit_kind)
        done += len(plan.place) + len(plan.cancel) + bool(plan.exit_kind)
    return done


def _guards(desk: Desk) -> tuple[dict[str, list[Guard]], Counts]:
    """Return by symbol the open protective orders with the newest of each kind, and how many ever were."""
    rows = models.Order.objects.filter(
        account_id=desk.account_id, kind__in=PROTECT_KINDS, venue=desk.venue.name
    )
    newest = rows.filter(symbol=OuterRef("symbol"), kind=OuterRef("kind")).order_by("-market_ms", "-id")
    shown = rows.filter(Q(state__in=OPEN_STATES) | Q(id=Subquery(newest.values("id")[:1])))
    names = ("symbol", "id", "kind", "side", "qty", "trigger", "state", "reason")
    found: dict[str, list[Guard]] = {}
    for symbol, *values in shown.order_by("market_ms", "id").values_list(*names):
        found.setdefault(symbol, []).append(Guard(*values))
    counts: Counts = {}
    for symbol, kind, count in rows.values_list("symbol", "kind").annotate(count=Count("id")):
        counts.setdefault(symbol, {})[kind] = count
    return found, counts


def _place(desk: Desk, place: Place) -> None:
    closing = Closing(
        place.id,
        desk.account_id,
        place.symbol,
        place.side,
        place.qty,
        place.leverage,
        last_mark(desk, place.symbol),
    )
    write_plan(desk, place.kind, closing, ORDER_TYPES[place.kind], place.trigger)


def write_exit(desk: Desk, position: Position, kind: str) -> None:
    """Write the order that closes a position at the market, unless one is on its way already."""
    rows = models.Order.objects.filter(
        account_id=desk.account_id, symbol=position.symbol, reduce_only=True, type=MARKET
    )
    if rows.filter(state__in=OPEN_STATES).exists():
        return
    number = rows.filter(decision=None).count()
    closing = Closing(
        derive_id("exit", desk.account_id, position.symbol, number),
        desk.account_id,
        position.symbol,
        -position.side,
        position.qty,
        position.leverage,
        last_mark(desk, position.symbol),
    )
    write_plan(desk, kind, closing)


def last_mark(desk: Desk, symbol: str) -> int:
    """Return the newest recorded price of a symbol; 0 where none was recorded."""
    tick = latest_tick(desk.feed)
    return next((part.close for part in tick.symbols if part.symbol == symbol), 0) if tick else 0
