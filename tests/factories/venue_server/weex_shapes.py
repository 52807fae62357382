"""How Weex writes markets, orders, fills, positions and money."""

from typing import Any

from tests.factories.venue_server.figures import plain, text, times
from tests.factories.venue_server.futures_public import QUOTE, name_of, places
from tests.factories.venue_server.futures_shapes import side_of, type_of
from tests.factories.venue_server.market import Market
from tests.factories.venue_server.matching import initial_margin
from tests.factories.venue_server.records import Fill, Holding, Income, Order, Refusal
from tests.factories.venue_server.truth import Truth

LEGS = {1: "LONG", -1: "SHORT", 0: "BOTH"}
INCOMES = {
    "funding": "position_funding",
    "commission": "order_fill_fee_income",
    "realised": "position_close_long",
    "transfer": "deposit",
}
_STATES = {"filled": "FILLED", "canceled": "CANCELED", "expired": "CANCELED", "triggered": "FILLED"}


def markets(market: Market) -> dict[str, Any]:
    """Return the contracts; a delisted one is not among them. Sizes are in the base asset."""
    rows = []
    for listing in market.listings.values():
        if listing.status != "trading":
            continue
        rows.append(
            {
                "symbol": name_of(listing.symbol),
                "baseAsset": listing.symbol,
                "quoteAsset": QUOTE,
                "marginAsset": QUOTE,
                "pricePrecision": str(places(listing.tick)),
                "quantityPrecision": str(places(listing.lot)),
                "baseAssetPrecision": "8",
                "quotePrecision": "8",
                "contractVal": plain(listing.lot),
                "delivery": ["00:00:00", "08:00:00", "16:00:00"],
                "forwardContractFlag": True,
                "minLeverage": "1",
                "maxLeverage": str(listing.max_leverage),
                "buyLimitPriceRatio": "0.01",
                "sellLimitPriceRatio": "0.01",
                "makerFeeRate": plain(market.rules.maker),
                "takerFeeRate": plain(market.rules.taker),
                "minOrderSize": plain(listing.lot),
                "maxOrderSize": "1000000",
                "maxPositionSize": "5000000",
                "marketOpenLimitSize": "2300",
            }
        )
    return {"assets": [{"asset": QUOTE, "marginAvailable": True}], "symbols": rows}


def placed_row(order: Order) -> dict[str, Any]:
    """Return what the placing of an order is answered by: its ids, and nothing of its state."""
    named = {"orderId": str(order.order_id), "clientOrderId": order.ticket.client_id}
    return named | {"success": True, "errorCode": "", "errorMessage": ""}


def failed_row(order_id: object, refusal: Refusal) -> dict[str, Any]:
    """Return what the cancelling of an order that is not open is answered by."""
    return {
        "orderId": order_id,
        "status": "FAILED",
        "errorMsg": "FAILED_ORDER_NOT_FOUND",
        "why": refusal.kind,
    }


def order_row(order: Order) -> dict[str, Any]:
    """Return an order; a conditional one in the history tells what its trigger was."""
    ticket = order.ticket
    state = _STATES.get(order.state) or ("PARTIALLY_FILLED" if order.filled else "NEW")
    return {
        "avgPrice": text(order.average, 5),
        "clientOrderId": ticket.client_id,
        "cumQuote": plain(order.quote),
        "executedQty": plain(order.filled),
        "orderId": order.order_id,
        "origQty": plain(ticket.qty),
        "price": text(ticket.price or 0, 5),
        "reduceOnly": ticket.reduce_only,
        "side": side_of(ticket.side),
        "positionSide": LEGS[ticket.leg],
        "status": state,
        "stopPrice": plain(ticket.trigger or 0),
        "symbol": name_of(ticket.symbol),
        "time": order.created_ms,
        "timeInForce": "IOC" if ticket.price is None else ticket.tif.upper().replace("GTX", "POST_ONLY"),
        "type": type_of(ticket),
        "updateTime": order.updated_ms,
        "workingType": "CONTRACT_PRICE" if ticket.conditional else "UNKNOWN_PRICE_TYPE",
    }


def algo_row(order: Order) -> dict[str, Any]:
    """Return an open conditional order."""
    ticket = order.ticket
    return {
        "algoId": order.order_id,
        "clientAlgoId": ticket.client_id,
        "algoType": "CONDITIONAL",
        "orderType": type_of(ticket),
        "symbol": name_of(ticket.symbol),
        "side": side_of(ticket.side),
        "positionSide": LEGS[ticket.leg],
        "timeInForce": "IOC" if ticket.price is None else "GTC",
        "quantity": plain(ticket.qty),
        "algoStatus": "UNTRIGGERED",
        "actualOrderId": 0,
        "actualPrice": "0.00000",
        "triggerPrice": plain(ticket.trigger or 0),
        "price": text(ticket.price or 0, 5),
        "tpTriggerPrice": None,
        "slTriggerPrice": None,
        "workingType": "CONTRACT_PRICE",
        "closePosition": False,
        "reduceOnly": ticket.reduce_only,
        "createTime": order.created_ms,
        "updateTime": order.updated_ms,
        "triggerTime": 0,
    }


def fill_row(truth: Truth, fill: Fill) -> dict[str, Any]:
    """Return one execution; it names the venue's order, never the client's id."""
    return {
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "symbol": name_of(fill.symbol),
        "buyer": fill.side > 0,
        "commission": text(fill.fee),
        "commissionAsset": QUOTE,
        "maker": fill.maker,
        "price": plain(fill.price),
        "qty": plain(fill.qty),
        "quoteQty": plain(fill.notional),
        "realizedPnl": plain(fill.realised),
        "side": side_of(fill.side),
        "positionSide": LEGS[truth.orders[fill.order_id].ticket.leg],
        "time": fill.time_ms,
    }


def income_row(income: Income) -> dict[str, Any]:
    """Return one movement of money with the wallet after it."""
    return {
        "billId": str(income.income_id),
        "asset": QUOTE,
        "symbol": name_of(income.symbol) if income.symbol else None,
        "income": text(income.amount),
        "incomeType": INCOMES[income.kind],
        "balance": text(income.after),
        "fillFee": "0",
        "time": str(income.time_ms),
        "transferReason": "UNKNOWN_TRANSFER_REASON",
    }


def balance_rows(truth: Truth) -> list[dict[str, Any]]:
    """Return the money."""
    bound = truth.margin_held() + truth.margin_of_orders()
    row = {"asset": QUOTE, "balance": text(truth.wallet), "availableBalance": text(max(truth.available(), 0))}
    return [row | {"frozen": text(bound), "unrealizePnl": text(truth.open_profit())}]


def position_row(truth: Truth, held: Holding) -> dict[str, Any]:
    """Return one leg of a position."""
    mode, leverage = truth.margin_mode_of(held.symbol), truth.leverage_of(held.symbol)
    margin = text(initial_margin(held.cost, leverage))
    return {
        "id": 7_000_000_000 + list(truth.holdings.values()).index(held),
        "asset": QUOTE,
        "symbol": name_of(held.symbol),
        "side": "LONG" if held.qty > 0 else "SHORT",
        "marginType": "ISOLATED" if mode == "isolated" else "CROSSED",
        "separatedMode": "COMBINED",
        "separatedOpenOrderId": 0,
        "leverage": f"{leverage}.00",
        "size": plain(abs(held.qty)),
        "openValue": text(held.cost),
        "openFee": text(times(held.cost, truth.market.rules.taker)),
        "fundingFee": "0",
        "marginSize": margin,
        "isolatedMargin": margin if mode == "isolated" else "0",
        "isAutoAppendIsolatedMargin": False,
        "createdTime": held.updated_ms,
        "updatedTime": held.updated_ms,
        "unrealizePnl": text(truth.profit_of(held)),
        "liquidatePrice": "0",
    }
