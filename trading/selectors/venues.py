"""Reads of accounts at real venues."""

from dataclasses import dataclass

from trading import models
from trading.domain.order_states import OPEN_STATES


@dataclass(frozen=True, slots=True)
class VenueFacts:
    """What an account's venue is opened with. ``has_business``: something of it is open at the venue."""

    account_id: str
    feed: str
    venue: str
    profile: str
    margin_mode: str
    enabled: bool
    has_business: bool


@dataclass(frozen=True, slots=True)
class MismatchView:
    """A difference between our books and a venue's, as a person looks at it."""

    id: str
    account_id: str
    kind: str
    symbol: str
    ours: int
    theirs: int
    found_wall_ms: int
    resolution: str


def venue_account_ids(feed: str) -> frozenset[str]:
    """Return the accounts of a feed that trade at a real venue, whether switched on or not: none is paper."""
    return frozenset(models.VenueAccount.objects.filter(feed=feed).values_list("account_id", flat=True))


def venue_profiles(feed: str) -> dict[str, str]:
    """Return account -> 'testnet' or 'live', of a feed's accounts at real venues; the others are paper."""
    return dict(models.VenueAccount.objects.filter(feed=feed).values_list("account_id", "profile"))


def has_fills(account_id: str) -> bool:
    """Return whether anything was ever executed for an account."""
    return models.Fill.objects.filter(account_id=account_id).exists()


def served_accounts() -> list[VenueFacts]:
    """Return the accounts that are switched on, and those that are off and still have something open."""
    rows = models.VenueAccount.objects.order_by("account_id")
    found = [
        VenueFacts(
            account_id=row.account_id,
            feed=row.feed,
            venue=row.venue,
            profile=row.profile,
            margin_mode=row.margin_mode,
            enabled=row.enabled,
            has_business=_has_business(row.account_id),
        )
        for row in rows
    ]
    return [facts for facts in found if facts.enabled or facts.has_business]


def _has_business(account_id: str) -> bool:
    orders = models.Order.objects.filter(account_id=account_id, state__in=OPEN_STATES).exclude(venue="")
    positions = models.Position.objects.filter(account_id=account_id, qty__gt=0)
    return orders.exists() or positions.exists()


def open_mismatches(account_id: str = "") -> list[MismatchView]:
    """Return the differences that no person has resolved, of one account or of all, oldest first."""
    rows = models.VenueMismatch.objects.filter(resolved_wall_ms=None)
    if account_id:
        rows = rows.filter(account_id=account_id)
    names = ("id", "account_id", "kind", "symbol", "ours", "theirs", "found_wall_ms", "resolution")
    return [MismatchView(*row) for row in rows.order_by("found_wall_ms", "id").values_list(*names)]
