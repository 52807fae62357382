"""What the live path works with: one account at one venue, held by one process at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction

from trading import models
from trading.domain.instruments import Instrument
from trading.domain.order_states import check_step
from trading.ports import LiveVenue
from trading.services import BookedFill

LEASE_MS: Final = 90_000
"""How long one process may work for an account before another one takes it for dead."""

STEP_REASON: Final = 120
VENUE_TEXT: Final = 300

CountFills = Callable[[Sequence[BookedFill]], None]
CountFunding = Callable[[int], None]


def count_nothing(_booked: Sequence[BookedFill] | int) -> None:
    """Keep no counts."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One account with its venue and everything that is an argument: the clock, the steps, the lateness.

    ``count_fills`` and ``count_funding`` (units received) are called inside the transaction that books
    them, for counts that others keep.
    """

    account_id: str
    feed: str
    venue: LiveVenue
    instruments: Mapping[str, Instrument]
    max_lateness_ms: int
    wall_ms: Callable[[], int]
    count_fills: CountFills = count_nothing
    count_funding: CountFunding = count_nothing
    margin_mode: str = "isolated"
    notes: dict[str, int] = field(default_factory=dict)
    """What this process remembers of what it told the venue; nothing that must be right."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return what the account may trade, by name."""
        return tuple(sorted(self.instruments))


@contextmanager
def hold_account(desk: Desk) -> Iterator[bool]:
    """Hold the account for this process while the block runs; False where another one holds it.

    Not what keeps orders single, each order's own compare-and-swap does; it keeps two lookers apart.
    """
    now_ms, row = desk.wall_ms(), models.VenueAccount.objects.filter(account_id=desk.account_id)
    until_ms = now_ms + LEASE_MS
    # A lease that ends later than any could was taken under another clock.
    free = row.filter(lease_until_wall_ms__lte=now_ms) | row.filter(lease_until_wall_ms__gt=until_ms)
    if not free.update(lease_until_wall_ms=until_ms):
        yield False
        return
    try:
        yield True
    finally:
        row.filter(lease_until_wall_ms=until_ms).update(lease_until_wall_ms=0)


def lock_account(account_id: str) -> models.VenueAccount:
    """Return the account's row, locked for the caller's transaction: bookings follow one another."""
    return models.VenueAccount.objects.select_for_update().get(account_id=account_id)


def move_order(
    order_id: str,
    before: str,
    after: str,
    why: str,
    wall_ms: int,
    seen: models.Order | None = None,
    **changes: Any,
) -> bool:
    """Take an order one step, if it still stands where the caller saw it; the step is kept with it.

    With ``seen`` it must also have had no further attempt and no further look since that row was read: the
    same state may be another life of the order. Raises OrderStateError for a step that no order can take.
    """
    check_step(order_id, before, after)
    with transaction.atomic():
        rows = models.Order.objects.filter(id=order_id, state=before)
        if seen is not None:
            rows = rows.filter(attempts=seen.attempts, looks=seen.looks)
        if not rows.update(state=after, **changes):
            return False
        record_step(order_id, before, after, why, wall_ms)
    return True


def record_step(order_id: str, before: str, after: str, reason: str, wall_ms: int) -> None:
    """Keep one step of an order."""
    models.OrderStep.objects.create(
        order_id=order_id, before=before, after=after, reason=reason[:STEP_REASON], wall_ms=wall_ms
    )


def freeze_account(account_id: str, reason: str, changed_by: str, wall_ms: int) -> None:
    """Stop new entries of an account until a person has looked. Once frozen it keeps its first reason."""
    with transaction.atomic():
        row = models.VenueAccount.objects.filter(account_id=account_id, state="ready")
        if row.update(state="frozen", frozen_reason=reason[:200]):
            record_change("freeze", account_id, "ready", "frozen", reason, changed_by, wall_ms)


def record_change(
    what: str, scope: str, before: str, after: str, reason: str, changed_by: str, wall_ms: int
) -> None:
    """Keep who turned what, and why."""
    models.ControlChange.objects.create(
        what=what,
        scope=scope,
        before=before,
        after=after,
        reason=reason[:200],
        changed_by=changed_by[:80],
        wall_ms=wall_ms,
    )


def signed_position(account_id: str, symbol: str) -> int:
    """Return the signed quantity that our books hold."""
    rows = models.Position.objects.filter(account_id=account_id, symbol=symbol)
    row = rows.values_list("side", "qty").first()
    return row[0] * row[1] if row else 0
