"""Tables of what accounts hold and held."""

from django.db import models

from accounts.models import TradingAccount
from store.fields import AmountField, IdField, OptionalAmountField, PositiveAmountField


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
    funding = AmountField(db_default=0)
    trail = PositiveAmountField(db_default=0)
    best = OptionalAmountField(null=True)

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
    funding = AmountField(db_default=0)
    """Funding received over its life; paid is negative."""
    exit_kind = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "symbol", "lifecycle"], name="trade_closes_once"),
        ]
        indexes = [models.Index(fields=["account", "-closed_ms"], name="trade_latest")]

    def __str__(self) -> str:
        return f"{self.symbol} trade {self.lifecycle}"


class FundingPayment(models.Model):
    """What one position paid or received at one settlement; ``id`` derives from account, symbol, moment."""

    id = IdField(primary_key=True)
    feed = models.CharField(max_length=32)
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    symbol = models.CharField(max_length=20)
    lifecycle = models.PositiveIntegerField()
    market_ms = models.BigIntegerField()
    side = models.SmallIntegerField()
    qty = PositiveAmountField()
    mark = PositiveAmountField()
    rate = AmountField()
    amount = AmountField()
    """Received by the account; paid is negative. Without what the insurance paid for it."""
    covered = PositiveAmountField(db_default=0)
    """What the account could not pay and the insurance did."""
    margin_change = AmountField(db_default=0)
    """What the position's margin paid because free money did not suffice; never positive."""
    venue_income_id = models.CharField(max_length=80, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "symbol", "market_ms"], name="funding_paid_once"),
        ]
        indexes = [models.Index(fields=["feed", "market_ms"], name="funding_newest")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.amount}"


class SpotTrade(models.Model):
    """A purchase, sale or conversion of spot assets on paper: a TRADE of the wallet."""

    id = IdField(primary_key=True)
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8)
    """'buy', 'sell' or 'convert'."""
    from_asset = models.CharField(max_length=12)
    to_asset = models.CharField(max_length=12)
    amount = PositiveAmountField()
    """Given, in ``from_asset``."""
    quantity = PositiveAmountField()
    """Received, in ``to_asset``, after the fee."""
    fee = PositiveAmountField()
    fee_asset = models.CharField(max_length=12)
    source = models.CharField(max_length=120)
    """Whose prices it was made at."""
    market_ms = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["account", "-market_ms"], name="spot_latest")]

    def __str__(self) -> str:
        return f"{self.from_asset} to {self.to_asset}"
