"""What is sent for each kind of order, to the letter, and the venues' traps on the way."""

from typing import Any

import pytest

from kernel.units import SCALE
from tests.venues.desk import (
    MARKETS,
    ORDER_PATH,
    TAKEN,
    VENUES,
    approved,
    order_id,
    scripted,
    wall_ms,
    weex_market,
)
from trading.adapters.ccxt_live import DIALECTS
from trading.adapters.ccxt_live.ids import our_id, venue_id
from trading.domain.terms import Terms
from trading.domain.venue import Acknowledged, Refused, Unclear
from trading.domain.venue_fields import VENUE_FIELDS

FAPI = ("binanceusdm", "aster")
ID = order_id(1)
_NOISE = {"timestamp", "recvWindow", "signature", "nonce", "user", "signer"}


def _sent(
    venue: str, kind: str, price: int | None = None, trigger: int | None = None, **order: Any
) -> dict[str, Any]:
    """Return what leaves for one order, without what proves who sends it."""
    paths = {
        ORDER_PATH[venue]: TAKEN[venue],
        "/fapi/v1/algoOrder": {"algoId": 1},
        "/capi/v3/algoOrder": {"orderId": 1},
    }
    with scripted(venue, paths) as (account, script):
        account.submit(approved(**order), kind, price, trigger)
        (sent,) = [each for each in script.sent if each.method == "POST" and each.path != "/info"]
    if venue == "hyperliquid":
        (only,) = sent.params["action"]["orders"]
        assert set(sent.params["action"]) == {"type", "orders", "grouping"}
        return dict(only)
    return {"path": sent.path} | {name: value for name, value in sent.params.items() if name not in _NOISE}


@pytest.mark.parametrize("venue", FAPI)
def test_a_market_order_of_the_fapi_dialect(venue: str) -> None:
    assert _sent(venue, "market") == {
        "path": ORDER_PATH[venue],
        "symbol": "BTCUSDT",
        "side": "BUY",
        "quantity": "0.01",
        "type": "MARKET",
        "newClientOrderId": ID,
        "newOrderRespType": "RESULT",
    }


@pytest.mark.parametrize("venue", FAPI)
def test_closing_only_is_the_word_true_in_small_letters(venue: str) -> None:
    assert _sent(venue, "market", side=-1, reduce_only=True)["reduceOnly"] == "true"


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    ("force", "post", "word"), [("gtc", False, "GTC"), ("ioc", False, "IOC"), ("gtc", True, "GTX")]
)
def test_a_limit_order_names_price_and_how_long(venue: str, force: str, word: str, *, post: bool) -> None:
    price = 59_999 * SCALE
    terms = Terms("limit", price, force, post)
    if venue == "weex" and post:
        with scripted(venue) as (account, script):
            assert account.submit(approved(terms=terms), "limit", price, None)[0] == "not_supported"
            assert [each for each in script.sent if each.method == "POST"] == []
        return
    sent = _sent(venue, "limit", price, terms=terms)
    if venue == "hyperliquid":
        tif = {"GTC": "Gtc", "IOC": "Ioc", "GTX": "Alo"}[word]
        assert (sent["p"], sent["t"]) == ("59999", {"limit": {"tif": tif}})
    else:
        assert (sent["price"], sent["timeInForce"], sent["type"]) == ("59999", word, "LIMIT")


def test_a_stop_at_binance_is_a_conditional_order_with_an_id_of_its_own() -> None:
    sent = _sent("binanceusdm", "stop", None, 55_000 * SCALE, side=-1, reduce_only=True)
    assert sent == {
        "path": "/fapi/v1/algoOrder",
        "algoType": "CONDITIONAL",
        "symbol": "BTCUSDT",
        "side": "SELL",
        "quantity": "0.01",
        "type": "STOP_MARKET",
        "triggerPrice": "55000",
        "workingType": "MARK_PRICE",
        "reduceOnly": "true",
        "clientAlgoId": ID,
    }


def test_a_take_profit_at_aster_is_an_order_like_the_others() -> None:
    sent = _sent("aster", "take_profit", None, 70_000 * SCALE, side=-1, reduce_only=True)
    assert sent["path"] == "/fapi/v3/order"
    assert (sent["type"], sent["stopPrice"], sent["reduceOnly"]) == ("TAKE_PROFIT_MARKET", "70000", "true")
    assert (sent["newClientOrderId"], sent["workingType"]) == (ID, "MARK_PRICE")


@pytest.mark.parametrize("venue", FAPI)
@pytest.mark.parametrize(("trail", "rate"), [(SCALE // 100, "1.0"), (SCALE // 400, "0.2"), (1, "0.1")])
def test_a_trailing_stop_names_its_distance_in_tenths_of_a_percent(venue: str, trail: int, rate: str) -> None:
    sent = _sent(venue, "trailing", side=-1, reduce_only=True, trail=trail)
    assert (sent["type"], sent["callbackRate"]) == ("TRAILING_STOP_MARKET", rate)


@pytest.mark.parametrize(
    ("side", "closing", "position"),
    [(1, False, "LONG"), (-1, False, "SHORT"), (-1, True, "LONG"), (1, True, "SHORT")],
)
def test_weex_is_told_side_and_position(side: int, position: str, *, closing: bool) -> None:
    sent = _sent("weex", "market", side=side, reduce_only=closing)
    assert (sent["side"], sent["positionSide"]) == ("BUY" if side > 0 else "SELL", position)
    assert sent.get("reduceOnly", False) is closing
    assert (sent["quantity"], sent["newClientOrderId"], sent["type"]) == ("0.01", ID, "MARKET")


def test_a_stop_at_weex_has_a_place_of_its_own_and_closes_at_the_mark() -> None:
    sent = _sent("weex", "stop", None, 55_000 * SCALE, side=-1, reduce_only=True)
    assert sent["path"] == "/capi/v3/algoOrder"
    assert (sent["type"], sent["triggerPrice"], sent["clientAlgoId"]) == ("STOP_MARKET", "55000", ID)
    assert (sent["positionSide"], sent["SlWorkingType"]) == ("LONG", "MARK_PRICE")


@pytest.mark.parametrize(("side", "worst"), [(1, "63000"), (-1, "57000")])
def test_a_market_order_at_hyperliquid_has_a_worst_price(side: int, worst: str) -> None:
    sent = _sent("hyperliquid", "market", side=side)
    assert sent == {
        "a": 0,
        "b": side > 0,
        "p": worst,
        "s": "0.01",
        "r": False,
        "t": {"limit": {"tif": "Ioc"}},
        "c": f"0x{ID}",
    }


def test_a_stop_at_hyperliquid_triggers_at_its_price_and_may_slip_a_tenth() -> None:
    sent = _sent("hyperliquid", "stop", None, 55_000 * SCALE, side=-1, reduce_only=True)
    assert sent["t"] == {"trigger": {"isMarket": True, "triggerPx": "55000", "tpsl": "sl"}}
    assert (sent["p"], sent["r"]) == ("49500", True)


@pytest.mark.parametrize("venue", VENUES)
def test_our_id_is_written_as_the_venue_takes_it_and_read_back(venue: str) -> None:
    written = venue_id(venue, ID)
    assert our_id(venue, written) == ID
    assert len(written) <= (34 if venue == "hyperliquid" else 36)
    assert written.isalnum()
    for foreign in (None, "", "x-cvBPrNm9abc", "web_123", "0x12", 7):
        assert our_id(venue, foreign) == ""
    with pytest.raises(ValueError, match="32 hex"):
        venue_id(venue, "abc-1")


def test_the_parts_of_a_key_are_those_that_are_stored() -> None:
    assert {venue: dialect.keys for venue, dialect in DIALECTS.items()} == VENUE_FIELDS


@pytest.mark.parametrize("fee", ["0.08", "0.02", "10"])
def test_a_symbol_whose_fee_is_above_a_percent_is_refused(fee: str) -> None:
    listed = {"/capi/v3/market/exchangeInfo": {"symbols": [weex_market(takerFeeRate=fee)]}}
    with scripted("weex", listed) as (account, script):
        outcome = account.submit(approved(), "market", None, None)
        assert isinstance(outcome, Refused)
        assert (outcome.code, "fee" in outcome.text) == ("unknown_symbol", True)
        assert script.calls() == [("GET", "/capi/v3/market/exchangeInfo")]


def test_a_delisted_symbol_is_refused_before_anything_is_sent() -> None:
    with scripted("hyperliquid") as (account, script):
        outcome = account.submit(approved(symbol="OLD", mark=SCALE, qty=100 * SCALE), "market", None, None)
        assert isinstance(outcome, Refused)
        assert outcome.code == "delisted"
        assert [each.path for each in script.sent] == ["/info"]


def test_weex_simulates_by_other_paths_and_symbols() -> None:
    answers = {
        "/capi/v3/sim/order": TAKEN["weex"],
        "/capi/v3/sim/balance": [{"asset": "SUSDT", "balance": "5", "availableBalance": "4"}],
    }
    with scripted("weex", answers, profile="testnet") as (account, script):
        assert account.submit(approved(), "market", None, None) == Acknowledged("7", "accepted")
        assert (script.sent[-1].path, script.sent[-1].params["symbol"]) == ("/capi/v3/sim/order", "BTCSUSDT")
        assert account.fetch_balance() == ("USDT", 5 * SCALE, 4 * SCALE)
        stop = account.submit(approved(side=-1, reduce_only=True), "stop", None, 55_000 * SCALE)
        assert isinstance(stop, Refused)
        assert stop.code == "not_supported"
        assert len(script.sent) == 3


@pytest.mark.parametrize(
    "said",
    [
        {"success": False, "errorCode": "-3313", "errorMessage": "Leverage"},
        {"success": False, "errorMsg": "reduceOnly is rejected"},
    ],
)
def test_a_refusal_by_weex_with_http_200_is_a_refusal(said: dict[str, Any]) -> None:
    with scripted("weex", {"/capi/v3/order": said}) as (account, _):
        outcome = account.submit(approved(), "market", None, None)
        assert isinstance(outcome, Refused)
        assert outcome.code in {"leverage_refused", "reduce_only_rejected"}


def test_weex_is_searched_list_by_list_for_our_id() -> None:
    row = {
        "orderId": 9,
        "clientOrderId": ID,
        "symbol": "BTCUSDT",
        "side": "BUY",
        "status": "FILLED",
        "origQty": "0.01",
        "executedQty": "0.01",
        "price": "0.0",
        "stopPrice": "0",
        "type": "MARKET",
        "reduceOnly": False,
        "time": wall_ms(),
        "updateTime": wall_ms(),
    }
    lists = {"/capi/v3/openOrders": [], "/capi/v3/openAlgoOrders": [], "/capi/v3/order/history": [row]}
    with scripted("weex", lists) as (account, script):
        found = account.find_order(ID, "BTC", wall_ms() - 60_000)
        assert found is not None
        assert (found.state, found.filled, found.price, found.kind) == (
            "filled",
            SCALE // 100,
            None,
            "market",
        )
        assert [path for _, path in script.calls()][1:] == list(lists)
        assert account.find_order(order_id(2), "BTC", wall_ms() - 60_000) is None


def test_a_listed_market_without_a_minimum_of_leverage_is_no_obstacle() -> None:
    assert "maxLeverage" not in str(MARKETS["binanceusdm"])
    with scripted(
        "binanceusdm",
        {
            "/fapi/v1/order": (
                400,
                {"code": -2027, "msg": "Exceeded the maximum allowable position at current leverage."},
            )
        },
    ) as (account, _):
        outcome = account.submit(approved(leverage=125), "market", None, None)
    assert isinstance(outcome, Refused)
    assert outcome.code == "leverage_refused"


def test_an_answer_with_other_fields_than_expected_is_unclear() -> None:
    answers: list[Any] = [
        {},
        [],
        {"orderId": 7},
        {"orderId": None, "status": "NEW"},
        {"orderId": 7, "status": "?"},
        "text",
        None,
    ]
    for odd in answers:
        with scripted("binanceusdm", {"/fapi/v1/order": (200, odd)}) as (account, _):
            assert isinstance(account.submit(approved(), "market", None, None), Unclear)
