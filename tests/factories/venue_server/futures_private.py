"""The private questions that Binance's futures and Aster share, each answered from an account's book."""

from collections.abc import Callable
from typing import Any

from tests.factories.venue_server import futures_shapes as shapes
from tests.factories.venue_server import queries
from tests.factories.venue_server.figures import UnreadableError, plain, units
from tests.factories.venue_server.futures_public import name_of, symbol_of
from tests.factories.venue_server.records import Order, Refusal, Ticket
from tests.factories.venue_server.truth import Truth

Params = dict[str, Any]
Answer = Callable[[Truth, Params, str], Any]
KINDS = {
    "MARKET": "market",
    "LIMIT": "limit",
    "STOP": "stop",
    "STOP_MARKET": "stop",
    "TAKE_PROFIT": "take_profit",
    "TAKE_PROFIT_MARKET": "take_profit",
    "TRAILING_STOP_MARKET": "trailing",
}
_LIMITED = ("LIMIT", "STOP", "TAKE_PROFIT")


def ticket_from(params: Params, *, client: str, trigger: str) -> Ticket:
    """Return the order that the parameters describe, or raise Refusal."""
    named = str(params.get("type") or params.get("orderType") or "")
    if named not in KINDS or params.get("side") not in ("BUY", "SELL"):
        raise Refusal("malformed", "type" if named not in KINDS else "side")
    reduce_only = str(params.get("reduceOnly", "false"))
    if reduce_only not in ("true", "false"):
        raise Refusal("malformed", "reduceOnly")
    client_id = str(params.get(client, ""))
    if client in params and not 0 < len(client_id) <= 36:
        raise Refusal("client_id", client_id)
    activation = params.get("activationPrice") or params.get("activatePrice")
    return Ticket(
        symbol=symbol_of(params.get("symbol")),
        side=1 if params["side"] == "BUY" else -1,
        qty=figure(params, "quantity") or 0,
        kind=KINDS[named],
        client_id=client_id,
        price=figure(params, "price") if named in _LIMITED else None,
        trigger=figure({trigger: activation} if KINDS[named] == "trailing" else params, trigger),
        tif=str(params.get("timeInForce", "GTC")).lower(),
        reduce_only=reduce_only == "true",
        callback=(figure(params, "callbackRate") or 0) // 100 or None,
    )


def figure(params: Params, name: str) -> int | None:
    """Return a figure of the parameters, None where there is none; Refusal where it cannot be read."""
    if params.get(name) in (None, ""):
        return None
    try:
        return units(params[name])
    except UnreadableError:
        raise Refusal("precision") from None


def number(params: Params, name: str) -> int | None:
    """Return a whole number of the parameters, None where there is none."""
    try:
        return int(params[name]) if params.get(name) not in (None, "") else None
    except ValueError:
        raise Refusal("malformed", name) from None


def _symbol(params: Params) -> str | None:
    return symbol_of(params["symbol"]) if params.get("symbol") else None


def _generated(truth: Truth, ticket: Ticket) -> Ticket:
    """Give an order without a client id one of the venue's making."""
    if ticket.client_id:
        return ticket
    fields = {name: getattr(ticket, name) for name in ticket.__slots__}
    return Ticket(**fields | {"client_id": f"auto_{truth.market.next_id(0)}"})


def place(truth: Truth, params: Params, twist: str) -> Any:
    """Place a plain order; on Aster a conditional one too."""
    ticket = ticket_from(params, client="newClientOrderId", trigger="stopPrice")
    if ticket.conditional and truth.market.rules.child_orders:
        raise Refusal("algo_only")
    return shapes.order_row(truth.place(_generated(truth, ticket), twist))


def place_algo(truth: Truth, params: Params, twist: str) -> Any:
    """Place a conditional order."""
    ticket = ticket_from(params, client="clientAlgoId", trigger="triggerPrice")
    return shapes.algo_row(truth.place(_generated(truth, ticket), twist), None)


def _found(truth: Truth, params: Params) -> Order:
    conditional = False if truth.market.rules.child_orders else None
    return queries.find_order(
        truth,
        order_id=number(params, "orderId"),
        client_id=params.get("origClientOrderId"),
        conditional=conditional,
    )


def _found_algo(truth: Truth, params: Params) -> Order:
    return queries.find_order(
        truth, order_id=number(params, "algoId"), client_id=params.get("clientAlgoId"), conditional=True
    )


def look_up(truth: Truth, params: Params, _twist: str) -> Any:
    """Return one order by either id."""
    return shapes.order_row(_found(truth, params))


def look_up_open(truth: Truth, params: Params, _twist: str) -> Any:
    """Return one open order by either id."""
    order = _found(truth, params)
    if order.state != "open":
        raise Refusal("unknown_order")
    return shapes.order_row(order)


def look_up_algo(truth: Truth, params: Params, _twist: str) -> Any:
    """Return one conditional order by either id."""
    return _algo(truth, _found_algo(truth, params))


def _algo(truth: Truth, order: Order) -> Any:
    return shapes.algo_row(order, truth.orders[order.child_id] if order.child_id else None)


def cancel(truth: Truth, params: Params, _twist: str) -> Any:
    """Cancel one order."""
    try:
        order = _found(truth, params)
    except Refusal:
        raise Refusal("not_open") from None
    truth.cancel(order)
    return shapes.order_row(order)


def cancel_algo(truth: Truth, params: Params, _twist: str) -> Any:
    """Cancel one conditional order."""
    try:
        order = _found_algo(truth, params)
    except Refusal:
        raise Refusal("not_open") from None
    truth.cancel(order)
    return {
        "algoId": order.order_id,
        "clientAlgoId": order.ticket.client_id,
        "code": "200",
        "msg": "success",
    }


def _cancel_all(truth: Truth, symbol: str | None, *, waiting: bool | None) -> Any:
    for order in list(truth.open.values()):
        if symbol in (None, order.ticket.symbol) and waiting in (None, order.waiting):
            truth.cancel(order)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def cancel_all(truth: Truth, params: Params, _twist: str) -> Any:
    """Cancel every order of a symbol; at Binance conditional ones stay."""
    return _cancel_all(truth, _symbol(params), waiting=False if truth.market.rules.child_orders else None)


def cancel_all_algo(truth: Truth, params: Params, _twist: str) -> Any:
    """Cancel every conditional order of a symbol."""
    return _cancel_all(truth, _symbol(params), waiting=True)


def list_open(truth: Truth, params: Params, _twist: str) -> Any:
    """List open orders; at Binance without conditional ones."""
    waiting = False if truth.market.rules.child_orders else None
    return [shapes.order_row(each) for each in queries.open_orders(truth, _symbol(params), waiting=waiting)]


def list_open_algo(truth: Truth, params: Params, _twist: str) -> Any:
    """List open conditional orders."""
    return [_algo(truth, each) for each in queries.open_orders(truth, _symbol(params), waiting=True)]


def _history(truth: Truth, params: Params, *, conditional: bool | None) -> list[Order]:
    return queries.order_history(
        truth,
        _symbol(params),
        since_ms=number(params, "startTime") or 0,
        limit=number(params, "limit") or 500,
        waiting=conditional,
    )


def list_all(truth: Truth, params: Params, _twist: str) -> Any:
    """List orders in any state."""
    conditional = False if truth.market.rules.child_orders else None
    return [shapes.order_row(each) for each in _history(truth, params, conditional=conditional)]


def list_all_algo(truth: Truth, params: Params, _twist: str) -> Any:
    """List conditional orders in any state."""
    return [_algo(truth, each) for each in _history(truth, params, conditional=True)]


def list_fills(truth: Truth, params: Params, _twist: str) -> Any:
    """List executions."""
    found = queries.fills(
        truth,
        _symbol(params),
        since_ms=number(params, "startTime"),
        until_ms=number(params, "endTime"),
        order_id=number(params, "orderId"),
        from_id=number(params, "fromId"),
        limit=number(params, "limit") or 500,
    )
    return [shapes.fill_row(each) for each in found]


def list_income(truth: Truth, params: Params, _twist: str) -> Any:
    """List movements of money."""
    words = {word: kind for kind, word in shapes.INCOMES.items()}
    wanted = params.get("incomeType")
    found = queries.income(
        truth,
        kinds=[words.get(str(wanted), str(wanted))] if wanted else None,
        symbol=_symbol(params),
        since_ms=number(params, "startTime") or 0,
        until_ms=number(params, "endTime"),
        limit=number(params, "limit") or 100,
    )
    return [shapes.income_row(each) for each in found]


def positions(truth: Truth, params: Params, _twist: str, *, second: bool = False) -> Any:
    """List positions: version three the open ones, version two every symbol's, with leverage and mode."""
    symbol = _symbol(params)
    if second:
        shown = [truth.holding(each) for each in truth.market.listings if symbol in (None, each)]
    else:
        shown = [each for each in truth.holdings.values() if each.qty and symbol in (None, each.symbol)]
    return [shapes.position_row(truth, each, second=second) for each in shown]


def positions_second(truth: Truth, params: Params, twist: str) -> Any:
    """List every symbol's position with leverage and margin mode."""
    return positions(truth, params, twist, second=True)


def account(truth: Truth, _params: Params, _twist: str) -> Any:
    """Return money and open positions."""
    return shapes.account_row(truth, second=False)


def account_second(truth: Truth, _params: Params, _twist: str) -> Any:
    """Return money and open positions with leverage and mode."""
    return shapes.account_row(truth, second=True)


def balance(truth: Truth, _params: Params, _twist: str) -> Any:
    """Return the money alone."""
    return shapes.balance_rows(truth)


def brackets(truth: Truth, params: Params, _twist: str) -> Any:
    """Return leverage brackets."""
    wanted = _symbol(params)
    return shapes.bracket_rows(truth, [each for each in truth.market.listings if wanted in (None, each)])


def set_leverage(truth: Truth, params: Params, _twist: str) -> Any:
    """Set the leverage of a symbol."""
    symbol, leverage = symbol_of(params.get("symbol")), number(params, "leverage") or 0
    truth.set_leverage(symbol, leverage)
    cap = max(
        (each.cap for each in truth.market.listing(symbol).brackets if each.leverage >= leverage), default=0
    )
    return {"leverage": leverage, "maxNotionalValue": plain(cap), "symbol": name_of(symbol)}


def set_margin_mode(truth: Truth, params: Params, _twist: str) -> Any:
    """Set the margin mode of a symbol."""
    mode = {"ISOLATED": "isolated", "CROSSED": "cross"}.get(str(params.get("marginType")))
    if mode is None:
        raise Refusal("malformed", "marginType")
    truth.set_margin_mode(symbol_of(params.get("symbol")), mode)
    return {"code": 200, "msg": "success"}
