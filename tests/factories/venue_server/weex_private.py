"""The private questions of Weex, each answered from an account's book."""

from collections.abc import Callable
from typing import Any

from tests.factories.venue_server import queries
from tests.factories.venue_server import weex_shapes as shapes
from tests.factories.venue_server.figures import plain
from tests.factories.venue_server.futures_private import KINDS, figure, number
from tests.factories.venue_server.futures_public import name_of, symbol_of
from tests.factories.venue_server.records import Order, Refusal, Ticket
from tests.factories.venue_server.truth import Truth

Params = dict[str, Any]
Answer = Callable[[Truth, Params, str], Any]
OK = {"code": "200", "msg": "success"}
ID_LENGTH = 40


def ticket_from(params: Params, client: str) -> Ticket:
    """Return the order that the parameters describe. Its leg and side say whether it opens or closes."""
    named, client_id = str(params.get("type")), str(params.get(client, ""))
    if named not in KINDS or named == "TRAILING_STOP_MARKET":
        raise Refusal("type")
    if params.get("side") not in ("BUY", "SELL") or params.get("positionSide") not in ("LONG", "SHORT"):
        raise Refusal("side")
    if not 0 < len(client_id) <= ID_LENGTH or not client_id.replace("-", "").replace("_", "").isalnum():
        raise Refusal("client_id")
    side, leg = (1 if params["side"] == "BUY" else -1), (1 if params["positionSide"] == "LONG" else -1)
    return Ticket(
        symbol=symbol_of(params.get("symbol")),
        side=side,
        qty=figure(params, "quantity") or 0,
        kind=KINDS[named],
        client_id=client_id,
        price=figure(params, "price") if "MARKET" not in named else None,
        trigger=figure(params, "triggerPrice"),
        tif=str(params.get("timeInForce", "GTC")).lower().replace("post_only", "gtx"),
        reduce_only=side != leg,
        leg=leg,
    )


def place(truth: Truth, params: Params, twist: str) -> Any:
    """Place a plain order, and what is attached to it once it has filled."""
    order = truth.place(ticket_from(params, "newClientOrderId"), twist)
    _attach(truth, params, order)
    return shapes.placed_row(order)


def place_algo(truth: Truth, params: Params, twist: str) -> Any:
    """Place a conditional order."""
    return shapes.placed_row(truth.place(ticket_from(params, "clientAlgoId"), twist))


def _attach(truth: Truth, params: Params, order: Order) -> None:
    """Place the attached stop and target of an order that has filled at once."""
    for name, kind in (("slTriggerPrice", "stop"), ("tpTriggerPrice", "take_profit")):
        trigger, ticket = figure(params, name), order.ticket
        if trigger is not None and order.filled:
            truth.place(
                Ticket(
                    ticket.symbol,
                    -ticket.side,
                    order.filled,
                    kind,
                    f"{name[:2]}{order.order_id}",
                    trigger=trigger,
                    reduce_only=True,
                    leg=ticket.leg,
                )
            )


def _found(truth: Truth, params: Params, *, conditional: bool) -> Order:
    order_id, client_id = number(params, "orderId"), params.get("origClientOrderId")
    if order_id is None and client_id is None:
        raise Refusal("no_id")
    return queries.find_order(truth, order_id=order_id, client_id=client_id, conditional=conditional)


def look_up(truth: Truth, params: Params, _twist: str) -> Any:
    """Return one order; this endpoint knows the venue's ids only."""
    if number(params, "orderId") is None:
        raise Refusal("empty", "orderId")
    return shapes.order_row(_found(truth, params, conditional=False))


def _cancel(truth: Truth, params: Params, *, conditional: bool) -> Any:
    try:
        order = _found(truth, params, conditional=conditional)
        truth.cancel(order)
    except Refusal as refusal:
        if refusal.kind == "no_id":
            raise
        return shapes.failed_row(params.get("orderId", params.get("origClientOrderId")), refusal)
    return shapes.placed_row(order)


def cancel(truth: Truth, params: Params, _twist: str) -> Any:
    """Cancel one order."""
    return _cancel(truth, params, conditional=False)


def cancel_algo(truth: Truth, params: Params, _twist: str) -> Any:
    """Cancel one conditional order."""
    return _cancel(truth, params, conditional=True)


def _symbol(params: Params) -> str | None:
    return symbol_of(params["symbol"]) if params.get("symbol") else None


def _cancel_all(truth: Truth, params: Params, *, waiting: bool) -> Any:
    symbol, ended = _symbol(params), []
    for order in list(truth.open.values()):
        if symbol in (None, order.ticket.symbol) and order.waiting == waiting:
            truth.cancel(order)
            ended.append(shapes.placed_row(order))
    return ended


def cancel_all(truth: Truth, params: Params, _twist: str) -> Any:
    """Cancel every plain order."""
    return _cancel_all(truth, params, waiting=False)


def cancel_all_algo(truth: Truth, params: Params, _twist: str) -> Any:
    """Cancel every conditional order."""
    return _cancel_all(truth, params, waiting=True)


def list_open(truth: Truth, params: Params, _twist: str) -> Any:
    """List open orders without conditional ones."""
    found = queries.open_orders(truth, _symbol(params), waiting=False)
    return [shapes.order_row(order) for order in found]


def list_open_algo(truth: Truth, params: Params, _twist: str) -> Any:
    """List open conditional orders."""
    return [shapes.algo_row(order) for order in queries.open_orders(truth, _symbol(params), waiting=True)]


def history(truth: Truth, params: Params, _twist: str) -> Any:
    """List orders that are over, newest first; a triggered one is there as the order it has started."""
    found = queries.order_history(
        truth,
        _symbol(params),
        since_ms=number(params, "startTime") or 0,
        limit=number(params, "limit") or 500,
    )
    over = [order for order in found if order.state not in ("open", "triggered")]
    return [shapes.order_row(order) for order in reversed(over)]


def list_fills(truth: Truth, params: Params, _twist: str) -> Any:
    """List executions newest first, a hundred at most: the last ones where there are more."""
    found = queries.fills(
        truth,
        _symbol(params),
        since_ms=number(params, "startTime"),
        until_ms=number(params, "endTime"),
        order_id=number(params, "orderId"),
        limit=10**9,
    )
    limit = min(number(params, "limit") or 100, 100)
    return [shapes.fill_row(truth, fill) for fill in reversed(found[-limit:])]


def list_income(truth: Truth, params: Params, _twist: str) -> Any:
    """List movements of money newest first; start and end are given together or not at all."""
    since, until = number(params, "startTime"), number(params, "endTime")
    if (since is None) != (until is None):
        raise Refusal("times")
    words = {word: kind for kind, word in shapes.INCOMES.items()}
    wanted = params.get("incomeType")
    found = queries.income(
        truth,
        kinds=[words.get(str(wanted), str(wanted))] if wanted else None,
        symbol=_symbol(params),
        since_ms=since or 0,
        until_ms=until,
        limit=10**9,
    )
    limit = min(number(params, "limit") or 20, 100)
    items = [shapes.income_row(each) for each in reversed(found[-limit:])]
    return {"hasNextPage": len(found) > limit, "nextKey": None, "items": items}


def balance(truth: Truth, _params: Params, _twist: str) -> Any:
    """Return the money."""
    return shapes.balance_rows(truth)


def positions(truth: Truth, params: Params, _twist: str) -> Any:
    """List the open legs."""
    symbol = _symbol(params)
    held = [each for each in truth.holdings.values() if each.qty and symbol in (None, each.symbol)]
    return [shapes.position_row(truth, each) for each in held]


def fees(truth: Truth, params: Params, _twist: str) -> Any:
    """Return the account's rates of fees."""
    rules = truth.market.rules
    rates = {"makerCommissionRate": plain(rules.maker), "takerCommissionRate": plain(rules.taker)}
    return {"symbol": params.get("symbol", "")} | rates


def config(truth: Truth, params: Params, _twist: str) -> Any:
    """Return margin mode and leverage of one symbol, or of all."""
    wanted = _symbol(params)
    return [
        {
            "symbol": name_of(symbol),
            "marginType": "ISOLATED" if truth.margin_mode_of(symbol) == "isolated" else "CROSSED",
            "separatedType": "COMBINED",
            "crossLeverage": f"{truth.leverage_of(symbol)}.00",
            "isolatedLongLeverage": f"{truth.leverage_of(symbol)}.00",
            "isolatedShortLeverage": f"{truth.leverage_of(symbol)}.00",
        }
        for symbol in truth.market.listings
        if wanted in (None, symbol)
    ]


def set_leverage(truth: Truth, params: Params, _twist: str) -> Any:
    """Set the leverage of the margin mode it is given for; that of the other mode is no concern of orders."""
    symbol = symbol_of(params.get("symbol"))
    mode = "isolated" if params.get("marginType") == "ISOLATED" else "cross"
    name = "isolatedLongLeverage" if mode == "isolated" else "crossLeverage"
    if number(params, name) is None:
        raise Refusal("empty", name)
    truth.market.listing(symbol)
    if mode == truth.margin_mode_of(symbol):
        truth.set_leverage(symbol, number(params, name) or 0)
    return OK


def set_margin_mode(truth: Truth, params: Params, _twist: str) -> Any:
    """Set the margin mode of a symbol; setting it again changes nothing."""
    mode = {"ISOLATED": "isolated", "CROSSED": "cross"}.get(str(params.get("marginType")))
    symbol = symbol_of(params.get("symbol"))
    if mode is None:
        raise Refusal("empty", "marginType")
    if truth.margin_mode_of(symbol) != mode:
        truth.set_margin_mode(symbol, mode)
    return OK
