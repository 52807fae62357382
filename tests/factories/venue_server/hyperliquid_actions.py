"""What a signed Hyperliquid action does to a book."""

from collections.abc import Callable
from typing import Any

from tests.factories.venue_server import queries
from tests.factories.venue_server.figures import UnreadableError, plain, units
from tests.factories.venue_server.records import Order, Refusal, Ticket
from tests.factories.venue_server.truth import Truth

Action = dict[str, Any]
CLIENT_ID_LENGTH = 34
DEFAULT = {"type": "default"}
ERRORS = {
    "tick": "Price must be divisible by tick size.",
    "precision": "Order has invalid size.",
    "no_quantity": "Order has zero size.",
    "min_notional": "Order must have minimum value of $10.",
    "margin": "Insufficient margin to place order.",
    "bracket": "Order would exceed the maximum position size for current leverage.",
    "reduce_only": "Reduce only order would increase position.",
    "post_only": "Post only order would have immediately matched, bbo was {0}.",
    "would_trigger": "Invalid TP/SL price.",
    "no_trigger": "Invalid TP/SL price.",
    "delisted": "Trading is halted.",
    "unknown_symbol": "Invalid asset.",
    "duplicate_client_id": "Cloid is already used by an open order.",
    "not_matched": "Order could not immediately match against any resting orders.",
    "unknown_order": "Order was never placed, already canceled, or filled.",
    "not_open": "Order was never placed, already canceled, or filled.",
}


def asset_of(truth: Truth, number: object) -> str:
    """Return the symbol of an asset id, or raise Refusal."""
    symbols = list(truth.market.listings)
    if not isinstance(number, int) or not 0 <= number < len(symbols):
        raise Refusal("unknown_symbol")
    return symbols[number]


def error_of(refusal: Refusal, asset: object) -> dict[str, str]:
    """Return a refusal as one of the statuses of an answer."""
    return {"error": f"{ERRORS[refusal.kind].format(refusal.detail)} asset={asset}"}


def place(truth: Truth, action: Action, twist: str) -> Any:
    """Place orders, each with a status of its own."""
    statuses: list[Any] = []
    for raw in action["orders"]:
        try:
            statuses.append(_placed(truth, raw, twist, action))
        except Refusal as refusal:
            if refusal.kind not in ERRORS:
                raise
            statuses.append(error_of(refusal, raw["a"]))
        twist = ""
    return {"type": "order", "data": {"statuses": statuses}}


def _placed(truth: Truth, raw: Action, twist: str, action: Action) -> Any:
    ticket = ticket_from(truth, raw)
    order = truth.place(ticket, twist)
    if order.state == "expired" and not order.filled:
        raise Refusal("not_matched")
    if ticket.conditional and action.get("grouping", "na") != "na":
        return "waitingForTrigger"
    named = {"oid": order.order_id} | ({"cloid": ticket.client_id} if ticket.client_id else {})
    return {"filled": _filled(order) | named} if order.filled else {"resting": named}


def _filled(order: Order) -> dict[str, Any]:
    return {"totalSz": plain(order.filled), "avgPx": plain(order.average)}


def ticket_from(truth: Truth, raw: Action) -> Ticket:
    """Return the order that an action describes; Refusal 'malformed' where it is not in the venue's form."""
    client_id = raw.get("c") or ""
    if client_id and (len(client_id) != CLIENT_ID_LENGTH or not client_id.startswith("0x")):
        raise Refusal("malformed", "cloid")
    trigger = raw["t"].get("trigger")
    try:
        price, qty = units(raw["p"]), units(raw["s"])
        stop = units(trigger["triggerPx"]) if trigger else None
    except UnreadableError:
        raise Refusal("malformed", "price or size") from None
    kind = "limit" if trigger is None else {"sl": "stop", "tp": "take_profit"}[trigger["tpsl"]]
    return Ticket(
        symbol=asset_of(truth, raw["a"]),
        side=1 if raw["b"] else -1,
        qty=qty,
        kind=kind,
        client_id=client_id,
        price=None if trigger and trigger["isMarket"] else price,
        trigger=stop,
        tif=_tif(raw),
        reduce_only=bool(raw["r"]),
    )


def _tif(raw: Action) -> str:
    return str(raw["t"].get("limit", {}).get("tif", "Gtc")).lower().replace("alo", "gtx")


def cancel(truth: Truth, action: Action, _twist: str) -> Any:
    """Cancel orders by the venue's ids or by ours."""
    statuses: list[Any] = []
    for raw in action["cancels"]:
        try:
            if "cloid" in raw:
                order = queries.find_order(truth, client_id=raw["cloid"])
            else:
                order = queries.find_order(truth, order_id=int(raw["o"]))
            truth.cancel(order)
            statuses.append("success")
        except Refusal as refusal:
            statuses.append(error_of(refusal, raw.get("a", raw.get("asset"))))
    return {"type": "cancel", "data": {"statuses": statuses}}


def set_leverage(truth: Truth, action: Action, _twist: str) -> Any:
    """Set leverage and margin mode at once."""
    symbol, mode = asset_of(truth, action["asset"]), "cross" if action["isCross"] else "isolated"
    if truth.margin_mode_of(symbol) != mode and truth.holding(symbol).qty:
        raise Refusal("margin_mode_position")
    truth.set_leverage(symbol, int(action["leverage"]))
    truth.margin_modes[symbol] = mode
    return DEFAULT


def schedule_cancel(truth: Truth, action: Action, _twist: str) -> Any:
    """Cancel everything at a moment, or call that off; open only to who has traded enough."""
    market = truth.market
    traded = sum(fill.notional for fill in truth.fills)
    if traded < market.dead_man_volume:
        raise Refusal("dead_man", f"{market.dead_man_volume // 100_000_000}|{plain(traded)}")
    due = int(action["time"]) if "time" in action else 0
    if "time" in action and due < market.now() + 5_000:
        raise Refusal("dead_man_early")
    truth.dead_man[""] = due

    def ring() -> None:
        if truth.dead_man.get("") == due:
            for order in list(truth.open.values()):
                truth.cancel(order)

    if due:
        market.later(max(due - market.now(), 0) / 1000, ring)
    return DEFAULT


def note(_truth: Truth, _action: Action, _twist: str) -> Any:
    """Take note of a builder or a referrer: the list of requests shows that it was asked."""
    return DEFAULT


ACTIONS: dict[str, tuple[str, Callable[[Truth, Action, str], Any]]] = {
    "order": ("order", place),
    "cancel": ("cancel", cancel),
    "cancelByCloid": ("cancel", cancel),
    "updateLeverage": ("leverage", set_leverage),
    "scheduleCancel": ("dead_man", schedule_cancel),
    "approveBuilderFee": ("builder", note),
    "setReferrer": ("referrer", note),
}
