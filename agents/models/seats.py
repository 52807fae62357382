"""Seats of people and programs outside: who may decide, what they were asked, what they handed in."""

from django.db import models

from accounts.models import User
from store.fields import IdField


class Seat(models.Model):
    """Who may hand in decisions for a contestant: a person, or a program with a token (its hash is kept)."""

    contestant_id = IdField(primary_key=True)
    season_id = IdField()
    kind = models.CharField(max_length=10)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    token_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    token_hint = models.CharField(max_length=12, blank=True)
    last_seen_ms = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.kind} {self.contestant_id}"


class Invitation(models.Model):
    """One open question to a seat: the observation as canonical bytes, until the deadline."""

    turn_id = IdField(primary_key=True)
    contestant_id = IdField()
    season_id = IdField()
    slot = models.BigIntegerField()
    number = models.PositiveIntegerField()
    observation = models.BinaryField()
    """zlib of the canonical bytes."""
    deadline_wall_ms = models.BigIntegerField()
    is_open = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["contestant_id", "-slot"], name="invitation_latest")]

    def __str__(self) -> str:
        return f"{self.contestant_id} round {self.number}"


class Submission(models.Model):
    """Decisions handed in. Without a turn it waits for the next round; the newest one that fits is taken."""

    id = IdField(primary_key=True)
    contestant_id = IdField()
    turn_id = models.CharField(max_length=32, blank=True)
    raw = models.BinaryField()
    received_wall_ms = models.BigIntegerField()
    taken_by = models.CharField(max_length=32, blank=True)
    """The turn that used it."""

    class Meta:
        indexes = [models.Index(fields=["contestant_id", "-received_wall_ms"], name="submission_latest")]

    def __str__(self) -> str:
        return str(self.id)
