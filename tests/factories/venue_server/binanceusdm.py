"""Binance USD-M futures: HMAC-SHA256 over the query, the key in a header, a timestamp within a window."""

import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl

from tests.factories.venue_server import futures_private as private
from tests.factories.venue_server.dialect import Asked, Call, Reply
from tests.factories.venue_server.figures import plain
from tests.factories.venue_server.futures_public import PUBLIC, name_of, symbol_of
from tests.factories.venue_server.futures_words import FuturesDialect
from tests.factories.venue_server.records import Refusal
from tests.factories.venue_server.truth import Truth

AHEAD_MS = 1_000


def permissions(truth: Truth, _params: dict[str, Any], _twist: str) -> Any:
    """Return what the key may do."""
    key = truth.key
    return {
        "ipRestrict": key.ip_restricted,
        "createTime": 1698645219000,
        "enableReading": True,
        "enableWithdrawals": key.may_withdraw,
        "enableInternalTransfer": key.may_transfer,
        "permitsUniversalTransfer": key.may_transfer,
        "enableMargin": False,
        "enableFutures": key.may_trade,
        "enableSpotAndMarginTrading": False,
        "enableVanillaOptions": False,
        "enablePortfolioMarginTrading": False,
    }


def fees(truth: Truth, params: dict[str, Any], _twist: str) -> Any:
    """Return the account's rates of fees."""
    rules = truth.market.rules
    rates = {"makerCommissionRate": plain(rules.maker), "takerCommissionRate": plain(rules.taker)}
    return {"symbol": params.get("symbol", "")} | rates


def _symbol_config(truth: Truth, params: dict[str, Any], _twist: str) -> Any:
    wanted = symbol_of(params["symbol"]) if params.get("symbol") else None
    return [
        {
            "symbol": name_of(symbol),
            "marginType": "ISOLATED" if truth.margin_mode_of(symbol) == "isolated" else "CROSSED",
            "isAutoAddMargin": False,
            "leverage": truth.leverage_of(symbol),
            "maxNotionalValue": "1000000",
        }
        for symbol in truth.market.listings
        if wanted in (None, symbol)
    ]


def one_way(_truth: Truth, _params: dict[str, Any], _twist: str) -> Any:
    """Say that positions are kept one-way."""
    return {"dualSidePosition": False}


def _set_one_way(_truth: Truth, params: dict[str, Any], _twist: str) -> Any:
    if str(params.get("dualSidePosition")).lower() != "false":
        raise Refusal("malformed", "dualSidePosition")
    raise Refusal("same_position_mode")


def _dead_man(truth: Truth, params: dict[str, Any], _twist: str) -> Any:
    """Cancel the symbol's orders after a while unless asked again; 0 calls it off."""
    symbol, wait = symbol_of(params.get("symbol")), private.number(params, "countdownTime") or 0
    due = truth.market.now() + wait if wait else 0
    truth.dead_man[symbol] = due

    def ring() -> None:
        if due and truth.dead_man.get(symbol) == due:
            private.cancel_all(truth, params, "")

    if wait:
        truth.market.later(wait / 1000, ring)
    return {"symbol": params.get("symbol"), "countdownTime": str(wait)}


def _nothing(_truth: Truth, _params: dict[str, Any], _twist: str) -> Any:
    return []


PRIVATE: dict[tuple[str, str], tuple[str, private.Answer]] = {
    ("POST", "v1/order"): ("order", private.place),
    ("GET", "v1/order"): ("lookup", private.look_up),
    ("DELETE", "v1/order"): ("cancel", private.cancel),
    ("GET", "v1/openOrder"): ("lookup", private.look_up_open),
    ("GET", "v1/openOrders"): ("open_orders", private.list_open),
    ("DELETE", "v1/allOpenOrders"): ("cancel", private.cancel_all),
    ("GET", "v1/allOrders"): ("history", private.list_all),
    ("POST", "v1/algoOrder"): ("order", private.place_algo),
    ("GET", "v1/algoOrder"): ("lookup", private.look_up_algo),
    ("DELETE", "v1/algoOrder"): ("cancel", private.cancel_algo),
    ("GET", "v1/openAlgoOrders"): ("open_orders", private.list_open_algo),
    ("DELETE", "v1/algoOpenOrders"): ("cancel", private.cancel_all_algo),
    ("GET", "v1/allAlgoOrders"): ("history", private.list_all_algo),
    ("GET", "v1/userTrades"): ("fills", private.list_fills),
    ("GET", "v1/income"): ("income", private.list_income),
    ("GET", "v1/leverageBracket"): ("brackets", private.brackets),
    ("POST", "v1/leverage"): ("leverage", private.set_leverage),
    ("POST", "v1/marginType"): ("margin_mode", private.set_margin_mode),
    ("POST", "v1/countdownCancelAll"): ("dead_man", _dead_man),
    ("GET", "v1/commissionRate"): ("fees", fees),
    ("GET", "v1/symbolConfig"): ("settings", _symbol_config),
    ("GET", "v1/positionSide/dual"): ("settings", one_way),
    ("POST", "v1/positionSide/dual"): ("settings", _set_one_way),
    ("GET", "v2/account"): ("balance", private.account_second),
    ("GET", "v3/account"): ("balance", private.account),
    ("GET", "v2/balance"): ("balance", private.balance),
    ("GET", "v3/balance"): ("balance", private.balance),
    ("GET", "v2/positionRisk"): ("positions", private.positions_second),
    ("GET", "v3/positionRisk"): ("positions", private.positions),
    ("GET", "sapi/v1/account/apiRestrictions"): ("permissions", permissions),
    ("GET", "sapi/v1/capital/config/getall"): ("wallet", _nothing),
    ("GET", "sapi/v1/margin/allPairs"): ("wallet", _nothing),
    ("GET", "sapi/v1/margin/isolated/allPairs"): ("wallet", _nothing),
}
TRADING = {"order", "cancel", "leverage", "margin_mode", "dead_man"}


class BinanceUsdm(FuturesDialect):
    """Binance USD-M futures, and the two questions ccxt puts to its wallet's host."""

    venue = "binanceusdm"
    hosts = ("fapi.binance.com", "api.binance.com")
    test_hosts = ("demo-fapi.binance.com", "testnet.binancefuture.com")

    def read(self, call: Call) -> Asked:
        """Find the endpoint, the account by its key, and the parameters."""
        endpoint = call.path.removeprefix("/fapi/").removeprefix("/")
        text = call.query or call.body
        params = dict(parse_qsl(text, keep_blank_values=True))
        signed = "signature" in params
        opened = self.accounts.by_handle(call.headers.get("x-mbx-apikey", ""))
        if (call.method, endpoint) in PRIVATE:
            purpose = PRIVATE[call.method, endpoint][0]
        else:
            purpose = PUBLIC.get(endpoint.partition("/")[2], ("other",))[0]
        return Asked(call, purpose, endpoint, params, opened, signed)

    def reply(self, asked: Asked, twist: str) -> Reply:
        """Answer a public question to anybody, a private one to whoever has signed it."""
        key = (asked.call.method, asked.endpoint)
        if key in PRIVATE:
            truth = self._signed_in(asked)
            return Reply(200, PRIVATE[key][1](truth, asked.params, twist))
        public = PUBLIC.get(asked.endpoint.partition("/")[2])
        if public is None or asked.call.method != "GET":
            raise Refusal("no_path", f"{asked.call.path}, Method {asked.call.method}")
        return Reply(200, public[1](self.market, asked.params))

    def _signed_in(self, asked: Asked) -> Truth:
        given = asked.call.headers.get("x-mbx-apikey", "")
        if len(given) != 64 or not given.isalnum():
            raise Refusal("key_format")
        opened = asked.opened
        if opened is None or opened.truth.key.revoked:
            raise Refusal("unknown_key")
        stamp = private.number(asked.params, "timestamp")
        if stamp is None:
            raise Refusal("malformed", "timestamp")
        now, window = self.market.wall(), private.number(asked.params, "recvWindow") or 5_000
        if not now - window <= stamp < now + AHEAD_MS:
            raise Refusal("timestamp")
        text = (asked.call.query or asked.call.body).rpartition("&signature=")[0]
        expected = hmac.new(opened.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, asked.params.get("signature", "")):
            raise Refusal("signature")
        if asked.purpose in TRADING and not opened.truth.key.may_trade:
            raise Refusal("no_permission")
        return opened.truth
