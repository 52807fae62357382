"""Weex: HMAC-SHA256 in base64 over time, method, path and body, in headers beside key and passphrase."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl

from tests.factories.venue_server import futures_public, weex_shapes
from tests.factories.venue_server import weex_private as private
from tests.factories.venue_server.dialect import Asked, Call, Dialect, Reply
from tests.factories.venue_server.records import Refusal
from tests.factories.venue_server.truth import Truth
from tests.factories.venue_server.wire import as_json

WINDOW_MS = 30_000
PRIVATE: dict[tuple[str, str], tuple[str, private.Answer]] = {
    ("POST", "order"): ("order", private.place),
    ("GET", "order"): ("lookup", private.look_up),
    ("DELETE", "order"): ("cancel", private.cancel),
    ("GET", "openOrders"): ("open_orders", private.list_open),
    ("DELETE", "allOpenOrders"): ("cancel", private.cancel_all),
    ("GET", "order/history"): ("history", private.history),
    ("POST", "algoOrder"): ("order", private.place_algo),
    ("DELETE", "algoOrder"): ("cancel", private.cancel_algo),
    ("GET", "openAlgoOrders"): ("open_orders", private.list_open_algo),
    ("DELETE", "algoOpenOrders"): ("cancel", private.cancel_all_algo),
    ("GET", "userTrades"): ("fills", private.list_fills),
    ("POST", "account/income"): ("income", private.list_income),
    ("GET", "account/balance"): ("balance", private.balance),
    ("GET", "account/position/allPosition"): ("positions", private.positions),
    ("GET", "account/position/singlePosition"): ("positions", private.positions),
    ("GET", "account/commissionRate"): ("fees", private.fees),
    ("GET", "account/symbolConfig"): ("settings", private.config),
    ("POST", "account/leverage"): ("leverage", private.set_leverage),
    ("POST", "account/marginType"): ("margin_mode", private.set_margin_mode),
}
PUBLIC = {
    "time": "time",
    "depth": "depth",
    "ticker/24hr": "ticker/24hr",
    "ticker/bookTicker": "ticker/bookTicker",
    "premiumIndex": "premiumIndex",
}
DEMO = {
    "sim/order": "order",
    "sim/order/history": "order/history",
    "sim/balance": "account/balance",
    "sim/position/allPosition": "account/position/allPosition",
}
TRADING = {"order", "cancel", "leverage", "margin_mode"}
ERRORS: dict[str, tuple[int, int, str]] = {
    "no_key": (401, -1040, "ACCESS_KEY header is required."),
    "no_timestamp": (401, -1043, "Invalid ACCESS_TIMESTAMP."),
    "timestamp": (401, -1046, "Request timestamp expired."),
    "unknown_key": (401, -1049, "API key or passphrase incorrect."),
    "signature": (401, -1047, "API authentication failed."),
    "no_permission": (403, -1052, "Insufficient permissions for this action."),
    "no_path": (404, -1150, "Request method not supported."),
    "type": (400, -1116, "Invalid order type."),
    "side": (400, -1117, "Invalid side."),
    "malformed": (400, -1142, "Parameter {0} is invalid."),
    "empty": (400, -1141, "Parameter {0} cannot be empty."),
    "no_id": (400, -1140, "Either orderId or origClientOrderId must be sent."),
    "times": (400, -1142, "startTime and endTime must be sent together."),
    "client_id": (
        400,
        -1180,
        "client_oid length must not exceed 40 and must not contain special characters.",
    ),
    "unknown_symbol": (400, -1121, "Invalid symbol."),
    "delisted": (400, -3235, "No permission for this trading pair."),
    "precision": (400, -1160, "Decimal precision error."),
    "tick": (400, -1160, "Decimal precision error."),
    "unknown_order": (400, -3200, "Order does not exist."),
    "leverage": (400, -3313, "Leverage exceeds maximum limit."),
    "margin_mode_orders": (400, -1054, "FAILED_PRECONDITION: there are open orders"),
    "margin_mode_position": (400, -1054, "FAILED_PRECONDITION: there is an open position"),
}
# What the matching refuses comes with HTTP 200 and success false; these codes and texts are placeholders.
FAILURES = {
    "margin": ("FAILED_PRECONDITION", "The order amount is greater than the available balance"),
    "bracket": ("FAILED_PRECONDITION", "The position exceeds the limit of its leverage"),
    "reduce_only": ("FAILED_PRECONDITION", "The position to be closed is not enough"),
    "duplicate_client_id": ("FAILED_DUPLICATE", "client order id is duplicated"),
    "no_quantity": ("INVALID_ARGUMENT", "size must be greater than zero"),
    "min_notional": ("INVALID_ARGUMENT", "size is too small"),
    "post_only": ("FAILED_POST_ONLY", "the order would be matched at once"),
    "would_trigger": ("INVALID_ARGUMENT", "the trigger price has been reached"),
    "no_trigger": ("INVALID_ARGUMENT", "triggerPrice is required"),
}


class Weex(Dialect):
    """Weex's contracts; its spot side lists nothing."""

    venue = "weex"
    hosts = ("api-contract.weex.com", "api-spot.weex.com")

    @classmethod
    def tests(cls, call: Call) -> bool:
        """Demo trading lives on the live host under paths of its own, with SUSDT for USDT."""
        return call.path.startswith("/capi/v3/sim/")

    def read(self, call: Call) -> Asked:
        """Find the endpoint, the account by its key, and the parameters."""
        endpoint = call.path.removeprefix("/capi/v3/").removeprefix("/")
        endpoint = DEMO.get(endpoint, endpoint)
        params = dict(parse_qsl(call.query, keep_blank_values=True)) | as_json(call.body)
        if self.tests(call) and "symbol" in params:
            params["symbol"] = str(params["symbol"]).replace("SUSDT", "USDT")
        opened = self.accounts.by_handle(call.headers.get("access-key", ""))
        if (call.method, endpoint) in PRIVATE:
            purpose = PRIVATE[call.method, endpoint][0]
        elif endpoint == "market/exchangeInfo" or "spot" in call.host:
            purpose = "markets"
        else:
            named = PUBLIC.get(endpoint.removeprefix("market/"), "")
            purpose = futures_public.PUBLIC[named][0] if named else "other"
        return Asked(call, purpose, endpoint, params, opened, "access-sign" in call.headers)

    def reply(self, asked: Asked, twist: str) -> Reply:
        """Answer a public question to anybody, a private one to whoever has signed it."""
        key = (asked.call.method, asked.endpoint)
        if key in PRIVATE:
            return Reply(200, PRIVATE[key][1](self._signed_in(asked), asked.params, twist))
        return Reply(200, self._public(asked))

    def _public(self, asked: Asked) -> Any:
        if "spot" in asked.call.host:
            spot = {"api/v3/coins": [], "api/v3/exchangeInfo": {"symbols": []}}
            return spot.get(asked.endpoint, {"serverTime": self.market.wall()})
        if asked.endpoint == "market/exchangeInfo":
            return weex_shapes.markets(self.market)
        named = PUBLIC.get(asked.endpoint.removeprefix("market/"))
        if named is None:
            raise Refusal("no_path")
        rows = futures_public.PUBLIC[named][1](self.market, asked.params)
        listed = isinstance(rows, list) or named in ("time", "depth")
        return rows if listed else [rows]

    def _signed_in(self, asked: Asked) -> Truth:
        headers, opened = asked.call.headers, asked.opened
        if not headers.get("access-key"):
            raise Refusal("no_key")
        stamp = headers.get("access-timestamp", "")
        if not stamp.isdigit():
            raise Refusal("no_timestamp")
        if abs(int(stamp) - self.market.wall()) > WINDOW_MS:
            raise Refusal("timestamp")
        known = opened is not None and headers.get("access-passphrase") == opened.password
        if opened is None or not known or opened.truth.key.revoked:
            raise Refusal("unknown_key")
        if not hmac.compare_digest(
            _signature(asked.call, stamp, opened.secret), headers.get("access-sign", "")
        ):
            raise Refusal("signature")
        if asked.purpose in TRADING and not opened.truth.key.may_trade:
            raise Refusal("no_permission")
        return opened.truth

    def refuse(self, refusal: Refusal) -> Reply:
        """Say no by code, or by an answer that looks like a success until it is read."""
        if refusal.kind in FAILURES:
            code, text = FAILURES[refusal.kind]
            failed = {"orderId": "0", "clientOrderId": "", "success": False}
            return Reply(200, failed | {"errorCode": code, "errorMessage": text})
        status, number, text = ERRORS.get(refusal.kind, ERRORS["malformed"])
        return Reply(status, {"code": number, "msg": text.format(refusal.detail)})


def _signature(call: Call, stamp: str, secret: str) -> str:
    query = f"?{call.query}" if call.query else ""
    payload = f"{stamp}{call.method}{call.path}{query}{call.body}"
    return base64.b64encode(hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()).decode()
