"""Aster: Binance's futures endpoints in version three, every private request signed as typed data.

A request names the ``user`` whose account it is and the ``signer`` whose key has signed its parameters.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from eth_utils.crypto import keccak

from tests.factories.venue_server import futures_private as private
from tests.factories.venue_server.binanceusdm import fees, one_way
from tests.factories.venue_server.dialect import Asked, Call, Reply
from tests.factories.venue_server.futures_public import PUBLIC
from tests.factories.venue_server.futures_words import FuturesDialect
from tests.factories.venue_server.hyperliquid_signing import domain_of, recovered
from tests.factories.venue_server.records import Refusal
from tests.factories.venue_server.truth import Truth

WINDOW_MS = 10_000
_DOMAIN = domain_of("AsterSignTransaction", "1", 1666)
_MESSAGE = keccak(b"Message(string msg)")
_APPROVAL = keccak(
    b"ApproveBuilder(string Builder,string MaxFeeRate,string BuilderName,string AsterChain,"
    b"string User,uint256 Nonce)"
)
_APPROVED = ("builder", "maxFeeRate", "builderName", "asterChain", "user")


def _builders(_truth: Truth, _params: dict[str, Any], _twist: str) -> Any:
    return []


def _approve(_truth: Truth, _params: dict[str, Any], _twist: str) -> Any:
    return {"code": 200, "msg": "success"}


PRIVATE: dict[tuple[str, str], tuple[str, Callable[[Truth, dict[str, Any], str], Any]]] = {
    ("POST", "v3/order"): ("order", private.place),
    ("GET", "v3/order"): ("lookup", private.look_up),
    ("DELETE", "v3/order"): ("cancel", private.cancel),
    ("GET", "v3/openOrder"): ("lookup", private.look_up_open),
    ("GET", "v3/openOrders"): ("open_orders", private.list_open),
    ("DELETE", "v3/allOpenOrders"): ("cancel", private.cancel_all),
    ("GET", "v3/allOrders"): ("history", private.list_all),
    ("GET", "v3/userTrades"): ("fills", private.list_fills),
    ("GET", "v3/income"): ("income", private.list_income),
    ("GET", "v3/leverageBracket"): ("brackets", private.brackets),
    ("POST", "v3/leverage"): ("leverage", private.set_leverage),
    ("POST", "v3/marginType"): ("margin_mode", private.set_margin_mode),
    ("GET", "v3/commissionRate"): ("fees", fees),
    ("GET", "v3/positionSide/dual"): ("settings", one_way),
    ("GET", "v4/account"): ("positions", private.account_second),
    ("GET", "v3/account"): ("balance", private.account_second),
    ("GET", "v3/balance"): ("balance", private.balance),
    ("GET", "v3/positionRisk"): ("positions", private.positions_second),
    ("GET", "v3/builder"): ("builder", _builders),
    ("POST", "v3/approveBuilder"): ("builder", _approve),
}
TRADING = {"order", "cancel", "leverage", "margin_mode"}


class Aster(FuturesDialect):
    """Aster's perpetuals; its spot side lists nothing."""

    venue = "aster"
    hosts = ("fapi.asterdex.com", "sapi.asterdex.com")

    def read(self, call: Call) -> Asked:
        """Find the endpoint, the account by its address, and the parameters."""
        endpoint = call.path.removeprefix("/fapi/").removeprefix("/")
        params = dict(parse_qsl(call.query or call.body, keep_blank_values=True))
        opened = self.accounts.by_handle(params.get("user", ""))
        if (call.method, endpoint) in PRIVATE:
            purpose = PRIVATE[call.method, endpoint][0]
        else:
            purpose = PUBLIC.get(endpoint.partition("/")[2], ("other",))[0]
        return Asked(call, purpose, endpoint, params, opened, "signature" in params)

    def reply(self, asked: Asked, twist: str) -> Reply:
        """Answer a public question to anybody, a private one to whoever has signed it."""
        if asked.call.host.startswith("sapi."):
            return Reply(200, {"symbols": [], "assets": [{"asset": "USDT", "marginAvailable": True}]})
        key = (asked.call.method, asked.endpoint)
        if key in PRIVATE:
            return Reply(200, PRIVATE[key][1](self._signed_in(asked), asked.params, twist))
        public = PUBLIC.get(asked.endpoint.partition("/")[2])
        if public is None or asked.call.method != "GET":
            raise Refusal("no_path", f"{asked.call.path}, Method {asked.call.method}")
        return Reply(200, public[1](self.market, asked.params))

    def _signed_in(self, asked: Asked) -> Truth:
        """Return the account's book if its owner, or an agent of the owner's, has signed."""
        params, opened = asked.params, asked.opened
        if opened is None or opened.truth.key.revoked:
            raise Refusal("unknown_key")
        signer = _signer_of(asked)
        claimed = str(params.get("signer", params.get("user"))).lower()
        if signer != claimed or self.accounts.by_handle(signer) is not opened:
            raise Refusal("signature")
        nonce = private.number(params, "nonce") or 0
        if abs(nonce // 1000 - self.market.wall()) > WINDOW_MS:
            raise Refusal("timestamp")
        if asked.purpose in TRADING and not opened.truth.key.may_trade:
            raise Refusal("no_permission")
        return opened.truth


def _signer_of(asked: Asked) -> str:
    """Return the address that has signed the parameters, or the approval of a builder."""
    text, _, signature = (asked.call.query or asked.call.body).rpartition("&signature=")
    if asked.endpoint == "v3/approveBuilder":
        fields = [keccak(text=str(asked.params.get(name, ""))) for name in _APPROVED]
        nonce = (private.number(asked.params, "nonce") or 0).to_bytes(32, "big")
        struct = keccak(b"".join([_APPROVAL, *fields, nonce]))
    else:
        struct = keccak(_MESSAGE + keccak(text=text))
    parts = signature.removeprefix("0x")
    if len(parts) != 130:
        raise Refusal("signature")
    vrs = {"r": parts[:64], "s": parts[64:128], "v": int(parts[128:], 16)}
    return recovered(_DOMAIN, struct, vrs)
