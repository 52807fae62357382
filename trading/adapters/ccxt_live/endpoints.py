"""Every request the adapter may make, venue by venue. What is not in these tables cannot leave the process.

``weight`` is what the venue counts against its limit. The guard compares each request with the table three
times: when it is asked for, when it is signed, and when it is about to open a connection.
"""

from typing import Final, NamedTuple


class Endpoint(NamedTuple):
    """One request: ccxt's group of addresses, the method, the path, what it weighs and what it is for.

    ``word`` is the 'type' in the body where one path serves many purposes.
    """

    api: str
    method: str
    path: str
    weight: int
    purpose: str
    word: str = ""

    @property
    def signed(self) -> bool:
        """True for a request that carries a key or a signature."""
        return "rivate" in self.api or self.api == "sapi"


Table = dict[str, Endpoint]

_FAPI: Final = "fapiPrivate"

BINANCE: Final[Table] = {
    "time": Endpoint("fapiPublic", "GET", "time", 1, "the venue's clock"),
    "markets": Endpoint("fapiPublic", "GET", "exchangeInfo", 1, "symbols, ticks, lots and minimums"),
    "order": Endpoint(_FAPI, "POST", "order", 4, "place a market or limit order"),
    "trigger": Endpoint(_FAPI, "POST", "algoOrder", 4, "place a stop, take-profit or trailing order"),
    "cancel": Endpoint(_FAPI, "DELETE", "order", 1, "cancel an order by our id"),
    "cancel_trigger": Endpoint(_FAPI, "DELETE", "algoOrder", 1, "cancel a conditional order by our id"),
    "find": Endpoint(
        _FAPI, "GET", "order", 1, "look an order up by our id, or by the id it got on triggering"
    ),
    "find_trigger": Endpoint(_FAPI, "GET", "algoOrder", 1, "look a conditional order up by our id"),
    "open": Endpoint(_FAPI, "GET", "openOrders", 40, "orders that rest, of all symbols"),
    "open_triggers": Endpoint(_FAPI, "GET", "openAlgoOrders", 40, "conditional orders that wait"),
    "open_of": Endpoint(_FAPI, "GET", "openOrders", 1, "orders that rest, of one symbol"),
    "open_triggers_of": Endpoint(
        _FAPI, "GET", "openAlgoOrders", 1, "conditional orders that wait, of one symbol"
    ),
    "fills": Endpoint(_FAPI, "GET", "userTrades", 5, "executions of one symbol"),
    "positions": Endpoint("fapiPrivateV2", "GET", "positionRisk", 5, "positions, leverage and margin mode"),
    "balance": Endpoint("fapiPrivateV2", "GET", "balance", 5, "wallet and free margin"),
    "income": Endpoint(_FAPI, "GET", "income", 30, "funding, transfers and other movements of money"),
    "leverage": Endpoint(_FAPI, "POST", "leverage", 1, "set the leverage of a symbol"),
    "margin_mode": Endpoint(_FAPI, "POST", "marginType", 1, "set the margin mode of a symbol"),
    "position_mode": Endpoint(_FAPI, "GET", "positionSide/dual", 30, "preflight: one-way or hedged"),
    "fees": Endpoint(_FAPI, "GET", "commissionRate", 20, "preflight: the account's fees"),
    "dead_man": Endpoint(
        _FAPI, "POST", "countdownCancelAll", 10, "let the venue cancel a symbol's orders later"
    ),
    "permissions": Endpoint("sapi", "GET", "account/apiRestrictions", 1, "what the key may do"),
}

_V3: Final = {
    "time": ("fapiPublic", "GET", "v3/time"),
    "markets": ("fapiPublic", "GET", "v3/exchangeInfo"),
    "order": (_FAPI, "POST", "v3/order"),
    "cancel": (_FAPI, "DELETE", "v3/order"),
    "find": (_FAPI, "GET", "v3/order"),
    "open": (_FAPI, "GET", "v3/openOrders"),
    "open_of": (_FAPI, "GET", "v3/openOrders"),
    "fills": (_FAPI, "GET", "v3/userTrades"),
    "positions": (_FAPI, "GET", "v3/positionRisk"),
    "balance": (_FAPI, "GET", "v3/balance"),
    "income": (_FAPI, "GET", "v3/income"),
    "leverage": (_FAPI, "POST", "v3/leverage"),
    "margin_mode": (_FAPI, "POST", "v3/marginType"),
    "position_mode": (_FAPI, "GET", "v3/positionSide/dual"),
    "fees": (_FAPI, "GET", "v3/commissionRate"),
}

ASTER: Final[Table] = {
    name: Endpoint(*where, BINANCE[name].weight, BINANCE[name].purpose) for name, where in _V3.items()
}
"""Aster keeps conditional orders beside the plain ones, has no dead man's switch and no probe of a key."""

_CONTRACT: Final = "contractPrivate"

WEEX: Final[Table] = {
    "time": Endpoint("contract", "GET", "capi/v3/market/time", 1, "the venue's clock"),
    "markets": Endpoint("contract", "GET", "capi/v3/market/exchangeInfo", 1, "symbols, steps and fees"),
    "order": Endpoint(_CONTRACT, "POST", "capi/v3/order", 5, "place a market or limit order"),
    "trigger": Endpoint(_CONTRACT, "POST", "capi/v3/algoOrder", 5, "place a stop or take-profit order"),
    "cancel": Endpoint(_CONTRACT, "DELETE", "capi/v3/order", 3, "cancel an order by our id"),
    "cancel_trigger": Endpoint(
        _CONTRACT, "DELETE", "capi/v3/algoOrder", 3, "cancel a conditional order by the venue's id"
    ),
    "open": Endpoint(_CONTRACT, "GET", "capi/v3/openOrders", 5, "orders that rest"),
    "open_triggers": Endpoint(_CONTRACT, "GET", "capi/v3/openAlgoOrders", 3, "conditional orders that wait"),
    "history": Endpoint(_CONTRACT, "GET", "capi/v3/order/history", 10, "orders that are over, of one symbol"),
    "fills": Endpoint(_CONTRACT, "GET", "capi/v3/userTrades", 5, "executions of one symbol"),
    "positions": Endpoint(_CONTRACT, "GET", "capi/v3/account/position/allPosition", 15, "positions"),
    "balance": Endpoint(_CONTRACT, "GET", "capi/v3/account/balance", 10, "wallet and free margin"),
    "income": Endpoint(
        _CONTRACT, "POST", "capi/v3/account/income", 5, "funding and other movements of money"
    ),
    "config": Endpoint(
        _CONTRACT, "GET", "capi/v3/account/symbolConfig", 10, "leverage and margin mode as they are set"
    ),
    "leverage": Endpoint(_CONTRACT, "POST", "capi/v3/account/leverage", 20, "set the leverage of a symbol"),
    "margin_mode": Endpoint(
        _CONTRACT, "POST", "capi/v3/account/marginType", 50, "set the margin mode of a symbol"
    ),
    "fees": Endpoint(_CONTRACT, "GET", "capi/v3/account/commissionRate", 10, "preflight: the account's fees"),
}

WEEX_SIMULATED: Final[Table] = {
    "time": WEEX["time"],
    "markets": WEEX["markets"],
    "order": Endpoint(_CONTRACT, "POST", "capi/v3/sim/order", 5, "place a simulated order"),
    "history": Endpoint(_CONTRACT, "GET", "capi/v3/sim/order/history", 10, "simulated orders that are over"),
    "positions": Endpoint(_CONTRACT, "GET", "capi/v3/sim/position/allPosition", 15, "simulated positions"),
    "balance": Endpoint(_CONTRACT, "GET", "capi/v3/sim/balance", 10, "the simulated wallet"),
}
"""Weex has no other host for trying: these paths, and symbols like BTCSUSDT, are all its simulation knows."""


def _info(word: str, weight: int, purpose: str) -> Endpoint:
    return Endpoint("public", "POST", "info", weight, purpose, word)


def _action(word: str, purpose: str) -> Endpoint:
    return Endpoint("private", "POST", "exchange", 1, purpose, word)


HYPERLIQUID: Final[Table] = {
    "time": _info("exchangeStatus", 2, "the venue's clock"),
    "markets": _info("metaAndAssetCtxs", 20, "symbols, size decimals, leverage and marks"),
    "order": _action("order", "place any order, plain or conditional"),
    "cancel": _action("cancelByCloid", "cancel an order by our id"),
    "find": _info("orderStatus", 2, "look an order up by our id"),
    "open": _info("frontendOpenOrders", 20, "orders that rest, plain and conditional"),
    "fills": _info("userFillsByTime", 20, "executions"),
    "positions": _info("clearinghouseState", 2, "positions, leverage, wallet and free margin"),
    "funding": _info("userFunding", 20, "payments of funding"),
    "movements": _info("userNonFundingLedgerUpdates", 20, "deposits, withdrawals and transfers"),
    "leverage": _action("updateLeverage", "set leverage and margin mode of a symbol"),
    "fees": _info("userFees", 20, "preflight: the account's fees"),
    "dead_man": _action("scheduleCancel", "let the venue cancel everything later"),
}
