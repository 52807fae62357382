"""Calls to language models: what they took, their tape, what they may cost, who is not asked for a while.

Contestants and seasons live above: their ids stand here as plain ids. Money is USD at 1e-8.
"""

from django.db import models

from store.fields import HashField, IdField, PositiveAmountField


class ModelCall(models.Model):
    """One call to a language model: one turn's question and what it took. Money is USD at 1e-8.

    ``outcome`` is a value of agents.domain.llm.exchange.Outcome; the prompt's parts are blobs in trading.
    """

    turn_id = IdField(primary_key=True)
    season_id = IdField()
    contestant_id = IdField()
    slot = models.BigIntegerField()
    provider = models.CharField(max_length=24)
    model = models.CharField(max_length=120)
    model_returned = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=16)
    detail = models.CharField(max_length=300, blank=True)
    finish_reason = models.CharField(max_length=40, blank=True)
    provider_request_id = models.CharField(max_length=120, blank=True)
    fingerprint = models.CharField(max_length=80, blank=True)
    sdk = models.CharField(max_length=60, blank=True)
    prompt_version = models.CharField(max_length=24)
    system_sha256 = HashField(blank=True)
    market_sha256 = HashField(blank=True)
    account_sha256 = HashField(blank=True)
    prompt_sha256 = HashField(blank=True)
    """SHA-256 of the canonical list of the parts' texts as sent."""
    attempts = models.PositiveIntegerField(default=0)
    latency_us = models.BigIntegerField(default=0)
    started_wall_ms = models.BigIntegerField()
    input_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    cache_write_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(default=0)
    cost = PositiveAmountField(default=0)
    cost_source = models.CharField(max_length=80, blank=True)
    """The price list's entry; 'estimate' where tokens were never told and may be billed; '' where unknown."""
    cited = models.PositiveIntegerField(default=0)
    """Figures the answer's words cite."""
    fabricated = models.PositiveIntegerField(default=0)
    """Those among them that the prompt does not hold."""

    class Meta:
        indexes = [
            models.Index(fields=["contestant_id", "-slot"], name="call_latest"),
            models.Index(fields=["season_id", "slot"], name="call_of_slot"),
        ]

    def __str__(self) -> str:
        return f"{self.model}: {self.outcome}"


class ModelTally(models.Model):
    """Running sums of one contestant's calls; ``arena audit`` derives them again from the calls."""

    contestant_id = IdField(primary_key=True)
    season_id = IdField()
    calls = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    sum_latency_us = models.BigIntegerField(default=0)
    input_tokens = models.BigIntegerField(default=0)
    cached_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    reasoning_tokens = models.BigIntegerField(default=0)
    cost = PositiveAmountField(default=0)
    unpriced = models.PositiveIntegerField(default=0)
    """Calls whose price is not known: the cost is a lower bound then."""
    cited = models.PositiveIntegerField(default=0)
    fabricated = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["season_id"], name="tally_of_season")]

    def __str__(self) -> str:
        return f"{self.contestant_id}: {self.calls} calls"


class TapeLine(models.Model):
    """One line of a season's recording of its models: canonical bytes, chained by hash."""

    id = models.BigAutoField(primary_key=True)
    season_id = IdField()
    seq = models.PositiveIntegerField()
    slot = models.BigIntegerField()
    body = models.BinaryField()
    """zlib of the canonical bytes."""
    prev_sha256 = HashField()
    sha256 = HashField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["season_id", "seq"], name="tape_line_once")]

    def __str__(self) -> str:
        return f"{self.season_id} line {self.seq}"


class Budget(models.Model):
    """What a cap's holder has spent and holds in reserve, in USD at 1e-8. ``kind``: 'day' or 'season'."""

    id = IdField(primary_key=True)
    kind = models.CharField(max_length=8)
    holder = models.CharField(max_length=160)
    """For a day: the model; for a season: the contestant."""
    period = models.CharField(max_length=32)
    """The UTC day as YYYY-MM-DD, or the season's id."""
    reserved = PositiveAmountField(default=0)
    spent = PositiveAmountField(default=0)

    def __str__(self) -> str:
        return f"{self.kind} {self.holder} {self.period}"


class Reservation(models.Model):
    """Money set aside before a turn's call. One a turn: whoever finds it open again does not ask twice."""

    turn_id = IdField(primary_key=True)
    day_budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="+")
    season_budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="+")
    amount = PositiveAmountField()
    """What was set aside; what was spent once it is settled."""
    settled = models.BooleanField(default=False)
    created_wall_ms = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["created_wall_ms"], name="reservation_open", condition=models.Q(settled=False)
            )
        ]

    def __str__(self) -> str:
        return str(self.turn_id)


class Breaker(models.Model):
    """Whether a provider's key is asked at all. ``id`` is derived from provider and key id."""

    id = IdField(primary_key=True)
    provider = models.CharField(max_length=24)
    key_id = models.CharField(max_length=64)
    failures = models.PositiveIntegerField(default=0)
    """Transient failures in a row."""
    reason = models.CharField(max_length=16, blank=True)
    open_until_ms = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.provider} {self.reason or 'closed'}"
