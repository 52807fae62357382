"""Tables of decisions and of the orders and fills that come of them."""

from django.db import models

from accounts.models import TradingAccount
from store.fields import AmountField, IdField, OptionalAmountField, PositiveAmountField


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
    terms = models.CharField(max_length=60, blank=True, db_default="")
    """How the order may fill, as trading.domain.terms writes it; '' at the market."""
    trail = PositiveAmountField(db_default=0)
    reverse = models.BooleanField(db_default=False)
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

    ``kind`` says why: 'decision', or what fired: 'stop_loss', 'take_profit', 'trailing', 'liquidation',
    'invalidated', 'flatten'; at a real venue also plans that rest there: 'protect_stop', 'protect_target'.
    ``type`` says how: 'market', 'limit', 'stop', 'take_profit', 'trailing' (trading.domain.terms).
    ``state`` moves along trading.domain.order_states. ``venue`` '' is paper.
    """

    id = IdField(primary_key=True)
    feed = models.CharField(max_length=32)
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    symbol = models.CharField(max_length=20)
    side = models.SmallIntegerField()
    qty = PositiveAmountField()
    leverage = models.PositiveIntegerField()
    reduce_only = models.BooleanField()
    stop_loss = OptionalAmountField(null=True)
    take_profit = OptionalAmountField(null=True)
    watch = models.CharField(max_length=60, blank=True, db_default="")
    market_ms = models.BigIntegerField()
    state = models.CharField(max_length=16)
    reason = models.CharField(max_length=40)
    type = models.CharField(max_length=12, db_default="market")
    time_in_force = models.CharField(max_length=4, db_default="ioc")
    post_only = models.BooleanField(db_default=False)
    price = OptionalAmountField(null=True)
    trigger = OptionalAmountField(null=True)
    trail = PositiveAmountField(db_default=0)
    """Of a trailing order its own distance, of others the one its position gets. A ratio."""
    best = OptionalAmountField(null=True)
    mark = PositiveAmountField(db_default=0)
    """Mark when it was decided: what slippage is measured from. 0 where nobody decided."""
    filled = PositiveAmountField(db_default=0)
    reserved = PositiveAmountField(db_default=0)
    """Margin and fee set aside while it rests."""
    venue = models.CharField(max_length=16, blank=True, db_default="")
    venue_order_id = models.CharField(max_length=80, blank=True, db_default="")
    venue_text = models.CharField(max_length=300, blank=True, db_default="")
    """The venue's own words where it refused; untrusted, shown escaped."""
    position_before = AmountField(db_default=0)
    """Signed quantity held when it was sent: with it a lost answer can be told from what is held after."""
    attempts = models.PositiveIntegerField(db_default=0)
    looks = models.PositiveIntegerField(db_default=0)
    """How often the resolver has looked for it at the venue since the last attempt without finding it."""
    absent_since_ms = models.BigIntegerField(null=True)
    """The venue's clock at the first of those looks."""
    sent_wall_ms = models.BigIntegerField(null=True)
    next_look_wall_ms = models.BigIntegerField(null=True)
    lease_until_wall_ms = models.BigIntegerField(db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(side__in=[-1, 1]), name="order_side_is_one"),
            models.CheckConstraint(condition=models.Q(qty__gt=0), name="order_has_quantity"),
        ]
        indexes = [
            models.Index(fields=["feed"], name="order_open_intents", condition=models.Q(state="intent")),
            models.Index(
                fields=["feed", "account"],
                name="order_resting",
                condition=models.Q(venue="", state__in=["accepted", "partially_filled"]),
            ),
            models.Index(
                fields=["account"],
                name="order_at_a_venue",
                condition=~models.Q(venue="")
                & ~models.Q(state__in=["filled", "canceled", "expired", "rejected", "denied"]),
            ),
            models.Index(
                fields=["feed", "market_ms"],
                name="order_opens_by_time",
                condition=models.Q(state="filled", reduce_only=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class OrderStep(models.Model):
    """One step of an order at a real venue, or of one that rested: what it was, became, and why."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    before = models.CharField(max_length=16)
    after = models.CharField(max_length=16)
    reason = models.CharField(max_length=120)
    wall_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"


class Fill(models.Model):
    """An execution as booked. ``pnl`` is realised profit and loss before the fee."""

    id = IdField(primary_key=True)
    feed = models.CharField(max_length=32)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
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
    kind = models.CharField(max_length=16)
    ambiguous = models.BooleanField()
    """True where stop and target lay inside one bar and the stop was taken first."""
    lifecycle = models.PositiveIntegerField()
    market_ms = models.BigIntegerField()
    maker = models.BooleanField(db_default=False)
    venue_trade_id = models.CharField(max_length=80, blank=True, db_default="")
    """The venue's name of it, '' on paper. The row's id is derived from it, so that it is booked once."""
    penalty = PositiveAmountField(db_default=0)
    """The part of the fee that a liquidation costs beside the taker's; the insurance gets it."""
    seq = models.PositiveIntegerField(db_default=0)
    """Order of the fills of one account at one moment: what came before a round's decisions is below 1000."""

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
