"""Tables of the market, decisions, orders, fills and positions.

Facts (snapshots, ticks, decisions, fills) are never updated or deleted; ``Order.state`` and ``Position`` move
only along the services in this room.

``feed`` names whose market a row belongs to: a season's id as plain text, since seasons live above.
"""

from django.db import models

from accounts.models import TradingAccount
from store.fields import AmountField, HashField, IdField, OptionalAmountField, PositiveAmountField


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


class Decision(models.Model):
    """One decision with its verdicts, approved or not.

    ``verdicts`` are the canonical bytes of every rule's result.
    """

    id = IdField(primary_key=True)
    feed = models.CharField(max_length=32)
    turn_id = IdField()
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+")
    slot = models.BigIntegerField()
    market_ms = models.BigIntegerField()
    symbol = models.CharField(max_length=20)
    action = models.CharField(max_length=5)
    size = PositiveAmountField()
    leverage = models.PositiveIntegerField()
    stop_loss = OptionalAmountField(null=True)
    take_profit = OptionalAmountField(null=True)
    confidence = PositiveAmountField()
    invalidation = models.CharField(max_length=400)
    watch = models.CharField(max_length=60, blank=True, db_default="")
    """The condition watched between rounds, as trading.domain.invalidation writes it; '' for none."""
    evidence = models.CharField(max_length=600, blank=True, db_default="")
    """Keys of the snapshot the decision relies on, one a line (trading.domain.encoding)."""
    reasoning = models.CharField(max_length=1200)
    outcome = models.CharField(max_length=10)
    """'approved', 'denied', 'unsizable' or 'held'."""
    reason = models.CharField(max_length=40)
    """Code of the first breach, or of what made it unsizable; empty if approved or held."""
    verdicts = models.BinaryField()
    proposal = models.BinaryField()
    """Canonical bytes of the sized order; empty where there is none."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["turn_id", "symbol"], name="one_decision_a_symbol_and_turn"),
        ]
        indexes = [
            models.Index(fields=["account", "-slot"], name="decision_latest"),
            models.Index(fields=["feed", "-market_ms"], name="decision_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.symbol}"


class Order(models.Model):
    """An intent, written before the venue hears of it. ``id`` is the client order id.

    ``kind``: 'decision', or what fired: 'stop_loss', 'take_profit', 'liquidation', 'flatten', 'invalidated'.
    ``state``: 'intent' -> 'filled' | 'rejected' (by the venue) | 'denied' (by the switch, after review).
    """

    id = IdField(primary_key=True)
    feed = models.CharField(max_length=32)
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    symbol = models.CharField(max_length=20)
    side = models.SmallIntegerField()
    qty = PositiveAmountField()
    leverage = models.PositiveIntegerField()
    reduce_only = models.BooleanField()
    stop_loss = OptionalAmountField(null=True)
    take_profit = OptionalAmountField(null=True)
    watch = models.CharField(max_length=60, blank=True, db_default="")
    market_ms = models.BigIntegerField()
    state = models.CharField(max_length=10)
    reason = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(side__in=[-1, 1]), name="order_side_is_one"),
            models.CheckConstraint(condition=models.Q(qty__gt=0), name="order_has_quantity"),
        ]
        indexes = [
            models.Index(fields=["feed"], name="order_open_intents", condition=models.Q(state="intent")),
            models.Index(
                fields=["feed", "market_ms"],
                name="order_opens_by_time",
                condition=models.Q(state="filled", reduce_only=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Fill(models.Model):
    """An execution as booked. ``pnl`` is realised profit and loss before the fee."""

    id = IdField(primary_key=True)
    feed = models.CharField(max_length=32)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(max_length=20)
    side = models.SmallIntegerField()
    qty = PositiveAmountField()
    notional = PositiveAmountField()
    fee = PositiveAmountField()
    pnl = AmountField()
    covered = PositiveAmountField()
    """Loss beyond the position's margin, paid by the insurance account."""
    margin_change = AmountField()
    """Money that moved from available to reserved (positive) or back."""
    kind = models.CharField(max_length=12)
    ambiguous = models.BooleanField()
    """True where stop and target lay inside one bar and the stop was taken first."""
    lifecycle = models.PositiveIntegerField()
    market_ms = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-market_ms"], name="fill_latest"),
            models.Index(fields=["feed", "-market_ms"], name="fill_newest"),
            models.Index(
                fields=["feed", "-market_ms"], name="plan_fill_newest", condition=~models.Q(kind="decision")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.side * self.qty}"


class Position(models.Model):
    """The open or last position of an account on a symbol; ``qty`` 0 is flat. Derivable from the fills."""

    id = IdField(primary_key=True)
    feed = models.CharField(max_length=32)
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(max_length=20)
    side = models.SmallIntegerField()
    qty = PositiveAmountField()
    entry_cost = PositiveAmountField()
    margin = PositiveAmountField()
    leverage = models.PositiveIntegerField()
    stop_loss = OptionalAmountField(null=True)
    take_profit = OptionalAmountField(null=True)
    watch = models.CharField(max_length=60, blank=True, db_default="")
    opened_ms = models.BigIntegerField()
    lifecycle = models.PositiveIntegerField()
    realised = AmountField()
    fees = PositiveAmountField()
    liquidation_price = OptionalAmountField(null=True)
    """Kept with the position so that the database finds what a price move can touch."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "symbol"], name="one_position_a_symbol"),
        ]
        indexes = [models.Index(fields=["feed"], name="position_open", condition=models.Q(qty__gt=0))]

    def __str__(self) -> str:
        return f"{self.symbol} {self.side * self.qty}"


class ClosedTrade(models.Model):
    """One position from flat to flat."""

    id = IdField(primary_key=True)
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(max_length=20)
    side = models.SmallIntegerField()
    lifecycle = models.PositiveIntegerField()
    opened_ms = models.BigIntegerField()
    closed_ms = models.BigIntegerField()
    pnl = AmountField()
    fees = PositiveAmountField()
    exit_kind = models.CharField(max_length=12)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "symbol", "lifecycle"], name="trade_closes_once"),
        ]
        indexes = [models.Index(fields=["account", "-closed_ms"], name="trade_latest")]

    def __str__(self) -> str:
        return f"{self.symbol} trade {self.lifecycle}"


class TradingState(models.Model):
    """The global switch: 'active', 'reducing' (no new entries) or 'halted' (no rounds). One row: 'global'."""

    id = models.CharField(primary_key=True, max_length=32)
    level = models.CharField(max_length=10)
    reason = models.CharField(max_length=200)
    changed_ms = models.BigIntegerField()
    changed_by = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.id}: {self.level}"
