"""Tables of what was seen of the market: facts, never updated or deleted."""

from django.db import models

from store.fields import AmountField, HashField, IdField, PositiveAmountField
from trading.domain.instruments import FUNDING_INTERVAL_MS


class Blob(models.Model):
    """Immutable bytes named by the SHA-256 of their uncompressed form. ``codec`` is 'raw' or 'zlib'."""

    sha256 = HashField(primary_key=True)
    codec = models.CharField(max_length=8)
    body = models.BinaryField()

    def __str__(self) -> str:
        return str(self.sha256)


class Instrument(models.Model):
    """Steps and fees of one perpetual in one feed; the frozen form is trading.domain.instruments."""

    id = IdField(primary_key=True)
    feed = models.CharField(max_length=32)
    symbol = models.CharField(max_length=20)
    tick = PositiveAmountField()
    lot = PositiveAmountField()
    min_notional = PositiveAmountField()
    taker_fee = PositiveAmountField()
    maker_fee = PositiveAmountField()
    maintenance_rate = PositiveAmountField()
    max_leverage = models.PositiveIntegerField()
    tiers = models.CharField(max_length=1500, blank=True, db_default="")
    """Maintenance by notional, as trading.domain.tiers writes it; '' for the one rate above."""
    funding_interval_ms = models.BigIntegerField(db_default=FUNDING_INTERVAL_MS)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "symbol"], name="instrument_once")]

    def __str__(self) -> str:
        return self.symbol


class Snapshot(models.Model):
    """The frozen market of one slot; its bytes are a Blob."""

    id = IdField(primary_key=True)
    feed = models.CharField(max_length=32)
    slot = models.BigIntegerField()
    market_ms = models.BigIntegerField()
    source = models.CharField(max_length=120)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "slot"], name="one_snapshot_a_slot")]

    def __str__(self) -> str:
        return f"{self.feed} slot {self.slot}"


class ExecutionBook(models.Model):
    """The frozen first market state after a slot's deadline; its bytes are a Blob."""

    id = IdField(primary_key=True)
    feed = models.CharField(max_length=32)
    slot = models.BigIntegerField()
    market_ms = models.BigIntegerField()
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "slot"], name="one_book_a_slot")]

    def __str__(self) -> str:
        return f"{self.feed} slot {self.slot}"


class Tick(models.Model):
    """All symbols at one moment between rounds, as canonical bytes."""

    id = models.BigAutoField(primary_key=True)
    feed = models.CharField(max_length=32)
    market_ms = models.BigIntegerField()
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "market_ms"], name="tick_once")]

    def __str__(self) -> str:
        return f"{self.feed} at {self.market_ms}"


class FundingRate(models.Model):
    """One settlement of funding of a symbol in a feed, as the market told it."""

    id = models.BigAutoField(primary_key=True)
    feed = models.CharField(max_length=32)
    symbol = models.CharField(max_length=20)
    market_ms = models.BigIntegerField()
    rate = AmountField()
    mark = PositiveAmountField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "symbol", "market_ms"], name="funding_once")]

    def __str__(self) -> str:
        return f"{self.symbol} funding at {self.market_ms}"
