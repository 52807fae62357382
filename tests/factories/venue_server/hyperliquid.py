"""Hyperliquid: unsigned questions about an address, actions signed as typed data by it or by its agent."""

from collections.abc import Callable
from typing import Any

from tests.factories.venue_server import hyperliquid_shapes as shapes
from tests.factories.venue_server import queries
from tests.factories.venue_server.accounts import Accounts, Opened
from tests.factories.venue_server.dialect import Asked, Call, Dialect, Reply
from tests.factories.venue_server.figures import plain
from tests.factories.venue_server.hyperliquid_actions import ACTIONS, ERRORS, error_of
from tests.factories.venue_server.hyperliquid_signing import signer_of_action, signer_of_approval
from tests.factories.venue_server.market import Market
from tests.factories.venue_server.records import Refusal
from tests.factories.venue_server.truth import Truth
from tests.factories.venue_server.wire import as_json

DAY_MS = 86_400_000
FILLS = 2_000
Params = dict[str, Any]
USDC = {"name": "USDC", "szDecimals": 8, "weiDecimals": 8, "index": 0, "tokenId": "0x6d", "isCanonical": True}
SPOT: Params = {"universe": [], "tokens": [USDC]}


def _order_status(truth: Truth, params: Params) -> Any:
    named = params["oid"]
    try:
        if isinstance(named, str):
            order = queries.find_order(truth, client_id=named)
        else:
            order = queries.find_order(truth, order_id=int(named))
    except Refusal:
        return {"status": "unknownOid"}
    return {"status": "order", "order": shapes.status_row(order)}


def _open_orders(truth: Truth, _params: Params) -> Any:
    return [shapes.order_row(order) for order in reversed(queries.open_orders(truth))]


def _history(truth: Truth, _params: Params) -> Any:
    return [shapes.status_row(order) for order in reversed(queries.order_history(truth, limit=FILLS))]


def _fills(truth: Truth, _params: Params) -> Any:
    return [shapes.fill_row(fill) for fill in reversed(queries.fills(truth, limit=FILLS))]


def _fills_by_time(truth: Truth, params: Params) -> Any:
    found = queries.fills(truth, since_ms=params["startTime"], until_ms=params.get("endTime"), limit=FILLS)
    return [shapes.fill_row(fill) for fill in found]


def _funding(truth: Truth, params: Params) -> Any:
    found = queries.income(
        truth,
        kinds=["funding"],
        since_ms=params.get("startTime", 0),
        until_ms=params.get("endTime"),
        limit=500,
    )
    return [shapes.funding_row(income) for income in found]


def _transfers(truth: Truth, params: Params) -> Any:
    found = queries.income(truth, kinds=["transfer"], since_ms=params.get("startTime", 0))
    return [shapes.transfer_row(income) for income in found]


def _fees(truth: Truth, _params: Params) -> Any:
    rules = truth.market.rules
    return {
        "userCrossRate": plain(rules.taker),
        "userAddRate": plain(rules.maker),
        "activeReferralDiscount": "0.0",
    }


def _state(truth: Truth, _params: Params) -> Any:
    return shapes.state_row(truth)


def _no_spot(_truth: Truth, _params: Params) -> Any:
    return {"balances": []}


def _abstraction(_truth: Truth, _params: Params) -> Any:
    return '"disabled"'


QUESTIONS: dict[str, tuple[str, Callable[[Truth, Params], Any]]] = {
    "clearinghouseState": ("balance", _state),
    "spotClearinghouseState": ("balance", _no_spot),
    "userAbstraction": ("settings", _abstraction),
    "frontendOpenOrders": ("open_orders", _open_orders),
    "openOrders": ("open_orders", _open_orders),
    "historicalOrders": ("history", _history),
    "orderStatus": ("lookup", _order_status),
    "userFills": ("fills", _fills),
    "userFillsByTime": ("fills", _fills_by_time),
    "userFunding": ("income", _funding),
    "userNonFundingLedgerUpdates": ("income", _transfers),
    "userFees": ("fees", _fees),
}


def _all_mids(market: Market, _params: Params) -> Any:
    return {symbol: plain(price) for symbol, price in market.prices.items()}


PUBLIC: dict[str, tuple[str, Callable[[Market, Params], Any]]] = {
    "exchangeStatus": ("time", lambda market, _: {"specialStatuses": None, "time": market.wall()}),
    "meta": ("markets", lambda market, _: shapes.metadata(market)),
    "metaAndAssetCtxs": ("markets", lambda market, _: [shapes.metadata(market), shapes.contexts(market)]),
    "spotMeta": ("markets", lambda _market, _: SPOT),
    "spotMetaAndAssetCtxs": ("markets", lambda _market, _: [SPOT, []]),
    "perpDexs": ("markets", lambda _market, _: [None]),
    "allMids": ("ticker", _all_mids),
    "l2Book": ("book", lambda market, params: shapes.book(market, str(params["coin"]))),
}
ERRS = {
    "dead_man": "Cannot set scheduled cancel time until enough volume traded. Required: ${0}. Traded: ${1}.",
    "dead_man_early": "Scheduled cancel time too early, must be at least 5 seconds from now.",
    "leverage": "Invalid leverage value",
    "margin_mode_position": "Cannot switch leverage type with open position.",
    "nonce": "Invalid nonce: duplicate nonce {0}",
    "expired": "Action expired: expiresAfter {0} is past",
    "nonce_range": "Invalid nonce: nonce {0} is too far from the current time",
    "unknown_key": "User or API Wallet {0} does not exist.",
}


class Hyperliquid(Dialect):
    """Hyperliquid's perpetuals, main and test net."""

    venue = "hyperliquid"
    hosts = ("api.hyperliquid.xyz",)
    test_hosts = ("api.hyperliquid-testnet.xyz",)

    def __init__(self, accounts: Accounts) -> None:
        super().__init__(accounts)
        self._nonces: set[tuple[str, int]] = set()
        self._nobody = Truth(self.market, "", 0)

    def read(self, call: Call) -> Asked:
        """Tell question from action; the account is the address asked about, or whoever has signed."""
        body = as_json(call.body)
        action = body.get("action")
        if call.path == "/exchange" and isinstance(action, dict):
            kind = str(action.get("type"))
            purpose = ACTIONS[kind][0] if kind in ACTIONS else "other"
            signer = self._signer(call, body)
            shown = {"action": action, "nonce": body.get("nonce"), "signer": signer}
            shown["expiresAfter"] = body.get("expiresAfter")
            return Asked(call, purpose, kind, shown, self._trader(signer), signed=True)
        kind = str(body.get("type"))
        known = QUESTIONS.get(kind) or PUBLIC.get(kind)
        opened = self.accounts.by_handle(str(body.get("user", "")))
        return Asked(call, known[0] if known else "other", kind, body, opened)

    def _signer(self, call: Call, body: Params) -> str:
        try:
            if body["action"]["type"] == "approveBuilderFee":
                return signer_of_approval(body)
            return signer_of_action(body, testnet=self.tests(call))
        except (Refusal, KeyError, TypeError, ValueError, OverflowError):
            return ""

    def _trader(self, signer: str) -> Opened | None:
        opened = self.accounts.by_handle(signer) if signer else None
        if opened is None or opened.truth.key.revoked or not opened.truth.key.may_trade:
            return None
        return opened

    def reply(self, asked: Asked, twist: str) -> Reply:
        """Answer a question about anybody, do what an action says for whoever has signed it."""
        if asked.call.path == "/exchange":
            return self._act(asked, twist)
        if asked.endpoint in PUBLIC:
            return Reply(200, PUBLIC[asked.endpoint][1](self.market, asked.params))
        if asked.endpoint not in QUESTIONS:
            raise Refusal("malformed", asked.endpoint)
        truth = asked.opened.truth if asked.opened else self._nobody
        return Reply(200, QUESTIONS[asked.endpoint][1](truth, asked.params))

    def _act(self, asked: Asked, twist: str) -> Reply:
        if asked.endpoint not in ACTIONS or not asked.params["signer"]:
            raise Refusal("malformed", asked.endpoint)
        signer, nonce = asked.params["signer"], int(asked.params["nonce"])
        if asked.opened is None:
            raise Refusal("unknown_key", signer)
        if not -2 * DAY_MS < nonce - self.market.wall() < DAY_MS:
            raise Refusal("nonce_range", str(nonce))
        expires = asked.params["expiresAfter"]
        if expires is not None and int(expires) < self.market.wall():
            raise Refusal("expired", str(expires))
        if (signer, nonce) in self._nonces:
            raise Refusal("nonce", str(nonce))
        self._nonces.add((signer, nonce))
        done = ACTIONS[asked.endpoint][1](asked.opened.truth, asked.params["action"], twist)
        return Reply(200, {"status": "ok", "response": done})

    def refuse(self, refusal: Refusal) -> Reply:
        """Say no: an error for the whole action, or a body that could not be read."""
        if refusal.kind in ERRS:
            text = ERRS[refusal.kind].format(*refusal.detail.split("|"))
            return Reply(200, {"status": "err", "response": text})
        if refusal.kind in ERRORS:
            return Reply(200, {"status": "err", "response": error_of(refusal, "")["error"]})
        text = "Failed to deserialize the JSON body into the target type"
        return Reply(422, text, {"Content-Type": "text/plain"})
