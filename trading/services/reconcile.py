"""Our books against the venue's, at every start and all the time after it.

First everything that explains a difference: orders in doubt, executions, movements of money. What is left
then, and is there at a second look, is booked as a flagged adjustment, and nobody opens until a person has
resolved it (trading/domain/reconciling.py).
"""

from dataclasses import dataclass

from django.db.models import Count

from accounts.selectors import balances
from trading import models
from trading.domain.reconciling import (
    MONEY,
    ORDER,
    QUANTITY,
    Difference,
    OurBooks,
    VenueBooks,
    differences,
    digest_of,
    is_confirmed,
)
from trading.domain.venue import VenueFill
from trading.services.outbox_desk import Desk
from trading.services.reconcile_booking import book_differences
from trading.services.reconcile_ours import our_books
from trading.services.resolver import look_at_orders, resolve_unknown
from trading.services.venue_books import book_fills, doubtful_symbols
from trading.services.venue_books_income import book_income


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison found.

    ``state``: 'equal', 'in_doubt' (orders nobody knows about), 'moving' (executions came in while looking),
    'suspected' (seen once) or 'booked'.
    """

    state: str
    differences: tuple[Difference, ...] = ()


def reconcile(desk: Desk) -> Comparison:
    """Compare one account with its venue; raises VenueError where the venue cannot be asked."""
    resolve_unknown(desk)
    glance = look_at_orders(desk)
    book_income(desk)
    if doubtful_symbols(desk):
        return Comparison("in_doubt")
    theirs = _their_books(desk)
    strangers, moved = _strangers_after(desk, glance.booked.strangers)
    if moved:
        return Comparison("moving")
    ours = our_books(desk)
    found = unknown_to_us(desk, ours, differences(ours, theirs, _counts(desk)))
    return _conclude(desk, ours, theirs, found, strangers)


def _strangers_after(desk: Desk, before: tuple[VenueFill, ...]) -> tuple[tuple[VenueFill, ...], bool]:
    """Look at the executions once more; return the strangers, and whether anything came in meanwhile."""
    again = book_fills(desk)
    income = book_income(desk)
    names = {fill.trade_id for fill in before}
    new = any(fill.trade_id not in names for fill in again.strangers)
    return again.strangers, bool(again.new or income or new)


def _their_books(desk: Desk) -> VenueBooks:
    """Ask the venue. In which asset it settles makes no difference: it is one dollar here."""
    positions = desk.venue.fetch_positions()
    held = {position.symbol: position.qty for position in positions if position.qty}
    # What is held in a symbol that is not traded here is never booked: its cost has no counterpart in ours.
    prices = {each.symbol: each.entry_price for each in positions if each.symbol in desk.instruments}
    balance = desk.venue.fetch_balance()
    return VenueBooks(held, balance.wallet, desk.venue.fetch_open_orders(desk.symbols), prices)


def _counts(desk: Desk) -> dict[tuple[str, str], int]:
    rows = models.VenueMismatch.objects.filter(account_id=desk.account_id).values_list("kind", "symbol")
    return {(kind, symbol): count for kind, symbol, count in rows.annotate(count=Count("id"))}


def unknown_to_us(desk: Desk, ours: OurBooks, found: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Return the differences that are not flagged already: booking changes the books, a flag does not."""
    rows = models.VenueMismatch.objects.filter(account_id=desk.account_id)
    flagged = set(rows.values_list("kind", "symbol", "theirs"))
    short = ours.wallet <= 0 or balances([desk.account_id])[desk.account_id].available <= 0
    return tuple(
        item
        for item in found
        if not (
            (item.kind, item.symbol, item.theirs) in flagged
            and (
                item.kind == ORDER
                or (item.kind == MONEY and short)
                or (item.kind == QUANTITY and item.symbol not in desk.instruments)
            )
        )
    )


def _conclude(
    desk: Desk,
    ours: OurBooks,
    theirs: VenueBooks,
    found: tuple[Difference, ...],
    strangers: tuple[VenueFill, ...],
) -> Comparison:
    now_ms = desk.wall_ms()
    row = models.VenueAccount.objects.filter(account_id=desk.account_id)
    account = row.get()
    if not found:
        row.update(synced_wall_ms=now_ms, venue_wallet=theirs.wallet, suspicion="", suspected_wall_ms=None)
        return Comparison("equal")
    digest = digest_of(found)
    if is_confirmed(digest, account.suspicion, account.suspected_wall_ms, now_ms):
        book_differences(desk, ours, theirs, found, strangers)
        return Comparison("booked", found)
    if digest != account.suspicion:
        row.update(suspicion=digest, suspected_wall_ms=now_ms)
    return Comparison("suspected", found)
