"""How Binance's futures and Aster write orders, fills, positions and money."""

from typing import Any

from tests.factories.venue_server.figures import plain, text, times
from tests.factories.venue_server.futures_public import QUOTE, name_of
from tests.factories.venue_server.listings import Bracket
from tests.factories.venue_server.matching import initial_margin
from tests.factories.venue_server.records import Fill, Holding, Income, Order, Ticket
from tests.factories.venue_server.truth import Truth

STATES = {"filled": "FILLED", "canceled": "CANCELED", "expired": "EXPIRED", "triggered": "TRIGGERED"}
INCOMES = {
    "funding": "FUNDING_FEE",
    "commission": "COMMISSION",
    "realised": "REALIZED_PNL",
    "transfer": "TRANSFER",
}
_MARKET_TYPES = {
    "market": "MARKET",
    "limit": "LIMIT",
    "stop": "STOP_MARKET",
    "take_profit": "TAKE_PROFIT_MARKET",
    "trailing": "TRAILING_STOP_MARKET",
}
_LIMIT_TYPES = {"stop": "STOP", "take_profit": "TAKE_PROFIT"}


def type_of(ticket: Ticket) -> str:
    """Return the venue's word for a kind of order."""
    if ticket.price is not None and ticket.kind in _LIMIT_TYPES:
        return _LIMIT_TYPES[ticket.kind]
    return _MARKET_TYPES[ticket.kind]


def side_of(side: int) -> str:
    """Return BUY or SELL."""
    return "BUY" if side > 0 else "SELL"


def status_of(order: Order) -> str:
    """Return the venue's word for the state of an order."""
    if order.state == "open":
        return "PARTIALLY_FILLED" if order.filled else "NEW"
    return STATES[order.state]


def order_row(order: Order) -> dict[str, Any]:
    """Return a plain order, or on Aster a conditional one."""
    ticket, kind = order.ticket, type_of(order.ticket)
    acting = ("MARKET" if ticket.price is None else "LIMIT") if order.triggered else kind
    row = {
        "orderId": order.order_id,
        "symbol": name_of(ticket.symbol),
        "status": status_of(order),
        "clientOrderId": ticket.client_id,
        "price": plain(ticket.price or 0),
        "avgPrice": text(order.average, 5),
        "origQty": plain(ticket.qty),
        "executedQty": plain(order.filled),
        "cumQty": plain(order.filled),
        "cumQuote": plain(order.quote),
        "timeInForce": ticket.tif.upper(),
        "type": acting,
        "reduceOnly": ticket.reduce_only,
        "closePosition": False,
        "side": side_of(ticket.side),
        "positionSide": "BOTH",
        "stopPrice": plain(ticket.trigger or 0),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": kind,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "goodTillDate": 0,
        "time": order.created_ms,
        "updateTime": order.updated_ms,
    }
    if ticket.callback is not None:
        row["priceRate"] = plain(ticket.callback * 100)
    return row


def algo_row(order: Order, child: Order | None) -> dict[str, Any]:
    """Return a conditional order of Binance's: it names the order it has started, it tells no fills."""
    ticket = order.ticket
    state = {"open": "NEW", "triggered": "FINISHED"}.get(order.state, order.state.upper())
    row = {
        "algoId": order.order_id,
        "clientAlgoId": ticket.client_id,
        "algoType": "CONDITIONAL",
        "orderType": type_of(ticket),
        "symbol": name_of(ticket.symbol),
        "side": side_of(ticket.side),
        "positionSide": "BOTH",
        "timeInForce": ticket.tif.upper(),
        "quantity": plain(ticket.qty),
        "algoStatus": state,
        "actualOrderId": str(child.order_id) if child else "",
        "actualPrice": text(child.average, 5) if child else "0.00000",
        "triggerPrice": plain(ticket.trigger or 0),
        "price": plain(ticket.price or 0),
        "icebergQuantity": None,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "workingType": "CONTRACT_PRICE",
        "priceMatch": "NONE",
        "closePosition": False,
        "priceProtect": False,
        "reduceOnly": ticket.reduce_only,
        "createTime": order.created_ms,
        "updateTime": order.updated_ms,
        "triggerTime": order.updated_ms if order.triggered else 0,
        "goodTillDate": 0,
    }
    if ticket.callback is not None:
        row["callbackRate"] = plain(ticket.callback * 100)
    return row


def fill_row(fill: Fill) -> dict[str, Any]:
    """Return one execution; it names the venue's order, never the client's id."""
    return {
        "symbol": name_of(fill.symbol),
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "side": side_of(fill.side),
        "price": plain(fill.price),
        "qty": plain(fill.qty),
        "realizedPnl": text(fill.realised),
        "marginAsset": QUOTE,
        "quoteQty": plain(fill.notional),
        "commission": text(fill.fee),
        "commissionAsset": QUOTE,
        "time": fill.time_ms,
        "positionSide": "BOTH",
        "buyer": fill.side > 0,
        "maker": fill.maker,
    }


def income_row(income: Income) -> dict[str, Any]:
    """Return one movement of money."""
    trade = str(income.trade_id) if income.trade_id else ""
    return {
        "symbol": name_of(income.symbol) if income.symbol else "",
        "incomeType": INCOMES[income.kind],
        "income": text(income.amount),
        "asset": QUOTE,
        "time": income.time_ms,
        "info": trade or INCOMES[income.kind],
        "tranId": income.income_id,
        "tradeId": trade,
    }


def maintenance(truth: Truth, held: Holding) -> int:
    """Return the maintenance margin of a position at the mark, by its bracket."""
    worth = times(abs(held.qty), truth.market.mark(held.symbol))
    bracket = bracket_of(truth, held.symbol, worth)
    return max(times(worth, bracket.ratio, up=True) - bracket.amount, 0)


def bracket_of(truth: Truth, symbol: str, worth: int) -> Bracket:
    """Return the bracket of a notional, the last one above them all."""
    brackets = truth.market.listing(symbol).brackets
    return next((each for each in brackets if worth <= each.cap), brackets[-1])


def position_row(truth: Truth, held: Holding, *, second: bool = False) -> dict[str, Any]:
    """Return one position. Version two of the question also tells leverage and margin mode."""
    leverage, mode = truth.leverage_of(held.symbol), truth.margin_mode_of(held.symbol)
    mark, open_profit = truth.market.mark(held.symbol), truth.profit_of(held)
    margin = initial_margin(held.cost, leverage) if held.qty else 0
    isolated = margin if mode == "isolated" else 0
    worth = times(abs(held.qty), mark) * held.side
    row = {
        "symbol": name_of(held.symbol),
        "positionSide": "BOTH",
        "positionAmt": plain(held.qty),
        "entryPrice": plain(held.entry),
        "breakEvenPrice": plain(held.entry),
        "markPrice": text(mark),
        "unRealizedProfit": text(open_profit),
        "liquidationPrice": "0",
        "isolatedMargin": text(isolated + (open_profit if isolated else 0)),
        "notional": text(worth),
        "marginAsset": QUOTE,
        "isolatedWallet": text(isolated),
        "initialMargin": text(margin),
        "maintMargin": text(maintenance(truth, held)),
        "positionInitialMargin": text(margin),
        "openOrderInitialMargin": "0",
        "adl": 1,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": held.updated_ms,
    }
    more = {"leverage": str(leverage), "marginType": mode, "isolated": str(bool(isolated)).lower()}
    return row | more if second else row


def account_row(truth: Truth, *, second: bool) -> dict[str, Any]:
    """Return the account: its money in one asset, its open positions."""
    held = [each for each in truth.holdings.values() if each.qty]
    money = _money(truth, held)
    named = {f"total{name[0].upper()}{name[1:]}": value for name, value in money.items()}
    asset = {"asset": QUOTE, "marginAvailable": True, "updateTime": truth.market.now()}
    positions = [
        position_row(truth, each, second=second) | {"unrealizedProfit": text(truth.profit_of(each))}
        for each in held
    ]
    return named | {
        "feeTier": 0,
        "canTrade": truth.key.may_trade,
        "canDeposit": True,
        "canWithdraw": truth.key.may_withdraw,
        "updateTime": 0,
        "availableBalance": money["availableBalance"],
        "maxWithdrawAmount": money["availableBalance"],
        "assets": [asset | money],
        "positions": positions,
    }


def _money(truth: Truth, held: list[Holding]) -> dict[str, str]:
    profit, bound, waiting = truth.open_profit(), truth.margin_held(), truth.margin_of_orders()
    free = text(max(truth.available(), 0))
    return {
        "walletBalance": text(truth.wallet),
        "unrealizedProfit": text(profit),
        "marginBalance": text(truth.wallet + profit),
        "maintMargin": text(sum(maintenance(truth, each) for each in held)),
        "initialMargin": text(bound + waiting),
        "positionInitialMargin": text(bound),
        "openOrderInitialMargin": text(waiting),
        "crossWalletBalance": text(truth.wallet),
        "crossUnPnl": text(profit),
        "availableBalance": free,
        "maxWithdrawAmount": free,
    }


def balance_rows(truth: Truth) -> list[dict[str, Any]]:
    """Return the money alone."""
    money = _money(truth, [])
    kept = {name: money[name] for name in ("crossWalletBalance", "crossUnPnl", "availableBalance")}
    row = {"accountAlias": "SgsR", "asset": QUOTE, "balance": money["walletBalance"]}
    return [row | kept | {"maxWithdrawAmount": kept["availableBalance"], "updateTime": truth.market.now()}]


def bracket_rows(truth: Truth, symbols: list[str]) -> list[dict[str, Any]]:
    """Return the leverage brackets of these symbols."""
    return [
        {
            "symbol": name_of(symbol),
            "notionalCoef": 1.0,
            "brackets": [
                {
                    "bracket": number,
                    "initialLeverage": each.leverage,
                    "notionalCap": each.cap // 100_000_000,
                    "notionalFloor": each.floor // 100_000_000,
                    "maintMarginRatio": float(plain(each.ratio)),
                    "cum": float(plain(each.amount)),
                }
                for number, each in enumerate(truth.market.listing(symbol).brackets, 1)
            ],
        }
        for symbol in symbols
    ]
