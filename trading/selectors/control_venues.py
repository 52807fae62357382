"""Accounts at real venues and the differences found there, as the faces show them."""

from dataclasses import dataclass
from typing import Any, ClassVar

from kernel.units import format_units
from trading import models


@dataclass(frozen=True, slots=True)
class VenueAccountFacts:
    """An account at a real venue; see models.VenueAccount."""

    account_id: str
    feed: str
    venue: str
    profile: str
    enabled: bool
    state: str
    frozen_reason: str
    waiver: str
    permissions: str
    synced_wall_ms: int | None

    SHOWN: ClassVar = (
        "venue",
        "profile",
        "enabled",
        "state",
        "frozen_reason",
        "waiver",
        "permissions",
        "synced_wall_ms",
    )
    """What may be shown of it: there is no secret among it."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A difference that nobody has resolved yet. ``ours`` and ``theirs`` at 1e-8."""

    id: str
    account_id: str
    kind: str
    symbol: str
    ours: int
    theirs: int

    def form(self) -> dict[str, Any]:
        """Return it with its figures as decimal strings."""
        return {
            "id": self.id,
            "account": self.account_id,
            "kind": self.kind,
            "symbol": self.symbol,
            "ours": format_units(self.ours),
            "theirs": format_units(self.theirs),
        }


def venue_accounts() -> tuple[VenueAccountFacts, ...]:
    """Return every account at a real venue."""
    rows = models.VenueAccount.objects.order_by("account_id")
    names = tuple(VenueAccountFacts.__dataclass_fields__)
    return tuple(VenueAccountFacts(*row) for row in rows.values_list(*(n for n in names if n != "SHOWN")))


def feed_profile(feed: str) -> str:
    """Return what a feed's accounts trade with: 'live' where one has real money, 'testnet' or 'paper'."""
    found = set(models.VenueAccount.objects.filter(feed=feed).values_list("profile", flat=True))
    return next((profile for profile in ("live", "testnet") if profile in found), "paper")


def open_mismatches() -> tuple[Mismatch, ...]:
    """Return the differences that nobody has resolved, oldest first."""
    rows = models.VenueMismatch.objects.filter(resolved_wall_ms=None).order_by("found_wall_ms", "id")
    return tuple(Mismatch(*row) for row in rows.values_list(*Mismatch.__dataclass_fields__))
