"""The public answers that Binance's futures and Aster share."""

from collections.abc import Callable
from typing import Any

from tests.factories.venue_server.figures import plain, text
from tests.factories.venue_server.listings import Listing
from tests.factories.venue_server.market import Market
from tests.factories.venue_server.records import Refusal

QUOTE = "USDT"
HOUR_MS = 3_600_000
ORDER_TYPES = ["LIMIT", "MARKET", "STOP", "TAKE_PROFIT"]
ORDER_TYPES += ["STOP_MARKET", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"]


def name_of(symbol: str) -> str:
    """Return the venue's name of a symbol."""
    return symbol + QUOTE


def symbol_of(name: object) -> str:
    """Return our symbol, or raise Refusal."""
    named = str(name)
    if not named.endswith(QUOTE):
        raise Refusal("unknown_symbol", named)
    return named.removesuffix(QUOTE)


def places(step: int) -> int:
    """Return how many decimals a step has."""
    return len(plain(step).partition(".")[2])


def exchange_info(market: Market, _params: dict[str, Any]) -> Any:
    """Return what is listed."""
    rate = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400}
    return {
        "timezone": "UTC",
        "serverTime": market.now(),
        "futuresType": "U_MARGINED",
        "rateLimits": [rate, rate | {"rateLimitType": "ORDERS", "limit": 1200}],
        "exchangeFilters": [],
        "assets": [{"asset": QUOTE, "marginAvailable": True, "autoAssetExchange": "-10000"}],
        "symbols": [_market_row(listing) for listing in market.listings.values()],
    }


def _market_row(listing: Listing) -> dict[str, Any]:
    lot = {"stepSize": plain(listing.lot), "minQty": plain(listing.lot), "maxQty": "1000"}
    return {
        "symbol": name_of(listing.symbol),
        "pair": name_of(listing.symbol),
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "onboardDate": 1569398400000,
        "status": "TRADING" if listing.status == "trading" else "SETTLING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": listing.symbol,
        "quoteAsset": QUOTE,
        "marginAsset": QUOTE,
        "pricePrecision": places(listing.tick),
        "quantityPrecision": places(listing.lot),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "tickSize": plain(listing.tick),
                "minPrice": plain(listing.tick),
                "maxPrice": "4529764",
            },
            {"filterType": "LOT_SIZE"} | lot,
            {"filterType": "MARKET_LOT_SIZE"} | lot,
            {"filterType": "MAX_NUM_ORDERS", "limit": 200},
            {"filterType": "MIN_NOTIONAL", "notional": plain(listing.min_notional)},
        ],
        "orderTypes": ORDER_TYPES,
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


def depth(market: Market, params: dict[str, Any]) -> Any:
    """Return twenty levels a side around the last price."""
    listing = market.listing(symbol_of(params.get("symbol")))
    price, now = market.prices[listing.symbol], market.now()
    sides = {
        side: [[text(price + way * step * listing.tick, 2), "5.000"] for step in range(1, 21)]
        for side, way in (("bids", -1), ("asks", 1))
    }
    return {"lastUpdateId": now, "E": now, "T": now} | sides


def ticker(market: Market, params: dict[str, Any]) -> Any:
    """Return the day's figures of one symbol, or of all."""
    return _one_or_all(market, params, _ticker_row)


def _ticker_row(market: Market, symbol: str) -> dict[str, Any]:
    price, now = plain(market.prices[symbol]), market.now()
    figures = dict.fromkeys(
        ("weightedAvgPrice", "lastPrice", "openPrice", "highPrice", "lowPrice", "prevClosePrice"), price
    )
    return figures | {
        "symbol": name_of(symbol),
        "priceChange": "0",
        "priceChangePercent": "0",
        "lastQty": "0.010",
        "volume": "1000",
        "quoteVolume": "1000000",
        "openTime": now - 24 * HOUR_MS,
        "closeTime": now,
        "firstId": 1,
        "lastId": 2,
        "count": 2,
    }


def premium_index(market: Market, params: dict[str, Any]) -> Any:
    """Return mark, index and the running funding of one symbol, or of all."""
    return _one_or_all(market, params, _premium_row)


def _premium_row(market: Market, symbol: str) -> dict[str, Any]:
    now, mark = market.now(), text(market.mark(symbol))
    return {
        "symbol": name_of(symbol),
        "markPrice": mark,
        "indexPrice": mark,
        "estimatedSettlePrice": mark,
        "lastFundingRate": "0.00010000",
        "interestRate": "0.00010000",
        "nextFundingTime": now - now % (8 * HOUR_MS) + 8 * HOUR_MS,
        "time": now,
    }


def book_ticker(market: Market, params: dict[str, Any]) -> Any:
    """Return the best bid and ask of one symbol, or of all."""
    return _one_or_all(market, params, _best_row)


def _best_row(market: Market, symbol: str) -> dict[str, Any]:
    price, tick, now = market.prices[symbol], market.listings[symbol].tick, market.now()
    best = {"bidPrice": plain(price - tick), "bidQty": "5", "askPrice": plain(price + tick), "askQty": "5"}
    return {"symbol": name_of(symbol), "time": now} | best


def _one_or_all(market: Market, params: dict[str, Any], row: Callable[[Market, str], dict[str, Any]]) -> Any:
    if "symbol" in params:
        return row(market, market.listing(symbol_of(params["symbol"])).symbol)
    return [row(market, symbol) for symbol in market.listings]


def price_ticker(market: Market, params: dict[str, Any]) -> Any:
    """Return the last price of one symbol, or of all."""

    def row(market: Market, symbol: str) -> dict[str, Any]:
        return {"symbol": name_of(symbol), "price": plain(market.prices[symbol]), "time": market.now()}

    return _one_or_all(market, params, row)


def funding_info(market: Market, _params: dict[str, Any]) -> Any:
    """Return the funding interval of each symbol."""
    return [
        {"symbol": name_of(symbol), "fundingIntervalHours": 8, "adjustedFundingRateCap": "0.02"}
        for symbol in market.listings
    ]


def server_time(market: Market, _params: dict[str, Any]) -> Any:
    """Return the venue's clock."""
    return {"serverTime": market.wall()}


def nothing(_market: Market, _params: dict[str, Any]) -> Any:
    """Answer a ping."""
    return {}


PUBLIC: dict[str, tuple[str, Callable[[Market, dict[str, Any]], Any]]] = {
    "ping": ("time", nothing),
    "time": ("time", server_time),
    "exchangeInfo": ("markets", exchange_info),
    "depth": ("book", depth),
    "ticker/24hr": ("ticker", ticker),
    "ticker/price": ("ticker", price_ticker),
    "ticker/bookTicker": ("ticker", book_ticker),
    "premiumIndex": ("ticker", premium_index),
    "fundingInfo": ("ticker", funding_info),
}
