"""Limit prices, trailing stops and reversals: read exactly where the rule book takes them, else unread."""

import json
from dataclasses import replace
from typing import Any

import pytest

from agents.domain.answers import Answer, AnswerContext, encode_answer, parse_answer
from kernel.units import SCALE
from trading.domain.decisions import Decision
from trading.domain.terms import AT_MARKET, Terms

FREE = AnswerContext(("BTC",), {"BTC": 65_000 * SCALE}, {}, free_terms=True)
BUY = {
    "action": "BUY",
    "symbol": "BTC",
    "size_pct": 10,
    "leverage": 5,
    "stop_loss": 63000,
    "take_profit": 69000,
    "confidence": 0.7,
}


def read(context: AnswerContext = FREE, **changes: Any) -> Answer:
    answer = parse_answer(json.dumps({**BUY, **changes}), context)
    assert isinstance(answer, Answer)
    return answer


def decision_of(**changes: Any) -> Decision:
    return read(**changes).decisions[0]


def code_of(**changes: Any) -> str:
    return read(**changes).rejected[0].code


def test_without_a_word_about_it_an_open_fills_at_the_market() -> None:
    plain = decision_of(limit_price=None, time_in_force=None, post_only=None, trailing_pct=None, reverse=None)
    assert (plain.terms, plain.trail, plain.reverse) == (AT_MARKET, 0, False)
    assert plain == decision_of()


@pytest.mark.parametrize(
    ("said", "terms"),
    [
        ({"limit_price": 64500}, Terms("limit", 64_500 * SCALE, "gtc")),
        ({"limit_price": "$64,500.5"}, Terms("limit", 6_450_050_000_000, "gtc")),
        ({"limit_price": 64500, "time_in_force": "IOC"}, Terms("limit", 64_500 * SCALE, "ioc")),
        ({"limit_price": 64500, "post_only": True}, Terms("limit", 64_500 * SCALE, "gtc", post_only=True)),
        ({"time_in_force": "ioc"}, AT_MARKET),
    ],
)
def test_a_limit_rests_unless_it_says_otherwise(said: dict[str, Any], terms: Terms) -> None:
    assert decision_of(**said).terms == terms


def test_a_trailing_stop_is_said_in_per_cent_and_a_reversal_as_a_flag() -> None:
    asked = decision_of(trailing_pct=1.5, reverse=True)
    assert (asked.trail, asked.reverse) == (SCALE * 15 // 1000, True)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"limit_price": "at market"}, "limit_price_not_a_number"),
        ({"limit_price": 0}, "limit_price_out_of_bounds"),
        ({"limit_price": -5}, "limit_price_out_of_bounds"),
        ({"limit_price": 64}, "limit_price_too_far"),
        ({"limit_price": 64500, "time_in_force": "DAY"}, "time_in_force_unknown"),
        ({"limit_price": 64500, "time_in_force": 7}, "time_in_force_unknown"),
        ({"limit_price": 64500, "post_only": "yes"}, "post_only_not_a_flag"),
        ({"limit_price": 64500, "post_only": True, "time_in_force": "IOC"}, "terms_contradict"),
        ({"time_in_force": "GTC"}, "terms_contradict"),
        ({"post_only": True}, "terms_contradict"),
        ({"trailing_pct": "tight"}, "trailing_pct_not_a_number"),
        ({"trailing_pct": 0.05}, "trailing_pct_out_of_bounds"),
        ({"trailing_pct": 25}, "trailing_pct_out_of_bounds"),
        ({"trailing_pct": -1}, "trailing_pct_out_of_bounds"),
        ({"reverse": 1}, "reverse_not_a_flag"),
    ],
)
def test_what_is_unclear_voids_the_decision(said: dict[str, Any], code: str) -> None:
    assert code_of(**said) == code


def test_where_the_rule_book_knows_no_limit_orders_the_fields_say_nothing() -> None:
    old = replace(FREE, free_terms=False)
    said = read(old, limit_price="at market", trailing_pct=99, reverse=7).decisions
    assert said == read(old).decisions


def test_a_close_has_no_terms() -> None:
    closing = {"action": "CLOSE", "size_pct": 50, "limit_price": 1, "reverse": True}
    held = replace(FREE, sides={"BTC": 1})
    answer = parse_answer(json.dumps({**BUY, **closing}), held)
    assert isinstance(answer, Answer)
    assert answer.decisions[0].terms == AT_MARKET


@pytest.mark.parametrize(
    "said",
    [
        {"limit_price": 64500.5, "time_in_force": "ioc", "trailing_pct": 0.5},
        {"limit_price": 64500, "post_only": True, "reverse": True},
    ],
)
def test_terms_are_written_as_they_are_read(said: dict[str, Any]) -> None:
    answer = read(**said)
    assert parse_answer(encode_answer(answer.summary, answer.decisions), FREE) == replace(
        answer, summary=answer.summary
    )
