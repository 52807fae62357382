"""What is judged while reading and what by the risk rules, and what is kept beside the figures."""

import json
from dataclasses import replace
from typing import Any

import pytest

from agents.domain.answers import Answer, AnswerContext, AnswerLimits, encode_answer, parse_answer
from kernel.units import SCALE
from trading.domain.decisions import Action, Decision
from trading.domain.invalidation import Invalidation

ROUND = AnswerContext(("BTC", "ETH"), {"BTC": 65_000 * SCALE}, {"BTC": 1})
"""As in a round: marks and sides are known, the limits belong to the rules."""

LIMITED = replace(ROUND, limits=AnswerLimits(SCALE // 5, 3, 10))
BUY = {
    "action": "BUY",
    "symbol": "BTC",
    "size_pct": 10,
    "leverage": 5,
    "stop_loss": 63000,
    "take_profit": 69000,
    "confidence": 0.7,
}


def read(context: AnswerContext, **changes: Any) -> Answer:
    answer = parse_answer(json.dumps({**BUY, **changes}), context)
    assert isinstance(answer, Answer)
    return answer


def code_of(context: AnswerContext, **changes: Any) -> str:
    rejected = read(context, **changes).rejected
    return rejected[0].code if rejected else ""


def decision_of(**changes: Any) -> Decision:
    return read(ROUND, **changes).decisions[0]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"leverage": 50}, "leverage_out_of_bounds"),
        ({"size_pct": 60}, "size_out_of_bounds"),
        ({"stop_loss": None}, "stop_loss_missing"),
        ({"take_profit": None}, "take_profit_missing"),
        ({"stop_loss": 66_000}, "stop_loss_wrong_side"),
        ({"take_profit": 64_000}, "take_profit_wrong_side"),
        ({"stop_loss": 40_000}, "stop_loss_beyond_margin"),
        ({"symbol": "ETH"}, "mark_missing"),
        ({"action": "CLOSE", "symbol": "ETH"}, "nothing_to_close"),
    ],
)
def test_limits_are_judged_here_only_where_they_are_given(changes: dict[str, Any], code: str) -> None:
    assert code_of(LIMITED, **changes) == code
    assert code_of(ROUND, **changes) == ""


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"stop_loss": 63}, "stop_loss_too_far"),
        ({"take_profit": 97_501}, "take_profit_too_far"),
        ({"size_pct": 0.5}, "size_ambiguous"),
        ({"size_pct": 101}, "size_out_of_bounds"),
        ({"leverage": 126}, "leverage_out_of_bounds"),
        ({"action": "CLOSE_SHORT"}, "wrong_side_to_close"),
    ],
)
def test_form_unit_and_side_are_judged_everywhere(changes: dict[str, Any], code: str) -> None:
    assert code_of(ROUND, **changes) == code
    assert code_of(LIMITED, **changes) == code


def test_a_target_half_the_mark_away_is_still_taken() -> None:
    assert code_of(LIMITED, take_profit=97_500) == ""


def test_what_is_not_known_is_not_checked() -> None:
    nothing = AnswerContext(("BTC",))
    assert code_of(nothing, stop_loss=63) == ""
    assert code_of(nothing, action="CLOSE_SHORT") == ""


def test_a_condition_is_watched_and_said_in_words() -> None:
    condition = {"metric": "close", "timeframe": "1h", "comparison": "below", "value": 63_500.5}
    decision = decision_of(invalidation=condition)
    assert decision.watch == Invalidation("close", "1h", "below", 63_500 * SCALE + SCALE // 2)
    assert decision.invalidation == "1h close below 63500.5"
    held = {"metric": "held_minutes", "timeframe": "tick", "comparison": "above", "value": 90}
    assert decision_of(invalidation=held).invalidation == "held for more than 90 minutes"


def test_words_alone_are_kept_and_not_watched() -> None:
    decision = decision_of(invalidation="4h close below the EMA")
    assert (decision.invalidation, decision.watch) == ("4h close below the EMA", None)


@pytest.mark.parametrize(
    "condition",
    [
        {},
        [],
        7,
        {"metric": "close", "timeframe": "1h", "comparison": "below"},
        {"metric": "close", "timeframe": "1h", "comparison": "below", "value": 0},
        {"metric": "close", "timeframe": "1h", "comparison": "below", "value": "soon"},
        {"metric": "close", "timeframe": "2h", "comparison": "below", "value": 1},
        {"metric": "close", "timeframe": ["1h"], "comparison": "below", "value": 1},
        {"metric": "price", "timeframe": "1h", "comparison": "below", "value": 1},
        {"metric": "held_minutes", "timeframe": "tick", "comparison": "below", "value": 1},
        {"metric": ["close"], "timeframe": "1h", "comparison": {"below": 1}, "value": True},
    ],
)
def test_a_condition_nobody_can_watch_voids_its_item(condition: object) -> None:
    assert code_of(ROUND, invalidation=condition) == "invalidation_not_checkable"


def test_a_close_is_never_blocked_by_what_it_would_watch() -> None:
    assert code_of(LIMITED, action="CLOSE", invalidation={"metric": "mood"}) == ""


def test_a_condition_and_evidence_are_written_as_read() -> None:
    watch = Invalidation("price", "tick", "above", 70_000 * SCALE)
    words = "price above 70000"
    decision = replace(decision_of(), watch=watch, invalidation=words, evidence=("BTC.rsi", "BTC.ema"))
    answer = parse_answer(encode_answer("Out.", [decision]), ROUND)
    assert isinstance(answer, Answer)
    assert answer.decisions == (decision,)


def test_evidence_is_a_list_of_short_keys() -> None:
    keys = ["BTC.rsi", 7, "x" * 90, "", *(f"k{n}" for n in range(20))]
    found = decision_of(evidence=keys).evidence
    assert found[:2] == ("BTC.rsi", "x" * 60)
    assert len(found) <= 8


def test_evidence_that_is_no_list_is_recorded_as_unknown() -> None:
    answer = read(ROUND, evidence="BTC.rsi")
    assert answer.decisions[0].evidence == ()
    assert answer.unknown_keys == ("evidence",)


def test_unknown_keys_are_recorded_once_and_never_honoured() -> None:
    answer = read(ROUND, risk_usd=120, stop=1, **{"x" * 90: 1, "bidi\u202e": 2})
    assert answer.unknown_keys == ("risk_usd", "stop", "x" * 60, "bidi")
    assert answer.decisions == read(ROUND).decisions
    assert len(read(ROUND, **{f"k{n}": n for n in range(40)}).unknown_keys) == 16


def test_words_that_are_no_text_become_text() -> None:
    assert (
        decision_of(reasoning={"rsi": 28, "up": [True, None]}).reasoning
        == '{"rsi": "28", "up": [true, null]}'
    )
    assert decision_of(reasoning=[float("nan")]).reasoning == '["NaN"]'
    assert len(decision_of(reasoning="word " * 900).reasoning) <= 1200


def test_a_size_below_one_percent_is_written_with_its_mark() -> None:
    small = Decision(Action.BUY, "BTC", SCALE // 250, 5, confidence=SCALE)
    raw = encode_answer("", [small])
    assert b'"size_pct":"0.4%"' in raw
    answer = parse_answer(raw, ROUND)
    assert isinstance(answer, Answer)
    assert answer.decisions == (small,)
