"""Tables of accounts at real venues."""

from django.db import models

from accounts.models import TradingAccount
from store.fields import AmountField, IdField


class VenueAccount(models.Model):
    """A trading account that trades at a real venue. Without a row an account is paper.

    ``profile``: 'testnet' or 'live'. ``enabled`` is the account's own switch, the second of the two that live
    trading needs. ``state``: 'ready', or 'frozen' (no new entries) until a person has looked.
    """

    account = models.OneToOneField(
        TradingAccount, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    feed = models.CharField(max_length=32)
    venue = models.CharField(max_length=16)
    profile = models.CharField(max_length=8)
    margin_mode = models.CharField(max_length=8, default="isolated")
    enabled = models.BooleanField(default=False)
    state = models.CharField(max_length=8, default="ready")
    frozen_reason = models.CharField(max_length=200, blank=True)
    waiver = models.CharField(max_length=200, blank=True)
    """Who answers for a key whose permissions the venue cannot tell, and why; '' where nobody does."""
    permissions = models.CharField(max_length=60, blank=True)
    """What the last probe of the key found, as 'trade:1 withdraw:0 transfer:0 ip:1'; '' before the first."""
    probed_wall_ms = models.BigIntegerField(null=True)
    synced_wall_ms = models.BigIntegerField(null=True)
    """Last time our books and the venue's were found equal."""
    venue_wallet = AmountField(default=0)
    fills_from_ms = models.BigIntegerField(default=0)
    """The venue's clock at binding: what was executed before is none of ours."""
    fills_until_ms = models.BigIntegerField(default=0)
    income_until_ms = models.BigIntegerField(default=0)
    watched_until_ms = models.BigIntegerField(default=0)
    """Ticks up to this market moment were judged for watched conditions."""
    lease_until_wall_ms = models.BigIntegerField(default=0)
    """Until when one process works for the account alone."""
    dead_man_until_wall_ms = models.BigIntegerField(default=0)
    """Until when the venue may cancel everything if it hears nothing; 0 where that was let go."""
    suspicion = models.CharField(max_length=64, blank=True, default="")
    """Hash of differences seen once: seen again they are booked, and until then nobody opens."""
    suspected_wall_ms = models.BigIntegerField(null=True)
    created_wall_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.account_id} at {self.venue}"


class VenueMismatch(models.Model):
    """A difference between our books and a venue's, booked as a flagged adjustment. ``id`` is deterministic.

    ``kind``: 'quantity' (of a symbol) or 'money'. Open until a person has resolved it with a reason.
    """

    id = IdField(primary_key=True)
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8)
    symbol = models.CharField(max_length=20, blank=True)
    ours = AmountField()
    theirs = AmountField()
    found_wall_ms = models.BigIntegerField()
    resolved_wall_ms = models.BigIntegerField(null=True)
    resolved_by = models.CharField(max_length=80, blank=True)
    resolution = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.symbol} of {self.account_id}"


class VenueBudget(models.Model):
    """How much may still be asked of a venue's host: one bucket for all processes."""

    id = models.CharField(primary_key=True, max_length=80)
    tokens = models.BigIntegerField()
    refilled_wall_ms = models.BigIntegerField()
    blocked_until_wall_ms = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.id
