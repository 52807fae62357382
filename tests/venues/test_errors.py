"""A no is only what the venue has said; everything else leaves open whether the order is there."""

import json
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.venues.desk import ORDER_PATH, VENUES, approved, scripted
from trading.domain.venue import Acknowledged, Refused, SubmitOutcome, Unclear

FAPI = ("binanceusdm", "aster")


def _outcome(venue: str, answer: Any) -> SubmitOutcome:
    """Return what becomes of an order that the venue answers like this; it is sent once."""
    with scripted(venue, {ORDER_PATH[venue]: answer}) as (account, script):
        outcome = account.submit(approved(), "market", None, None)
        orders = [each for each in script.sent if each.path == ORDER_PATH[venue]]
        assert len(orders) == 1
    return outcome


def _fapi(code: int, text: str = "words", status: int = 400) -> tuple[int, dict[str, Any]]:
    return status, {"code": code, "msg": text}


def _hyperliquid(text: str) -> dict[str, Any]:
    return {"status": "ok", "response": {"type": "order", "data": {"statuses": [{"error": text}]}}}


@pytest.mark.parametrize("venue", FAPI)
@pytest.mark.parametrize(
    ("code", "ours"),
    [
        (-2019, "insufficient_margin"),
        (-2018, "insufficient_margin"),
        (-4164, "below_minimum"),
        (-4004, "below_minimum"),
        (-4014, "price_off_tick"),
        (-1111, "price_off_tick"),
        (-4024, "price_out_of_range"),
        (-2022, "reduce_only_rejected"),
        (-1121, "unknown_symbol"),
        (-4141, "delisted"),
        (-2027, "leverage_refused"),
        (-4028, "leverage_refused"),
        (-2021, "would_trigger"),
        (-5022, "would_take"),
        (-2015, "permission"),
        (-1022, "permission"),
        (-4061, "position_mode"),
        (-2025, "too_many_orders"),
        (-1102, "rejected"),
        (-4015, "rejected"),
    ],
)
def test_the_codes_of_the_fapi_dialect_are_typed_and_keep_their_words(
    venue: str, code: int, ours: str
) -> None:
    assert _outcome(venue, _fapi(code)) == Refused(ours, f"{code} words")


@pytest.mark.parametrize("venue", FAPI)
@pytest.mark.parametrize(
    "code", [-1000, -1001, -1003, -1006, -1007, -1008, -1021, -4116, -4111, -1099, -5999, -9999]
)
def test_codes_that_leave_it_open_are_unclear(venue: str, code: int) -> None:
    outcome = _outcome(venue, _fapi(code))
    assert isinstance(outcome, Unclear)
    assert outcome.sent


@pytest.mark.parametrize("venue", FAPI)
def test_an_id_that_is_there_already_is_looked_up_not_sent_again(venue: str) -> None:
    outcome = _outcome(venue, _fapi(-4116, "ClientOrderId is duplicated."))
    assert isinstance(outcome, Unclear)
    assert outcome.reason.startswith("duplicate")


def test_a_refused_key_is_a_refusal_even_where_ccxt_calls_it_an_outage() -> None:
    with scripted("binanceusdm", {"/fapi/v1/order": _fapi(-2015, status=401)}) as (account, _):
        client = account.tongue.client
        client.options["hasAlreadyAuthenticatedSuccessfully"] = True
        outcome = account.submit(approved(), "market", None, None)
    assert isinstance(outcome, Refused)
    assert outcome.code == "permission"


@pytest.mark.parametrize(
    ("code", "text", "ours"),
    [
        (-1121, "Invalid symbol.", "unknown_symbol"),
        (-1052, "Insufficient permissions for this action.", "permission"),
        (-3313, "Leverage exceeds maximum limit.", "leverage_refused"),
        (-1160, "Decimal precision error.", "price_off_tick"),
        (-3007, "Maximum contract order quantity exceeded.", "above_maximum"),
        (-1054, "FAILED_PRECONDITION: available amount not enough.", "insufficient_margin"),
        (-1054, "System error, please retry later.", None),
        (-1142, "available amount not enough", "insufficient_margin"),
        (-1000, "An unknown error occurred.", None),
        (-1142, "duplicate client_oid", None),
        (-1116, "Invalid order type.", "rejected"),
        (-1001, "Internal error; unable to process your request. Please try again.", None),
        (-1007, "Timeout waiting for response from backend server.", None),
        (50001, "System busy, please try again later", None),
        (-9999, "something else", None),
        (-9999, "leverage service unavailable", None),
    ],
)
def test_the_codes_and_words_of_weex(code: int, text: str, ours: str | None) -> None:
    outcome = _outcome("weex", _fapi(code, text))
    if ours is None:
        assert isinstance(outcome, Unclear)
    else:
        assert outcome == Refused(ours, f"{code} {text}")


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("Insufficient margin to place order. asset=0", "insufficient_margin"),
        ("Order must have minimum value of $10. asset=0", "below_minimum"),
        ("Price must be divisible by tick size. asset=0", "price_off_tick"),
        ("Reduce only order would increase position. asset=0", "reduce_only_rejected"),
        ("Post only order would have immediately matched, bbo was 1@2. asset=0", "would_take"),
        ("Order could not immediately match against any resting orders. asset=0", "no_liquidity"),
        ("Invalid TP/SL price. asset=0", "would_trigger"),
        ("Order price cannot be more than 80% away from the reference price", "price_out_of_range"),
        ("User or API Wallet 0x1 does not exist.", "permission"),
        ("Order would increase open interest too quickly", "rejected"),
        ("Order would cause position to exceed margin tier limit at current leverage", "leverage_refused"),
    ],
)
def test_the_words_of_hyperliquid(text: str, ours: str) -> None:
    assert _outcome("hyperliquid", _hyperliquid(text)) == Refused(ours, text)
    whole = _outcome("hyperliquid", {"status": "err", "response": text})
    assert whole == Refused(ours, text)


@pytest.mark.parametrize(
    "text",
    [
        "Something new. asset=0",
        "Internal error, try again",
        "L1 request timed out, order status unknown",
        "Insufficient margin check timed out",
        "Cloid is already used by an open order.",
    ],
)
def test_words_of_hyperliquid_that_nobody_has_listed_are_unclear(text: str) -> None:
    assert isinstance(_outcome("hyperliquid", _hyperliquid(text)), Unclear)
    assert isinstance(_outcome("hyperliquid", {"status": "err", "response": text}), Unclear)


@pytest.mark.parametrize("venue", FAPI)
def test_an_answer_to_another_question_is_no_answer_to_an_order(venue: str) -> None:
    assert isinstance(_outcome(venue, _fapi(-2013, "Order does not exist.")), Unclear)


def test_too_many_requests_at_hyperliquid_are_unclear() -> None:
    answer = {"status": "err", "response": "Too many cumulative requests sent (3 > 2) for cumulative volume"}
    assert isinstance(_outcome("hyperliquid", answer), Unclear)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("status", [301, 307, 403, 408, 418, 429, 500, 502, 503, 504])
def test_a_gateway_knows_nothing_about_the_order(venue: str, status: int) -> None:
    outcome = _outcome(venue, (status, "<html>busy</html>"))
    assert isinstance(outcome, Unclear)
    assert outcome.sent
    assert str(status) in outcome.reason


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    "error",
    [
        requests.exceptions.ReadTimeout(),
        requests.exceptions.ConnectionError("Connection aborted."),
        requests.exceptions.ChunkedEncodingError(),
        requests.exceptions.ContentDecodingError(),
        requests.exceptions.SSLError(),
        requests.exceptions.InvalidURL(),
        ConnectionResetError(),
        OSError("anything"),
        RuntimeError("anything"),
    ],
)
def test_no_answer_is_unclear_and_may_have_been_sent(venue: str, error: Exception) -> None:
    outcome = _outcome(venue, error)
    assert isinstance(outcome, Unclear)
    assert outcome.sent


_NAMES = "code msg success errorCode errorMsg status response data statuses error orderId filled oid totalSz"
_FIELDS = st.sampled_from(_NAMES.split())
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_FIELDS, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    venue=st.sampled_from(VENUES),
    status=st.sampled_from([200, 200, 201, 204, 302, 400, 401, 403, 404, 409, 418, 429, 500, 503]),
    body=st.one_of(
        st.text(max_size=60), _JSON.map(json.dumps), st.dictionaries(_FIELDS, _JSON).map(json.dumps)
    ),
)
def test_whatever_is_answered_is_an_outcome(venue: str, status: int, body: str) -> None:
    outcome = _outcome(venue, (status, body))
    assert isinstance(outcome, Acknowledged | Refused | Unclear)
    if isinstance(outcome, Refused):
        assert status < 500
        assert status not in {302, 418, 429}
        assert any(word in body for word in ("code", "msg", "error", "status", "success", "Code", "Msg"))
    if isinstance(outcome, Acknowledged):
        assert status // 100 == 2
