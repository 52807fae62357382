"""The reader of answers: total, strict, item by item."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.domain.answers import (
    MAX_LEVERAGE,
    REJECTION_CODES,
    UNREADABLE_CODES,
    Answer,
    AnswerContext,
    RejectedItem,
    Unreadable,
    parse_answer,
)
from kernel.units import MAX_UNITS, SCALE
from trading.domain.decisions import Action, Decision

OFFERED = AnswerContext(("BTC", "ETH", "SOL"))
BUY = {
    "reasoning": "RSI 28 below 30",
    "action": "BUY",
    "symbol": "BTC",
    "size_pct": 12.5,
    "leverage": 5,
    "stop_loss": "63000.5",
    "take_profit": 66000,
    "invalidation": "a close below 63000",
    "confidence": 0.7,
}


def read(document: Any) -> Answer | Unreadable:
    return parse_answer(json.dumps(document).encode(), OFFERED)


def code_of(**changes: Any) -> str:
    answer = read({"summary": "", "decisions": [{**BUY, **changes}]})
    assert isinstance(answer, Answer)
    if answer.decisions:
        return ""
    assert answer.rejected[0].code in REJECTION_CODES
    return answer.rejected[0].code


def test_a_full_answer_is_read_exactly() -> None:
    assert read({"summary": "One trade.", "decisions": [BUY]}) == Answer(
        "One trade.",
        (
            Decision(
                action=Action.BUY,
                symbol="BTC",
                size=SCALE // 8,
                leverage=5,
                stop_loss=63_000 * SCALE + SCALE // 2,
                take_profit=66_000 * SCALE,
                confidence=70 * SCALE // 100,
                invalidation="a close below 63000",
                reasoning="RSI 28 below 30",
            ),
        ),
    )


def test_an_empty_list_is_a_hold_the_contestant_chose() -> None:
    assert read({"decisions": []}) == Answer("", ())


def test_a_bare_decision_counts_as_a_list_of_one() -> None:
    answer = read(BUY)
    assert isinstance(answer, Answer)
    assert [decision.symbol for decision in answer.decisions] == ["BTC"]
    assert answer.summary == "RSI 28 below 30"


def test_a_hold_that_names_no_symbol_is_about_the_whole_turn() -> None:
    assert read({"action": "HOLD", "reasoning": "Nothing to do."}) == Answer(
        "Nothing to do.", (), holds_turn=True
    )


def test_a_close_without_a_size_closes_everything() -> None:
    answer = read({"decisions": [{"action": "CLOSE", "symbol": "ETH"}]})
    assert answer == Answer("", (Decision(Action.CLOSE, "ETH", SCALE),))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b" " * (64 * 1024 + 1), "too_long"),
        (b"\xff\xfe", "not_utf8"),
        (b'{"decisions": "\xed\xa0\x80"}', "not_utf8"),
        (b'{"decisions":' + b"[" * 9 + b"]" * 9 + b"}", "too_deep"),
        (b"[" * 60_000, "too_deep"),
        (b"", "not_json"),
        (b"I would buy BTC here.", "not_json"),
        (b'{"decisions": []', "not_json"),
        (b'{"decisions": []}}', "not_json"),
        (b"[" + b"1," * 5_000 + b"1]", "too_many_values"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
        (b"NaN", "not_an_object"),
        (b'{"decisions": [], "Decisions": [1]}', "duplicate_key"),
        (b"{}", "no_decisions"),
        (b'{"summary": "I hold."}', "no_decisions"),
        (b'{"decisions": {}}', "decisions_not_a_list"),
        (b'{"decisions": null}', "decisions_not_a_list"),
        (b'{"decisions": [' + b",".join([b"1"] * 65) + b"]}", "too_many_decisions"),
    ],
)
def test_an_answer_that_cannot_be_read_says_why(raw: bytes, code: str) -> None:
    assert code in UNREADABLE_CODES
    assert parse_answer(raw, OFFERED) == Unreadable(code)


def test_braces_inside_text_are_not_depth() -> None:
    assert read({"summary": "{[" * 40, "decisions": []}) == Answer("{[" * 40, ())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"action": "STRONG_BUY"}, "unknown_action"),
        ({"action": "BUY or SELL"}, "unknown_action"),
        ({"action": None}, "unknown_action"),
        ({"action": ["BUY"]}, "unknown_action"),
        ({"symbol": "DOGE"}, "unknown_symbol"),
        ({"symbol": "BTCUSDC"}, "unknown_symbol"),
        ({"symbol": None}, "unknown_symbol"),
        ({"symbol": ["BTC"]}, "unknown_symbol"),
        ({"symbol": "B\u0422C"}, "unknown_symbol"),
        ({"size_pct": None}, "size_missing"),
        ({"size_pct": True}, "size_not_a_number"),
        ({"size_pct": "5-10%"}, "size_not_a_number"),
        ({"size_pct": 0.5}, "size_ambiguous"),
        ({"size_pct": "0.5"}, "size_ambiguous"),
        ({"size_pct": "1e1"}, "size_not_a_number"),
        ({"size_pct": "\u0661\u0662"}, "size_not_a_number"),
        ({"size_pct": float("nan")}, "size_not_a_number"),
        ({"size_pct": float("inf")}, "size_not_a_number"),
        ({"size_pct": 0}, "size_out_of_bounds"),
        ({"size_pct": -5}, "size_out_of_bounds"),
        ({"size_pct": "-5"}, "size_out_of_bounds"),
        ({"size_pct": 100.00001}, "size_out_of_bounds"),
        ({"leverage": None}, "leverage_missing"),
        ({"leverage": "5-10x"}, "leverage_not_whole"),
        ({"leverage": 5.5}, "leverage_not_whole"),
        ({"leverage": True}, "leverage_not_whole"),
        ({"leverage": 0}, "leverage_out_of_bounds"),
        ({"leverage": -3}, "leverage_out_of_bounds"),
        ({"leverage": MAX_LEVERAGE + 1}, "leverage_out_of_bounds"),
        ({"leverage": 10**30}, "leverage_out_of_bounds"),
        ({"confidence": None}, "confidence_missing"),
        ({"confidence": "high"}, "confidence_not_a_number"),
        ({"confidence": 70}, "confidence_out_of_bounds"),
        ({"confidence": -0.1}, "confidence_out_of_bounds"),
        ({"stop_loss": False}, "stop_loss_not_a_number"),
        ({"stop_loss": float("nan")}, "stop_loss_not_a_number"),
        ({"stop_loss": 0}, "stop_loss_out_of_bounds"),
        ({"stop_loss": 1e60}, "stop_loss_out_of_bounds"),
        ({"take_profit": [1]}, "take_profit_not_a_number"),
        ({"take_profit": -1.5}, "take_profit_out_of_bounds"),
        ({"take_profit": 10**11}, "take_profit_out_of_bounds"),
    ],
)
def test_a_field_that_is_wrong_voids_its_item(changes: dict[str, Any], code: str) -> None:
    assert code_of(**changes) == code


@pytest.mark.parametrize(
    "changes",
    [
        {"size_pct": "10"},
        {"size_pct": 1e1},
        {"size_pct": 100},
        {"size_pct": "0.5%"},
        {"leverage": "5x"},
        {"leverage": 5.0},
        {"action": "open_long"},
        {"symbol": "btc/usdt:usdt"},
        {"confidence": "70%"},
        {"take_profit": "$66,000.50"},
        {"leverage": 125},
        {"confidence": 1},
        {"confidence": 0},
        {"stop_loss": None},
        {"take_profit": None},
        {"reasoning": 7},
        {"unknown": {"any": "thing"}},
    ],
)
def test_a_field_at_its_bound_is_taken(changes: dict[str, Any]) -> None:
    assert code_of(**changes) == ""


def test_a_number_with_an_exponent_is_the_number_it_writes() -> None:
    raw = json.dumps({"decisions": [BUY]}).replace("66000", "6.6e4").encode()
    answer = parse_answer(raw, OFFERED)
    assert isinstance(answer, Answer)
    assert answer.decisions[0].take_profit == 66_000 * SCALE


def test_digits_beyond_the_eighth_decimal_are_dropped() -> None:
    raw = json.dumps({"decisions": [BUY]}).replace("66000", "0.123456789999").encode()
    answer = parse_answer(raw, OFFERED)
    assert isinstance(answer, Answer)
    assert answer.decisions[0].take_profit == 12_345_678


def test_a_number_of_sixty_thousand_digits_is_refused_without_work() -> None:
    raw = json.dumps({"decisions": [BUY]}).replace("66000", "9" * 60_000).encode()
    assert parse_answer(raw, OFFERED) == Answer(
        "", (), (RejectedItem(0, "take_profit_out_of_bounds", "BTC"),)
    )


def test_a_bad_open_never_blocks_a_good_close() -> None:
    answer = read({"decisions": [{**BUY, "leverage": 500}, {"action": "CLOSE", "symbol": "ETH"}]})
    assert isinstance(answer, Answer)
    assert [decision.action for decision in answer.decisions] == [Action.CLOSE]
    assert answer.rejected == (RejectedItem(0, "leverage_out_of_bounds", "BTC"),)


def test_two_items_for_one_symbol_void_both() -> None:
    answer = read({"decisions": [BUY, {"action": "HOLD", "symbol": "BTC"}, {**BUY, "symbol": "SOL"}]})
    assert isinstance(answer, Answer)
    assert [decision.symbol for decision in answer.decisions] == ["SOL"]
    assert answer.rejected == tuple(RejectedItem(index, "symbol_twice", "BTC") for index in (0, 1))


def test_an_item_that_names_a_key_twice_is_void_alone() -> None:
    twice = json.dumps(BUY)[:-1] + ', "leverage": 3}'
    answer = parse_answer(f'{{"decisions": [{twice}, 5, {json.dumps({**BUY, "symbol": "ETH"})}]}}', OFFERED)
    assert isinstance(answer, Answer)
    assert [decision.symbol for decision in answer.decisions] == ["ETH"]
    assert answer.rejected == (
        RejectedItem(0, "item_duplicate_key", "BTC"),
        RejectedItem(1, "item_not_an_object"),
    )


@pytest.mark.parametrize(("size", "accepted"), [("1", True), ("100", True), ("0.99", False), ("101", False)])
def test_a_close_takes_one_to_a_hundred_percent(size: str, *, accepted: bool) -> None:
    answer = read({"decisions": [{"action": "CLOSE", "symbol": "BTC", "size_pct": size}]})
    assert isinstance(answer, Answer)
    assert bool(answer.decisions) is accepted


fragments = st.sampled_from(
    [*(json.dumps(BUY)[i : i + 7] for i in range(0, 200, 7)), "[", "{", '"', "NaN", "1e9", "\\"]
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(BUY)), inner, max_size=9)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.binary() | st.text() | st.lists(fragments).map("".join))
def test_no_bytes_and_no_text_make_the_reader_raise(raw: bytes | str) -> None:
    answer = parse_answer(raw, OFFERED)
    assert isinstance(answer, Answer) or answer.code in UNREADABLE_CODES


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(list(BUY)), json_values).map(lambda odd: {**BUY, **odd}), max_size=4
    )
)
def test_nothing_outside_the_bounds_ever_comes_out(items: list[Any]) -> None:
    answer = read({"decisions": items})
    assert isinstance(answer, Answer)
    for decision in answer.decisions:
        assert decision.symbol in OFFERED.symbols
        assert 0 <= decision.size <= SCALE
        assert 0 <= decision.confidence <= SCALE
        assert 0 <= decision.leverage <= MAX_LEVERAGE
        assert all(
            price is None or 0 < price <= MAX_UNITS for price in (decision.stop_loss, decision.take_profit)
        )
        assert decision.size > 0 or decision.action is Action.HOLD
    assert all(item.code in REJECTION_CODES for item in answer.rejected)
