"""Tables of the switches and of what people ask of running seasons."""

from django.db import models


class TradingState(models.Model):
    """The kill switch of a scope: 'active', 'reducing' (no new entries) or 'halted' (nothing rests).

    ``id``: 'global' or an account's id; a scope without a row is active. The stricter of the two counts.
    """

    id = models.CharField(primary_key=True, max_length=32)
    level = models.CharField(max_length=10)
    reason = models.CharField(max_length=200)
    changed_ms = models.BigIntegerField()
    changed_by = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.id}: {self.level}"


class ControlChange(models.Model):
    """A switch that was turned, by whom and why: the audit of everything that lets money move or stops it.

    ``what``: 'level' (of a scope), 'trip' (what turned it by itself), 'venue' (an account's own switch),
    'key', 'freeze', 'mismatch', 'deployment' (the profile a process started with).
    ``scope``: 'global' or an account's id.
    """

    id = models.BigAutoField(primary_key=True)
    what = models.CharField(max_length=12)
    scope = models.CharField(max_length=32)
    before = models.CharField(max_length=40)
    after = models.CharField(max_length=40)
    reason = models.CharField(max_length=200)
    changed_by = models.CharField(max_length=80)
    wall_ms = models.BigIntegerField()
    request_key = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 - NULLs may repeat
    """Hash of the Idempotency-Key a request carried: the same request turns nothing twice."""

    def __str__(self) -> str:
        return f"{self.what} of {self.scope}: {self.after}"


class Command(models.Model):
    """Something a person or a trip asks of running paper seasons between rounds, done at a recorded moment.

    ``kind``: 'cancel' (all resting orders) or 'flatten' (and close every position). ``scope``: 'global' or an
    account's id. 'retire' and 'pause' cancel like 'cancel', because of what became of the contestant.
    ``asked_market_ms`` is the newest tick's moment when it was asked: it takes effect at a later one.
    ``effective_ms`` is the market moment it was carried out at, None before.
    """

    id = models.BigAutoField(primary_key=True)
    feed = models.CharField(max_length=32)
    scope = models.CharField(max_length=32)
    kind = models.CharField(max_length=8)
    asked_by = models.CharField(max_length=80)
    asked_wall_ms = models.BigIntegerField()
    asked_market_ms = models.BigIntegerField(db_default=0)
    effective_ms = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["feed"], name="command_waiting", condition=models.Q(effective_ms=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope}"
