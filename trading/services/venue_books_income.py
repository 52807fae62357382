"""Movements of money at a venue that are no trades: funding and the rest, each booked once."""

from typing import Final

from django.db import transaction
from django.db.models import F, Sum

from accounts.domain.ledger import AVAILABLE, HOUSE, USDT, DuplicateEntryError, EntryDraft, Line
from accounts.selectors import balances
from accounts.services import record_entries
from kernel.ids import derive_id
from store.bulk import insert_rows
from trading import models
from trading.domain.venue import VenueIncome
from trading.selectors import funding_rates
from trading.services.outbox_desk import Desk, lock_account
from trading.services.venue_books_fees import SETTLED_IN

LOOK_BACK_MS: Final = 3_600_000
"""Movements that a venue shows this much later than they happened are still found."""

FUNDING: Final = "funding"
HOUSE_COLUMNS: Final = {
    FUNDING: "funding",
    "fee": "fees",
    "transfer": "deposits",
    "insurance": "insurance",
}
"""Kind of movement -> the house's other side; every other kind goes to 'adjustments'."""

PAYMENT_FIELDS: Final = (
    "id",
    "feed",
    "account",
    "symbol",
    "lifecycle",
    "market_ms",
    "side",
    "qty",
    "mark",
    "rate",
    "amount",
    "venue_income_id",
)


def book_income(desk: Desk) -> int:
    """Fetch the account's movements and book those that are not in the books yet; return how many.

    Raises VenueError where the venue cannot be asked. What moved in an asset that our books do not hold is
    left out: it is no part of the wallet that is compared.
    """
    account = models.VenueAccount.objects.get(account_id=desk.account_id)
    since_ms = max(account.fills_from_ms + 1, account.income_until_ms - LOOK_BACK_MS)
    found = [item for item in desk.venue.fetch_income(since_ms) if item.asset in SETTLED_IN and item.amount]
    found.sort(key=lambda item: (item.booked_ms, item.income_id))
    count = sum(_book(desk, item) for item in found)
    if found:
        row = models.VenueAccount.objects.filter(account_id=desk.account_id)
        row.filter(income_until_ms__lt=found[-1].booked_ms).update(income_until_ms=found[-1].booked_ms)
    return count


def _book(desk: Desk, item: VenueIncome) -> bool:
    reference = f"income:{desk.account_id}:{derive_id('income', item.kind, item.symbol, item.income_id)}"
    with transaction.atomic():
        lock_account(desk.account_id)
        entry = EntryDraft(reference, f"venue_{item.kind}"[:20], item.booked_ms, _lines(desk, item))
        try:
            record_entries([entry])
        except DuplicateEntryError:
            return False
        if item.kind == FUNDING:
            _record_payment(desk, item)
    return True


def _lines(desk: Desk, item: VenueIncome) -> tuple[Line, ...]:
    """Return the entry's lines; what free money cannot pay the insurance lends until books are compared."""
    available = balances([desk.account_id])[desk.account_id].available
    taken = max(item.amount, -available)
    lent = item.amount - taken
    house = HOUSE_COLUMNS.get(item.kind, "adjustments")
    amounts = (
        (desk.account_id, AVAILABLE, taken),
        (HOUSE, house, -item.amount),
        (HOUSE, "insurance", lent),
    )
    return tuple(Line(owner, code, USDT, amount) for owner, code, amount in amounts if amount)


def _record_payment(desk: Desk, item: VenueIncome) -> None:
    """Keep a settlement of funding with the trade that it belongs to."""
    rows = models.Position.objects.filter(account_id=desk.account_id, symbol=item.symbol)
    position = rows.values_list("lifecycle", "side", "qty").first()
    held = _held_at(desk, item)
    lifecycle = _lifecycle_at(desk, item) or (position[0] if position else 0)
    rates = {rate.symbol: rate for rate in funding_rates(desk.feed, item.booked_ms - 1, item.booked_ms)}
    rate = rates.get(item.symbol)
    row = (
        payment_id := derive_id("funding", desk.account_id, item.symbol, item.booked_ms),
        desk.feed,
        desk.account_id,
        item.symbol,
        lifecycle,
        item.booked_ms,
        1 if held >= 0 else -1,
        abs(held),
        rate.mark if rate else 0,
        rate.rate if rate else 0,
        item.amount,
        item.income_id[:80],
    )
    if models.FundingPayment.objects.filter(id=payment_id).exists():
        return
    insert_rows(models.FundingPayment, PAYMENT_FIELDS, [row])
    desk.count_funding(item.amount)
    rows.filter(lifecycle=lifecycle, qty__gt=0).update(funding=F("funding") + item.amount)


def _held_at(desk: Desk, item: VenueIncome) -> int:
    """Return the signed quantity held at the settlement, from what is booked."""
    fills = models.Fill.objects.filter(
        account_id=desk.account_id, symbol=item.symbol, market_ms__lt=item.booked_ms
    )
    sums = dict(fills.values_list("side").annotate(total=Sum("qty")))
    return int(sums.get(1, 0)) - int(sums.get(-1, 0))


def _lifecycle_at(desk: Desk, item: VenueIncome) -> int | None:
    fills = models.Fill.objects.filter(
        account_id=desk.account_id, symbol=item.symbol, market_ms__lt=item.booked_ms
    )
    return fills.order_by("-market_ms", "-lifecycle").values_list("lifecycle", flat=True).first()
