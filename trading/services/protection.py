"""Stops and targets that rest at the venue, kept in line with what is held (trading/domain/protecting.py)."""

from itertools import takewhile
from typing import Final

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from kernel.ids import derive_id
from kernel.units import BASIS_POINT, SCALE, Rounding, mul_div
from trading import models
from trading.domain.closings import Closing
from trading.domain.order_states import OPEN_STATES, REJECTED
from trading.domain.positions import Position
from trading.domain.protecting import ORDER_TYPES, PROTECT_KINDS, Guard, Place, plan_protection
from trading.domain.terms import MARKET
from trading.ports import VenueError
from trading.selectors import latest_tick, portfolio
from trading.services.budgets import CLOCKS_DIFFER_MS, KEPT_BY_ENDINGS, asking
from trading.services.outbox_desk import Desk, freeze_account
from trading.services.outbox_sending import cancel_order, write_plan

Counts = dict[str, dict[str, int]]

WORST_PRICED: Final = frozenset({"hyperliquid"})
"""Venues where an order at the market names the worst price it takes."""

FIRST_WAIT_MS: Final = 5_000
LONGEST_WAIT_MS: Final = 300_000
"""How long an exit waits after its first refusal, and how long at most."""

ASK_AFTER: Final = 5
MOST_REFUSALS: Final = 12
"""After how many refusals a person is asked, and how many are counted."""

STEP: Final = 500 * BASIS_POINT
MOST_STEPS: Final = 6
"""How much further an exit may fill after each refusal: 5 % of the price, 30 % at most."""


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
    """Write the order that closes a position at the market, unless one is on its way already.

    After refusals the next one waits, twice as long each time; after several a person is asked to look.
    """
    rows = models.Order.objects.filter(
        account_id=desk.account_id, symbol=position.symbol, reduce_only=True, type=MARKET
    )
    if rows.filter(state__in=OPEN_STATES).exists():
        return
    plans = rows.filter(decision=None)
    refused = _refusals(plans, position)
    if refused and not _is_due(desk, position, refused):
        return
    side = -position.side
    mark = wider(guide_price(desk, position), side, len(refused))
    order_id = derive_id("exit", desk.account_id, position.symbol, plans.count())
    leverage = position.leverage
    closing = Closing(order_id, desk.account_id, position.symbol, side, position.qty, leverage, mark)
    write_plan(desk, kind, closing)


def _refusals(plans: QuerySet[models.Order], position: Position) -> list[tuple[int, str]]:
    """Return moment and reason of the exits of a position that its venue refused, the newest first."""
    since_ms = position.opened_ms - CLOCKS_DIFFER_MS
    newest = plans.filter(market_ms__gte=since_ms).order_by("-market_ms", "-id")[:MOST_REFUSALS]
    seen = newest.values_list("market_ms", "reason", "state", "filled")
    unfilled = takewhile(lambda row: row[2] == REJECTED and not row[3], seen)
    return [(moment, reason) for moment, reason, _, _ in unfilled]


def _is_due(desk: Desk, position: Position, refused: list[tuple[int, str]]) -> bool:
    """Return whether an exit is tried again now; asks for a person after several refusals."""
    now_ms, (last_ms, reason) = desk.wall_ms(), refused[0]
    if len(refused) >= ASK_AFTER:
        text = f"the venue refuses to close {position.symbol} ({reason}): look at its key and the position"
        freeze_account(desk.account_id, text, "exits", now_ms)
    wait_ms = min(FIRST_WAIT_MS << (len(refused) - 1), LONGEST_WAIT_MS)
    return abs(now_ms - last_ms) >= wait_ms


def wider(price: int, side: int, refusals: int) -> int:
    """Return the price an exit is thought at after so many refusals: each time further to where it fills."""
    steps = min(refusals, MOST_STEPS)
    return mul_div(price, SCALE + side * steps * STEP, SCALE, Rounding.DOWN)


def guide_price(desk: Desk, position: Position) -> int:
    """Return the price an exit is thought at: the venue's own mark where its orders need one, never 0."""
    there = _mark_there(desk, position.symbol) if desk.venue.name in WORST_PRICED else 0
    entry = mul_div(position.entry_cost, SCALE, position.qty, Rounding.DOWN)
    return there or last_mark(desk, position.symbol) or max(1, entry)


def _mark_there(desk: Desk, symbol: str) -> int:
    """Return the venue's mark of what is held; 0 where it cannot be asked or does not tell."""
    try:
        with asking(desk.account_id, KEPT_BY_ENDINGS):
            held = desk.venue.fetch_positions()
    except VenueError:
        return 0
    return next((each.mark or 0 for each in held if each.symbol == symbol), 0)


def last_mark(desk: Desk, symbol: str) -> int:
    """Return the newest recorded price of a symbol; 0 where none was recorded."""
    tick = latest_tick(desk.feed)
    return next((part.close for part in tick.symbols if part.symbol == symbol), 0) if tick else 0
