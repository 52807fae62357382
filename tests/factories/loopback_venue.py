"""A venue on the loopback that speaks two public dialects; what it says can be spoilt, delayed or stopped."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from kernel.time import HOUR_MS, MINUTE_MS
from trading.adapters.ccxt_public.venues import make_client

Bar = tuple[int, float, float, float, float]
"""Open time in milliseconds, open, high, low, close."""


@dataclass
class LoopbackVenue:
    """A venue on 127.0.0.1: Binance's public futures dialect and Hyperliquid's, from one set of prices.

    ``edit`` maps the kind of an answer (markets, candles, book, mark, funding, intervals) to a function that
    spoils it; ``kept_bars`` is how far back its candles reach, ``page_bars`` how many it gives at once.
    Funding is settled every ``funding_hours`` (Hyperliquid: hourly), some milliseconds late.
    """

    port: int = 0
    now_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    prices: dict[str, float] = field(default_factory=lambda: {"BTC": 60_000.0, "ETH": 3_000.0})
    edit: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    delay_s: float = 0.0
    kept_bars: int = 100_000
    page_bars: int = 1_000
    funding_hours: int = 8
    raw: bytes | None = None
    asked: list[str] = field(default_factory=list)
    clients: list[Any] = field(default_factory=list)

    def clock(self) -> int:
        """Return the venue's time, a few milliseconds later each time."""
        self.now_ms += 3
        return self.now_ms

    def client(self, venue: str, timeout_ms: int = 2_000, port: int | None = None) -> Any:
        """Return a real ccxt client whose requests end here; the addresses it asks for stay its own.

        With another ``port``, where nobody listens, it is a venue that is down.
        """
        client = make_client(venue, timeout_ms)
        client.session.mount("https://", _Redirect(port or self.port))
        self.clients.append(client)
        return client

    def answer(self, path: str, query: dict[str, str]) -> Any:
        """Return the body of one request."""
        kind = query.get("type") or path.rpartition("/")[2]
        self.asked.append(kind)
        name, body = _ANSWERS[kind](self, query)
        return self.edit.get(name, lambda same: same)(body)

    def bars(self, symbol: str, count: int) -> list[Bar]:
        """Return minutes up to the running one: open time, open, high, low, close."""
        price, last = self.prices[symbol], self.now_ms // MINUTE_MS
        minutes = range(last - count + 1, last + 1)
        closes = [price * (1 + (minute % 5 - 2) / 10_000) for minute in range(minutes.start - 1, last + 1)]
        return [
            (minute * MINUTE_MS, opened, max(opened, close), min(opened, close), close)
            for minute, opened, close in zip(minutes, closes, closes[1:], strict=False)
        ]

    def bars_from(self, symbol: str, first_ms: int, count: int) -> list[Bar]:
        """Return the first minutes that open at or after this moment, none later than the running one."""
        kept_ms = self.now_ms - self.kept_bars * MINUTE_MS
        whole = self.bars(symbol, (self.now_ms - max(first_ms, kept_ms)) // MINUTE_MS + 1)
        return [bar for bar in whole if bar[0] >= first_ms][: min(count, self.page_bars)]

    def settlements(self, since_ms: int, hours: int) -> list[int]:
        """Return the moments of settlements from a moment until now."""
        step = hours * HOUR_MS
        return list(range(-(-since_ms // step) * step, self.now_ms + 1, step))

    def levels(self, symbol: str, direction: int) -> list[tuple[str, str]]:
        """Return one side of the book, best first."""
        price = self.prices[symbol]
        return [(f"{price + direction * step:.1f}", "1.500") for step in range(1, 26)]


def _exchange_info(venue: LoopbackVenue, _query: dict[str, str]) -> tuple[str, Any]:
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": "0.1", "minPrice": "1", "maxPrice": "1000000"},
        {"filterType": "LOT_SIZE", "stepSize": "0.001", "minQty": "0.001", "maxQty": "1000"},
        {"filterType": "MIN_NOTIONAL", "notional": "100"},
    ]
    markets = [
        {
            "symbol": f"{symbol}USDT",
            "contractType": "PERPETUAL",
            "deliveryDate": 4133404800000,
            "status": "TRADING",
            "baseAsset": symbol,
            "quoteAsset": "USDT",
            "marginAsset": "USDT",
            "pricePrecision": 2,
            "quantityPrecision": 3,
            "filters": filters,
        }
        for symbol in venue.prices
    ]
    return "markets", {"timezone": "UTC", "symbols": markets}


def _klines(venue: LoopbackVenue, query: dict[str, str]) -> tuple[str, Any]:
    symbol, count = query["symbol"].removesuffix("USDT"), int(query["limit"])
    bars = venue.bars_from(symbol, int(query["startTime"]), count) if "startTime" in query else None
    bars = venue.bars(symbol, count) if bars is None else bars
    tail = ["0", 10, "0", "0", "0"]
    return "candles", [
        [bar[0], *(f"{price:.1f}" for price in bar[1:]), "12.5", bar[0] + MINUTE_MS - 1, *tail]
        for bar in bars
    ]


def _depth(venue: LoopbackVenue, query: dict[str, str]) -> tuple[str, Any]:
    symbol = query["symbol"].removesuffix("USDT")
    sides = {"bids": venue.levels(symbol, -1), "asks": venue.levels(symbol, 1)}
    return "book", {"lastUpdateId": 1, "E": venue.now_ms, "T": venue.now_ms, **sides}


def _premium_index(venue: LoopbackVenue, query: dict[str, str]) -> tuple[str, Any]:
    price = venue.prices[query["symbol"].removesuffix("USDT")]
    figures = {"markPrice": f"{price:.8f}", "indexPrice": f"{price:.8f}", "lastFundingRate": "0.00012500"}
    times = {"nextFundingTime": venue.now_ms + 3_600_000, "time": venue.now_ms}
    return "mark", {"symbol": query["symbol"], **figures, **times}


def _contexts(venue: LoopbackVenue, _query: dict[str, str]) -> tuple[str, Any]:
    universe = [{"name": symbol, "szDecimals": 3, "maxLeverage": 40} for symbol in venue.prices]
    contexts = [
        {
            "markPx": f"{price:.1f}",
            "midPx": f"{price:.1f}",
            "oraclePx": f"{price:.1f}",
            "funding": "0.0000125",
        }
        for price in venue.prices.values()
    ]
    return "mark", [{"universe": universe}, contexts]


def _candle_snapshot(venue: LoopbackVenue, query: dict[str, Any]) -> tuple[str, Any]:
    wanted = query["req"]
    return "candles", [
        {"t": bar[0], "T": bar[0] + MINUTE_MS - 1, "s": wanted["coin"], "i": "1m", "v": "12.5", "n": 3}
        | dict(zip("ohlc", (f"{price:.1f}" for price in bar[1:]), strict=True))
        for bar in venue.bars_from(wanted["coin"], wanted["startTime"], 5_000)
    ]


def _l2_book(venue: LoopbackVenue, query: dict[str, str]) -> tuple[str, Any]:
    sides = [
        [{"px": price, "sz": size, "n": 1} for price, size in venue.levels(query["coin"], direction)]
        for direction in (-1, 1)
    ]
    return "book", {"coin": query["coin"], "time": venue.now_ms, "levels": sides}


def _funding_info(venue: LoopbackVenue, _query: dict[str, str]) -> tuple[str, Any]:
    caps = {"adjustedFundingRateCap": "0.03", "adjustedFundingRateFloor": "-0.03", "disclaimer": False}
    # Binance lists only those that differ from eight hours.
    listed = [] if venue.funding_hours == _USUAL_HOURS else [f"{symbol}USDT" for symbol in venue.prices]
    return "intervals", [
        {"symbol": name, "fundingIntervalHours": venue.funding_hours, **caps} for name in listed
    ]


def _funding_rate(venue: LoopbackVenue, query: dict[str, str]) -> tuple[str, Any]:
    mark = f"{venue.prices[query['symbol'].removesuffix('USDT')]:.8f}"
    moments = venue.settlements(int(query["startTime"]), venue.funding_hours)
    told = {"symbol": query["symbol"], "fundingRate": "0.00012500", "markPrice": mark}
    return "funding", [{**told, "fundingTime": moment + 7} for moment in moments]


def _funding_history(venue: LoopbackVenue, query: dict[str, Any]) -> tuple[str, Any]:
    told = {"coin": query["coin"], "fundingRate": "0.0000125", "premium": "0.0003"}
    return "funding", [{**told, "time": moment + 31} for moment in venue.settlements(query["startTime"], 1)]


_USUAL_HOURS = 8

_ANSWERS: dict[str, Callable[[LoopbackVenue, dict[str, Any]], tuple[str, Any]]] = {
    "exchangeInfo": _exchange_info,
    "klines": _klines,
    "depth": _depth,
    "premiumIndex": _premium_index,
    "metaAndAssetCtxs": _contexts,
    "candleSnapshot": _candle_snapshot,
    "l2Book": _l2_book,
    "fundingInfo": _funding_info,
    "fundingRate": _funding_rate,
    "fundingHistory": _funding_history,
}


class _Redirect(HTTPAdapter):
    """Sends whatever is meant for a venue to the loopback instead."""

    def __init__(self, port: int) -> None:
        self._port = port
        super().__init__()

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Send the request to 127.0.0.1 with its own path and query."""
        parts = urlsplit(str(request.url))
        request.url = f"http://127.0.0.1:{self._port}{parts.path}?{parts.query}"
        return super().send(request, *args, **kwargs)


def _handler(venue: LoopbackVenue) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            self._reply(query)

        def do_POST(self) -> None:
            self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def log_message(self, *_args: object) -> None:
            """Stay quiet."""

        def _reply(self, query: dict[str, Any]) -> None:
            time.sleep(venue.delay_s)
            body = venue.raw or json.dumps(venue.answer(urlsplit(self.path).path, query)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # the client did not wait for a slow answer

    return Handler


@contextmanager
def running_venue(other: LoopbackVenue | None = None) -> Iterator[LoopbackVenue]:
    """Run a venue, this one if it is given, until the end of the block."""
    loopback = other or LoopbackVenue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(loopback))
    server.daemon_threads = True
    loopback.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield loopback
    for client in loopback.clients:
        client.session.close()
    server.shutdown()
    server.server_close()
    thread.join()
