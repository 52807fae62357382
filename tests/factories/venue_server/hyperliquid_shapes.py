"""How Hyperliquid writes markets, orders, fills, positions and money."""

from typing import Any

from tests.factories.venue_server.figures import plain, text, times
from tests.factories.venue_server.futures_public import places
from tests.factories.venue_server.futures_shapes import maintenance
from tests.factories.venue_server.market import Market
from tests.factories.venue_server.matching import initial_margin
from tests.factories.venue_server.records import Fill, Holding, Income, Order, Ticket
from tests.factories.venue_server.truth import Truth

NO_HASH = "0x" + "0" * 64
_WORDS = {"open": "open", "filled": "filled", "canceled": "canceled", "triggered": "triggered"}


def metadata(market: Market) -> dict[str, Any]:
    """Return the universe: the place of a symbol in it is its asset id."""
    rows = []
    for listing in market.listings.values():
        row = {"name": listing.symbol, "szDecimals": places(listing.lot), "maxLeverage": listing.max_leverage}
        rows.append(row | ({} if listing.status == "trading" else {"isDelisted": True}))
    return {"universe": rows, "marginTables": [], "collateralToken": 0}


def contexts(market: Market) -> list[dict[str, Any]]:
    """Return prices and running funding, in the order of the universe."""
    return [
        {
            "funding": "0.0000125",
            "openInterest": "1000.0",
            "prevDayPx": plain(market.prices[symbol]),
            "dayNtlVlm": "1000000.0",
            "premium": "0.0001",
            "oraclePx": plain(market.mark(symbol)),
            "markPx": plain(market.mark(symbol)),
            "midPx": plain(market.prices[symbol]),
            "impactPxs": [plain(market.prices[symbol])] * 2,
            "dayBaseVlm": "1000.0",
        }
        for symbol in market.listings
    ]


def book(market: Market, symbol: str) -> dict[str, Any]:
    """Return twenty levels a side around the last price."""
    price, tick = market.prices[symbol], market.listing(symbol).tick
    sides = [
        [{"px": plain(price + way * step * tick), "sz": "5.0", "n": 1} for step in range(1, 21)]
        for way in (-1, 1)
    ]
    return {"coin": symbol, "time": market.now(), "levels": sides}


def _type_of(ticket: Ticket) -> str:
    if not ticket.conditional:
        return "Limit"
    word = "Stop" if ticket.kind == "stop" else "Take Profit"
    return f"{word} {'Market' if ticket.price is None else 'Limit'}"


def order_row(order: Order) -> dict[str, Any]:
    """Return an order as the front end shows it; ``sz`` is what is left of it."""
    ticket = order.ticket
    trigger = ticket.trigger or 0
    return {
        "coin": ticket.symbol,
        "side": "B" if ticket.side > 0 else "A",
        "limitPx": plain(ticket.price or trigger),
        "sz": text(order.remaining, 1),
        "oid": order.order_id,
        "timestamp": order.created_ms,
        "triggerCondition": "N/A" if not trigger else f"Price crosses {plain(trigger)}",
        "isTrigger": ticket.conditional,
        "triggerPx": text(trigger, 1),
        "children": [],
        "isPositionTpsl": False,
        "reduceOnly": ticket.reduce_only,
        "orderType": _type_of(ticket),
        "origSz": text(ticket.qty, 1),
        "tif": None if ticket.conditional else ticket.tif.replace("gtx", "alo").capitalize(),
        "cloid": ticket.client_id or None,
    }


def status_row(order: Order) -> dict[str, Any]:
    """Return an order with its state."""
    return {"order": order_row(order), "status": state_of(order), "statusTimestamp": order.updated_ms}


def state_of(order: Order) -> str:
    """Return the venue's word for the state of an order."""
    if order.state == "open" and order.ticket.conditional and order.triggered:
        return "triggered"
    if order.state == "expired":
        return "reduceOnlyCanceled" if order.ticket.reduce_only else "iocCancelRejected"
    return _WORDS[order.state]


def fill_row(fill: Fill) -> dict[str, Any]:
    """Return one execution; ``closedPnl`` is before fees."""
    client = {"cloid": fill.client_id} if fill.client_id.startswith("0x") else {}
    return {
        "coin": fill.symbol,
        "px": plain(fill.price),
        "sz": plain(fill.qty),
        "side": "B" if fill.side > 0 else "A",
        "time": fill.time_ms,
        "startPosition": text(fill.before, 1),
        "dir": _direction(fill),
        "closedPnl": text(fill.realised, 1),
        "hash": f"0x{fill.trade_id:064x}",
        "oid": fill.order_id,
        "crossed": not fill.maker,
        "fee": text(fill.fee, 1),
        "tid": fill.trade_id,
        "feeToken": "USDC",
        "twapId": None,
    } | client


def _direction(fill: Fill) -> str:
    after = fill.before + fill.side * fill.qty
    words = ("Short", "Flat", "Long")
    was, became = words[(fill.before > 0) - (fill.before < 0) + 1], words[(after > 0) - (after < 0) + 1]
    if "Flat" not in (was, became) and was != became:
        return f"{was} > {became}"
    opens = fill.side > 0 if "Long" in (was, became) else fill.side < 0
    return f"{'Open' if opens else 'Close'} {became if was == 'Flat' else was}"


def funding_row(income: Income) -> dict[str, Any]:
    """Return one settlement of funding; its hash is nought for all of them."""
    delta = {
        "type": "funding",
        "coin": income.symbol,
        "usdc": text(income.amount, 1),
        "szi": text(income.qty, 1),
        "fundingRate": plain(income.rate),
        "nSamples": None,
    }
    return {"time": income.time_ms, "hash": NO_HASH, "delta": delta}


def transfer_row(income: Income) -> dict[str, Any]:
    """Return one deposit or withdrawal."""
    kind = "deposit" if income.amount >= 0 else "withdraw"
    delta = {"type": kind, "usdc": text(abs(income.amount), 1)}
    return {"time": income.time_ms, "hash": f"0x{income.income_id:064x}", "delta": delta}


def state_row(truth: Truth) -> dict[str, Any]:
    """Return the account: money, margins and open positions."""
    held = [each for each in truth.holdings.values() if each.qty]
    bound = truth.margin_held()
    summary = {
        "accountValue": text(truth.wallet + truth.open_profit(), 1),
        "totalNtlPos": text(sum(_worth(truth, each) for each in held), 1),
        "totalRawUsd": text(truth.wallet - sum(each.cost * each.side for each in held), 1),
        "totalMarginUsed": text(bound, 1),
    }
    return {
        "marginSummary": summary,
        "crossMarginSummary": summary,
        "crossMaintenanceMarginUsed": text(sum(maintenance(truth, each) for each in held), 1),
        "withdrawable": text(max(truth.available(), 0), 1),
        "assetPositions": [{"type": "oneWay", "position": _position(truth, each)} for each in held],
        "time": truth.market.now(),
    }


def _worth(truth: Truth, held: Holding) -> int:
    return times(abs(held.qty), truth.market.mark(held.symbol))


def _position(truth: Truth, held: Holding) -> dict[str, Any]:
    leverage = truth.leverage_of(held.symbol)
    return {
        "coin": held.symbol,
        "szi": plain(held.qty),
        "leverage": {"type": truth.margin_mode_of(held.symbol), "value": leverage},
        "entryPx": plain(held.entry),
        "positionValue": text(_worth(truth, held), 1),
        "unrealizedPnl": text(truth.profit_of(held), 1),
        "returnOnEquity": "0.0",
        "liquidationPx": None,
        "marginUsed": text(initial_margin(held.cost, leverage), 1),
        "maxLeverage": truth.market.listing(held.symbol).max_leverage,
        "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"},
    }
