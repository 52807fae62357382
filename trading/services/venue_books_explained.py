"""Adjustments that an execution of ours explains after all: they are taken back before it is booked.

A list that came late let the books differ; the difference was booked, flagged, and the account frozen. When
the execution comes it must not stand beside its own adjustment: all of it would be counted twice.
"""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import QuerySet

from accounts.domain.ledger import AVAILABLE, HOUSE, USDT, EntryDraft, Line
from accounts.selectors import balances
from accounts.selectors.wallets import booked_amount
from accounts.services import record_entries
from kernel.ids import derive_id
from trading import models
from trading.domain.positions import Execution
from trading.domain.reconciling import ADJUSTMENT, BY, MONEY, QUANTITY
from trading.domain.venue import VenueFill
from trading.selectors import portfolio
from trading.services.outbox_desk import Desk, lock_account, record_change
from trading.services.venue_books_executions import book_execution

Fresh = Sequence[tuple[str, VenueFill]]
"""Order of ours and an execution of it that is not in the books yet."""


def take_back_explained(desk: Desk, fresh: Fresh) -> None:
    """Take back every open adjustment that these executions explain, which resolves its flag.

    They are of the same symbol, side and quantity, by orders sent before the difference was found. The
    account stays frozen until a person has looked.
    """
    if not fresh:
        return
    rows = _open_of(desk).filter(kind=QUANTITY, symbol__in={fill.symbol for _, fill in fresh})
    for row in rows.order_by("found_wall_ms", "id"):
        trades = _explaining(row, fresh)
        if trades:
            _take_back(desk, row, trades)


def _open_of(desk: Desk) -> QuerySet[models.VenueMismatch]:
    return models.VenueMismatch.objects.filter(account_id=desk.account_id, resolved_wall_ms=None)


def _explaining(row: models.VenueMismatch, fresh: Fresh) -> list[VenueFill]:
    """Return the executions that make up the whole adjustment, all of them together or one alone."""
    missing = sum(side * qty for side, qty, _ in _booked_parts(row.id))
    if not missing:
        return []
    sent = _sent_at([order_id for order_id, _ in fresh])
    found = [
        fill
        for order_id, fill in fresh
        if fill.symbol == row.symbol
        and fill.side * missing > 0
        and sent.get(order_id, row.found_wall_ms) < row.found_wall_ms
    ]
    if sum(fill.qty for fill in found) == abs(missing):
        return found
    return next(([fill] for fill in found if fill.qty == abs(missing)), [])


def _booked_parts(mismatch_id: str) -> list[tuple[int, int, int]]:
    """Return side, quantity and notional of what was booked for a difference."""
    rows = models.Fill.objects.filter(order_id=derive_id(ADJUSTMENT, mismatch_id))
    return list(rows.values_list("side", "qty", "notional"))


def _sent_at(order_ids: Sequence[str]) -> Mapping[str, int]:
    rows = models.Order.objects.filter(id__in=order_ids, sent_wall_ms__isnull=False)
    return {key: int(sent_ms or 0) for key, sent_ms in rows.values_list("id", "sent_wall_ms")}


def _take_back(desk: Desk, row: models.VenueMismatch, trades: Sequence[VenueFill]) -> None:
    names = ", ".join(fill.trade_id for fill in trades)
    reason = f"explained by execution {names}: its adjustment was taken back"
    with transaction.atomic():
        lock_account(desk.account_id)
        together = _open_of(desk).filter(found_wall_ms=row.found_wall_ms)
        if not together.filter(id=row.id).exists():
            return
        money = _take_back_money(desk, together)
        _take_back_quantity(desk, row)
        changed = together.filter(id__in=[row.id, *money])
        changed.update(resolved_wall_ms=desk.wall_ms(), resolved_by=BY, resolution=reason[:200])
        record_change("mismatch", desk.account_id, "open", "resolved", reason, BY, desk.wall_ms())


def _take_back_money(desk: Desk, together: QuerySet[models.VenueMismatch]) -> list[str]:
    """Reverse the money that was booked with the difference; return its flag. What is free bounds it."""
    for key in together.exclude(kind=MONEY).values_list("id", flat=True):
        booked = booked_amount(desk.account_id, f"mismatch:{key}")
        if booked is None:
            continue
        back = max(-booked[-1], -balances([desk.account_id])[desk.account_id].available)
        lines = (Line(desk.account_id, AVAILABLE, USDT, back), Line(HOUSE, "adjustments", USDT, -back))
        if back:
            record_entries([EntryDraft(f"explained:{key}", ADJUSTMENT, desk.wall_ms(), lines)])
        return [derive_id("mismatch", key, MONEY)]
    return []


def _take_back_quantity(desk: Desk, row: models.VenueMismatch) -> None:
    """Book the adjustment the other way round at the same notional, without a fee."""
    parts = _booked_parts(row.id)
    held = portfolio(desk.account_id).position_of(row.symbol)
    execution = Execution(
        account_id=desk.account_id,
        symbol=row.symbol,
        side=-parts[0][0],
        qty=sum(part[1] for part in parts),
        notional=sum(part[2] for part in parts),
        fee=0,
        leverage=held.leverage if held else 1,
        stop_loss=None,
        take_profit=None,
        market_ms=desk.wall_ms(),
        kind=ADJUSTMENT,
    )
    book_execution(desk, derive_id("explained", row.id), execution, None, None)
