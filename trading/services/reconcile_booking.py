"""Booking a confirmed difference as a flagged adjustment, and lifting the flag: a person with a reason."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from accounts.domain.ledger import AVAILABLE, HOUSE, USDT, EntryDraft, Line
from accounts.selectors import balances
from accounts.services import record_entries
from kernel.ids import derive_id
from kernel.units import SCALE, Rounding, mul_div
from trading import models
from trading.domain.positions import Execution, taker_notional
from trading.domain.reconciling import (
    ADJUSTMENT,
    BY,
    MONEY,
    QUANTITY,
    Difference,
    OurBooks,
    VenueBooks,
    money_missing,
)
from trading.domain.venue import VenueFill
from trading.selectors import portfolio
from trading.services.outbox_desk import (
    Desk,
    freeze_account,
    lock_account,
    record_change,
    signed_position,
)
from trading.services.reconcile_ours import our_books
from trading.services.venue_books import notional_of_fill
from trading.services.venue_books_executions import book_execution
from trading.services.venue_books_fees import settled_fee


class MismatchError(ValueError):
    """What a person asks of a frozen account cannot be done: one sentence with the remedy."""


def book_differences(
    desk: Desk,
    ours: OurBooks,
    theirs: VenueBooks,
    found: tuple[Difference, ...],
    strangers: tuple[VenueFill, ...],
) -> None:
    """Book differences that two looks saw, all together, and freeze the account. Again adds nothing.

    Executions that explain a quantity are booked as they were, at their price and with their fee; what no
    execution explains is booked without profit or loss. The money that differs then goes through the house's
    column 'adjustments'.
    """
    now_ms = desk.wall_ms()
    with transaction.atomic():
        lock_account(desk.account_id)
        if not _is_as_seen(desk, ours):
            return
        fresh = [item for item in found if item.kind != MONEY and _flag(desk, item, now_ms)]
        _book_strangers(desk, strangers)
        for item in fresh:
            if item.kind == QUANTITY and not _is_untraded(desk, item):
                _book_quantity(desk, item, theirs, now_ms)
        fresh += _book_money(desk, theirs, found[0].id, now_ms)
        if fresh:
            freeze_account(desk.account_id, _reason(desk, fresh), BY, now_ms)
        models.VenueAccount.objects.filter(account_id=desk.account_id).update(
            suspicion="", suspected_wall_ms=None
        )


def _reason(desk: Desk, fresh: Sequence[Difference]) -> str:
    """Return the sentence an account is frozen with; what only a person can end comes first."""
    untraded = [item.symbol for item in fresh if _is_untraded(desk, item)]
    named = ", ".join(f"{item.kind} {item.symbol}".strip() for item in fresh if not _is_untraded(desk, item))
    parts = []
    if untraded:
        parts.append(f"close {', '.join(untraded)} at the venue: it is held there and not traded here")
    if named:
        parts.append(f"the venue shows other books: {named}")
    return "; ".join(parts)


def _is_untraded(desk: Desk, item: Difference) -> bool:
    """Return whether a quantity is one of a symbol without an instrument here: flagged, never booked."""
    return item.kind == QUANTITY and item.symbol not in desk.instruments


def _is_as_seen(desk: Desk, ours: OurBooks) -> bool:
    """Return whether the books are still those that were compared."""
    now = our_books(desk)
    return (now.wallet, now.positions) == (ours.wallet, ours.positions)


def _flag(desk: Desk, item: Difference, now_ms: int) -> bool:
    """Write the flag; False where it stands already."""
    values = {"kind": item.kind, "symbol": item.symbol, "ours": item.ours, "theirs": item.theirs}
    _, is_new = models.VenueMismatch.objects.get_or_create(
        id=item.id, defaults={**values, "account_id": desk.account_id, "found_wall_ms": now_ms}
    )
    return is_new


def _book_strangers(desk: Desk, strangers: tuple[VenueFill, ...]) -> None:
    for fill in sorted(strangers, key=lambda item: (item.executed_ms, item.trade_id)):
        order_id = derive_id("external", desk.account_id, fill.symbol, fill.trade_id)
        if models.Order.objects.filter(id=order_id).exists():
            continue
        execution = _execution(
            desk, fill.symbol, fill.side, fill.qty, notional_of_fill(fill), fill.executed_ms
        )
        book_execution(desk, order_id, replace(execution, fee=settled_fee(fill)), fill, None)


def _book_quantity(desk: Desk, item: Difference, theirs: VenueBooks, now_ms: int) -> None:
    """Bring our quantity to the venue's: at our own entry where it shrinks, so that nothing is realised."""
    missing = item.theirs - signed_position(desk.account_id, item.symbol)
    if not missing:
        return
    side = 1 if missing > 0 else -1
    notional = _neutral_notional(desk, item.symbol, side, abs(missing), theirs)
    execution = _execution(desk, item.symbol, side, abs(missing), notional, now_ms)
    book_execution(desk, derive_id(ADJUSTMENT, item.id), execution, None, None)


def _neutral_notional(desk: Desk, symbol: str, side: int, qty: int, theirs: VenueBooks) -> int:
    held = portfolio(desk.account_id).position_of(symbol)
    if held is not None and held.side != side and qty <= held.qty:
        towards_loss = Rounding.UP if held.side > 0 else Rounding.DOWN
        return mul_div(held.entry_cost, qty, held.qty, towards_loss)
    price = theirs.entry_prices.get(symbol) or (
        mul_div(held.entry_cost, SCALE, held.qty, Rounding.DOWN) if held else SCALE
    )
    return taker_notional(side, qty, price)


def _execution(desk: Desk, symbol: str, side: int, qty: int, notional: int, at_ms: int) -> Execution:
    held = portfolio(desk.account_id).position_of(symbol)
    return Execution(
        account_id=desk.account_id,
        symbol=symbol,
        side=side,
        qty=qty,
        notional=notional,
        fee=0,
        leverage=held.leverage if held else 1,
        stop_loss=None,
        take_profit=None,
        market_ms=at_ms,
        kind=ADJUSTMENT,
    )


def _book_money(desk: Desk, theirs: VenueBooks, key: str, now_ms: int) -> list[Difference]:
    """Flag the money that differs and bring ours to the venue's, as far as free money can give it."""
    ours = our_books(desk)
    available = balances([desk.account_id])[desk.account_id].available
    wanted = money_missing(ours, theirs)
    if not wanted:
        return []
    item = Difference(derive_id("mismatch", key, MONEY), MONEY, "", ours.wallet, theirs.wallet)
    if not _flag(desk, item, now_ms):
        return []
    missing = max(wanted, -available)
    lines = (
        Line(desk.account_id, AVAILABLE, USDT, missing),
        Line(HOUSE, "adjustments", USDT, -missing),
    )
    if missing:
        record_entries([EntryDraft(f"mismatch:{key}", ADJUSTMENT, now_ms, lines)])
    return [item]


def resolve_mismatch(mismatch_id: str, resolution: str, by: str, wall_ms: int) -> None:
    """Say what a flagged difference was; raises MismatchError. The account stays frozen."""
    if not resolution.strip() or not by.strip():
        raise MismatchError("resolving a difference needs a reason and who says so")
    with transaction.atomic():
        row = models.VenueMismatch.objects.filter(id=mismatch_id, resolved_wall_ms=None)
        found = row.first()
        if found is None:
            raise MismatchError(f"no open difference is called {mismatch_id}; look at the list of open ones")
        row.update(resolved_wall_ms=wall_ms, resolved_by=by[:80], resolution=resolution[:200])
        record_change("mismatch", found.account_id, "open", "resolved", resolution, by, wall_ms)


def unfreeze_account(account_id: str, reason: str, by: str, wall_ms: int) -> None:
    """Let an account open again; raises MismatchError while a difference is open or an order in doubt."""
    if not reason.strip() or not by.strip():
        raise MismatchError("unfreezing an account needs a reason and who says so")
    with transaction.atomic():
        account = lock_account(account_id)
        if account.state == "ready":
            raise MismatchError(f"account {account_id} is not frozen")
        if models.VenueMismatch.objects.filter(account_id=account_id, resolved_wall_ms=None).exists():
            raise MismatchError(
                f"account {account_id} has open differences; resolve each with a reason first"
            )
        if models.Order.objects.filter(account_id=account_id, state="unknown").exists():
            raise MismatchError(f"account {account_id} has orders that nobody knows about; they come first")
        row = models.VenueAccount.objects.filter(account_id=account_id)
        # It opens again once its books were found equal after this moment.
        row.update(state="ready", frozen_reason="", synced_wall_ms=None, suspicion="")
        record_change("freeze", account_id, "frozen", "ready", reason, by, wall_ms)
