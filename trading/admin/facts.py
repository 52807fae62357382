"""Facts of trading to look at: instruments, snapshots, decisions, orders, fills, positions, trades."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from trading import models
from trading.admin.readonly import ReadOnlyAdmin, amount, link_to, moment
from trading.domain.encoding import decode_verdicts


@admin.register(models.Instrument)
class InstrumentAdmin(ReadOnlyAdmin):
    """What can be traded in which feed."""

    columns = ("symbol", "feed", amount("tick"), amount("lot"), amount("min_notional"), "max_leverage")
    details = (amount("taker_fee"), amount("maker_fee"), amount("maintenance_rate"))
    list_filter = ("symbol",)


@admin.register(models.Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    """The frozen market of a slot."""

    columns = ("__str__", "source", moment("market_ms"), "blob_id")
    ordering = ("-market_ms",)


@admin.display(description="verdicts")
def _verdicts(row: models.Decision) -> SafeString:
    lines = [
        ("passed" if result.passed else "OBJECTS", result.rule, result.figure, result.limit, result.unit)
        for result in decode_verdicts(bytes(row.verdicts))
    ]
    return format_html_join("\n", "<div>{} {}: {} (limit {}, {})</div>", lines)


@admin.register(models.Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """Decisions with every rule's verdict."""

    columns = (
        moment("market_ms"),
        "account",
        "symbol",
        "action",
        "outcome",
        "reason",
        link_to("orders", "trading_order", "decision__id__exact", lambda row: row.id),
    )
    details = (
        "id",
        amount("size"),
        "leverage",
        amount("stop_loss"),
        amount("take_profit"),
        amount("confidence"),
        "reasoning",
        "invalidation",
        "watch",
        "evidence",
        _verdicts,
        "turn_id",
    )
    list_filter = ("outcome", "action", "symbol")
    list_select_related = ("account",)
    ordering = ("-slot",)


@admin.register(models.Order)
class OrderAdmin(ReadOnlyAdmin):
    """What was submitted."""

    columns = (
        moment("market_ms"),
        "account",
        "symbol",
        "kind",
        "side",
        amount("qty"),
        "state",
        "reason",
        link_to("fill", "trading_fill", "order__id__exact", lambda row: row.id),
    )
    plans = (amount("stop_loss"), amount("take_profit"), "watch")
    details = ("id", "decision", "leverage", "reduce_only", *plans)
    list_filter = ("state", "kind", "symbol")
    list_select_related = ("account",)
    ordering = ("-market_ms",)


@admin.register(models.Fill)
class FillAdmin(ReadOnlyAdmin):
    """What was executed."""

    columns = (
        moment("market_ms"),
        "account",
        "symbol",
        "kind",
        "side",
        amount("qty"),
        amount("notional"),
        amount("fee"),
        amount("pnl"),
    )
    details = ("id", "order", amount("covered"), "ambiguous", "lifecycle")
    list_filter = ("kind", "symbol")
    list_select_related = ("account",)
    ordering = ("-market_ms",)


@admin.register(models.Position)
class PositionAdmin(ReadOnlyAdmin):
    """Open and last positions."""

    columns = (
        "account",
        "symbol",
        "side",
        amount("qty"),
        amount("entry_cost"),
        amount("margin"),
        "leverage",
    )
    details = (
        "id",
        amount("stop_loss"),
        amount("take_profit"),
        "watch",
        moment("opened_ms"),
        "lifecycle",
        amount("realised"),
        amount("fees"),
    )
    list_filter = ("symbol",)
    list_select_related = ("account",)
    ordering = ("account", "symbol")


@admin.register(models.ClosedTrade)
class ClosedTradeAdmin(ReadOnlyAdmin):
    """Trades from flat to flat."""

    columns = (
        moment("closed_ms"),
        "account",
        "symbol",
        "side",
        amount("pnl"),
        amount("fees"),
        "exit_kind",
    )
    details = ("id", moment("opened_ms"), "lifecycle")
    list_filter = ("exit_kind", "symbol")
    list_select_related = ("account",)
    ordering = ("-closed_ms",)
