"""Accounts at venues for tests: opened with leave, led to a server or a script of the test's own."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from kernel.ids import derive_id
from kernel.units import SCALE
from tests.factories.venue_server import VenueServer
from tests.factories.venue_server.dialects import DIALECTS as SERVED
from trading.adapters.ccxt_live import grant_permit, open_venue
from trading.adapters.ccxt_live.venue import LiveAccount
from trading.domain.decisions import Action
from trading.domain.orders import ApprovedOrder, ProposedOrder, Receipt, Review, approve
from trading.domain.terms import AT_MARKET, Terms

VENUES = ("binanceusdm", "aster", "weex", "hyperliquid")
ON_SERVER = tuple(each.venue for each in SERVED)

KEYS = {
    "apiKey": "the-api-key-of-a-test-0123456789",
    "secret": "the-secret-of-a-test-0123456789",
    "password": "the-passphrase-of-a-test",
    "walletAddress": "0x" + "12" * 20,
    "privateKey": "0x" + "34" * 32,
}


def wall_ms() -> int:
    """Return the wall clock."""
    return time.time_ns() // 1_000_000


def order_id(number: int) -> str:
    """Return the id of a test's order."""
    return derive_id("venue test", number)


def approved(
    number: int = 1,
    *,
    side: int = 1,
    qty: int = SCALE // 100,
    symbol: str = "BTC",
    mark: int = 60_000 * SCALE,
    terms: Terms = AT_MARKET,
    **others: Any,
) -> ApprovedOrder:
    """Return an approved order: 0.01 BTC at the market unless told otherwise."""
    fields: dict[str, Any] = {
        "decision_id": derive_id("decision", number),
        "client_order_id": order_id(number),
        "account_id": derive_id("account"),
        "action": Action.BUY if side > 0 else Action.SELL,
        "notional": 0,
        "leverage": 3,
        "margin": 0,
        "reduce_only": False,
        "stop_loss": None,
        "take_profit": None,
        "confidence": 0,
    }
    order = ProposedOrder(
        **fields | {"symbol": symbol, "side": side, "qty": qty, "mark": mark, "terms": terms} | others
    )
    found = approve(order, Review(()), Receipt("not_proven"))
    assert isinstance(found, ApprovedOrder)
    return found


def account_on(server: VenueServer, venue: str, **settings: Any) -> LiveAccount:
    """Return the account 'main' of a venue on the server."""
    server.truth(venue)
    chosen: dict[str, Any] = {"client_settings": server.mount, "timeout_ms": 1_000} | settings
    permit = grant_permit("live", "live", True)
    keys = server.credentials(venue)
    return open_venue(venue, keys, permit=permit, profile="live", clock=wall_ms, **chosen)


@dataclass
class Sent:
    """One request as it would have left: its parameters, from wherever they stand."""

    method: str
    host: str
    path: str
    params: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Script(HTTPAdapter):
    """A transport that sends nothing: it keeps each request and answers by path, with 200 unless told."""

    answers: dict[str, Any] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Be an adapter of requests."""
        super().__init__()

    def send(self, request: PreparedRequest, *_args: Any, **_kwargs: Any) -> Response:
        """Keep the request and return what is scripted for its path."""
        seen = _seen(request)
        self.sent.append(seen)
        key = f"{seen.path} {seen.params['type']}" if seen.path == "/info" else seen.path
        answer = self.answers.get(f"{seen.method} {key}", self.answers.get(key, {}))
        if isinstance(answer, Exception):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return self._response(request, status, body)

    def _response(self, request: PreparedRequest, status: int, body: Any) -> Response:
        raw = (body if isinstance(body, str) else json.dumps(body)).encode()
        headers = {"Content-Type": "application/json"}
        if status in (301, 302, 307, 308):
            headers["Location"] = "https://elsewhere.example/order"
        reply = HTTPResponse(BytesIO(raw), headers=headers, status=status, preload_content=False)
        return self.build_response(request, reply)  # type: ignore[no-any-return, unused-ignore]

    def calls(self) -> list[tuple[str, str]]:
        """Return method and path of each request."""
        return [(each.method, each.path) for each in self.sent]


def _seen(request: PreparedRequest) -> Sent:
    parts = urlsplit(str(request.url))
    body = request.body.decode() if isinstance(request.body, bytes) else str(request.body or "")
    params: dict[str, Any] = dict(parse_qsl(parts.query))
    params |= json.loads(body) if body.startswith("{") else dict(parse_qsl(body))
    return Sent(
        str(request.method),
        parts.netloc,
        parts.path,
        params,
        {name: str(value) for name, value in request.headers.items()},
    )


@contextmanager
def scripted(
    venue: str, answers: dict[str, Any] | None = None, **settings: Any
) -> Iterator[tuple[LiveAccount, Script]]:
    """Open an account whose requests go into a script; the list of markets is answered already."""
    script = Script(MARKETS[venue] | (answers or {}))
    clients: list[Any] = []

    def settle(client: Any) -> None:
        clients.append(client)
        client.session.mount("https://", script)

    profile = settings.pop("profile", "live")
    account = open_venue(
        venue,
        KEYS,
        permit=grant_permit(profile, profile, True),
        profile=profile,
        clock=settings.pop("clock", wall_ms),
        client_settings=settle,
        **settings,
    )
    yield account, script
    for client in clients:
        client.session.close()


def _futures(filters: dict[str, Any]) -> dict[str, Any]:
    listed = {
        "symbol": "BTCUSDT",
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "status": "TRADING",
        "baseAsset": "BTC",
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "pricePrecision": 2,
        "quantityPrecision": 3,
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": "0.1", "minPrice": "1", "maxPrice": "1000000"},
            {"filterType": "LOT_SIZE", "stepSize": "0.001", "minQty": "0.001", "maxQty": "1000"},
            {"filterType": "MIN_NOTIONAL", "notional": "100"},
        ],
    }
    return {"symbols": [listed | filters]}


def weex_market(**others: Any) -> dict[str, Any]:
    """Return how WEEX lists BTC."""
    return {
        "symbol": "BTCUSDT",
        "baseAsset": "BTC",
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "pricePrecision": "1",
        "quantityPrecision": "3",
        "baseAssetPrecision": "3",
        "quotePrecision": "8",
        "contractVal": "0.001",
        "minLeverage": "1",
        "maxLeverage": "100",
        "makerFeeRate": "0.0002",
        "takerFeeRate": "0.0008",
        "minOrderSize": "0.001",
        "maxOrderSize": "1000",
    } | others


_UNIVERSE = [
    {"name": "BTC", "szDecimals": 5, "maxLeverage": 40},
    {"name": "OLD", "szDecimals": 2, "maxLeverage": 3},
]
_CONTEXTS = [{"markPx": "60000.0", "midPx": "60000.0", "oraclePx": "60000.0", "funding": "0.00001"}] * 2
_UNIVERSE[1]["isDelisted"] = True

MARKETS: dict[str, dict[str, Any]] = {
    "binanceusdm": {"/fapi/v1/exchangeInfo": _futures({})},
    "aster": {"/fapi/v3/exchangeInfo": _futures({})},
    "weex": {"/capi/v3/market/exchangeInfo": {"symbols": [weex_market()]}},
    "hyperliquid": {"/info metaAndAssetCtxs": [{"universe": _UNIVERSE}, _CONTEXTS]},
}

ORDER_PATH = {
    "binanceusdm": "/fapi/v1/order",
    "aster": "/fapi/v3/order",
    "weex": "/capi/v3/order",
    "hyperliquid": "/exchange",
}

TAKEN: dict[str, Any] = {
    "binanceusdm": {"orderId": 7, "status": "FILLED"},
    "aster": {"orderId": "7", "status": "FILLED"},
    "weex": {"orderId": 7, "clientOrderId": "x", "success": True, "errorCode": "", "errorMessage": ""},
    "hyperliquid": {
        "status": "ok",
        "response": {
            "type": "order",
            "data": {"statuses": [{"filled": {"totalSz": "0.01", "avgPx": "60000", "oid": 7}}]},
        },
    },
}
"""What each venue answers to a market order that it has filled."""

Place = Callable[[LiveAccount], Any]
