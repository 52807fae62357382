"""Whatever the text: the reader ends, returns a value, and nothing outside the bounds comes out."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.domain.answers import (
    REJECTION_CODES,
    UNREADABLE_CODES,
    Answer,
    AnswerContext,
    AnswerLimits,
    Unreadable,
    parse_answer,
)
from bench.answers import worst_texts
from kernel.units import SCALE
from trading.domain.decisions import Action, Decision

MARK = 65_000 * SCALE
CONTEXT = AnswerContext(
    ("BTC", "ETH"), {"BTC": MARK, "ETH": 3_000 * SCALE}, {"ETH": -1}, AnswerLimits(SCALE // 5, 3, 10)
)
BUY: dict[str, Any] = {
    "action": "BUY", "symbol": "BTC", "size_pct": 10, "leverage": 5, "stop_loss": 63000,
    "take_profit": 69000, "confidence": 0.7, "reasoning": "RSI low", "invalidation": None,
    "evidence": ["rsi"],
}  # fmt: skip
DRESSES = (
    "{}", "```json\n{}\n```", "<think>x</think>{}", "[{}]", '{{"decision": {}}}', '{{"decisions": [{}, 3]}}',
    "<|channel|>final<|message|>{}", 'Here: {} "so"', "{}{}", '{{"name":"submit_decision","arguments":{}}}',
)  # fmt: skip
PIECES = (
    "{", "}", "[", "]", "x", '"', "'", ",", ":", "\\", "//", "/*", "#", "\n", "<think>", "</think>",

    "\u201c", "\uff0c", "\uff5b", "NaN", "None", "-", "1e400", "\u200b", "\x00", "\ud800", "<|channel|>",
    "```", "0", "%",
)  # fmt: skip


def check(answer: Answer | Unreadable) -> None:
    if isinstance(answer, Unreadable):
        assert answer.code in UNREADABLE_CODES
        return
    assert {item.code for item in answer.rejected} <= REJECTION_CODES
    for decision in answer.decisions:
        check_decision(decision)
    words = "".join([answer.summary, *answer.unknown_keys, *(d.reasoning for d in answer.decisions)])
    words.encode()
    assert "\x00" not in words


def check_decision(decision: Decision) -> None:
    assert decision.symbol in CONTEXT.symbols
    assert 0 <= decision.confidence <= SCALE
    assert len(decision.evidence) <= 12
    assert all(len(key) <= 60 for key in decision.evidence)
    if decision.action is Action.CLOSE:
        assert decision.symbol == "ETH"
        assert SCALE // 100 <= decision.size <= SCALE
    if not decision.action.is_open:
        assert (decision.leverage, decision.stop_loss, decision.take_profit) == (0, None, None)
        return
    assert CONTEXT.marks is not None
    mark, side = CONTEXT.marks[decision.symbol], 1 if decision.action is Action.BUY else -1
    assert 0 < decision.size <= SCALE // 5
    assert 3 <= decision.leverage <= 10
    assert decision.stop_loss is not None
    assert decision.take_profit is not None
    assert 0 < side * (mark - decision.stop_loss) * decision.leverage < mark
    assert 0 < side * (decision.take_profit - mark) <= mark // 2


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Return a valid answer in some dress, cut, doubled and sprinkled with pieces."""
    text = draw(st.sampled_from(DRESSES)).replace("{}", json.dumps(BUY)).replace("{{", "{").replace("}}", "}")
    for _ in range(draw(st.integers(0, 4))):
        place, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        piece = draw(st.sampled_from(PIECES) | st.text(max_size=3) | st.just(text[place:end]))
        is_cut = draw(st.booleans()) and end - place < 8
        text = text[:place] + piece + text[end if is_cut else place :]
    return text


values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["5x", "9%"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(BUY)), inner, max_size=9)
    ),
    max_leaves=12,
)
odd_items = st.dictionaries(st.sampled_from(list(BUY)), values).map(lambda odd: {**BUY, **odd})
near_items = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["BUY", "sell", "LONG", "CLOSE", "close_long", "HOLD"]),
        "symbol": st.sampled_from(["BTC", "eth/usdt", "SOL"]),
        "size_pct": st.floats(0, 40) | st.integers(-1, 101) | st.sampled_from(["0.5%", "20%", "20.1%"]),
        "leverage": st.integers(-1, 130) | st.sampled_from(["3x", "11x", 4.0]),
        "stop_loss": st.floats(1_000, 100_000) | st.none() | st.sampled_from(["$63,000", 3100, 2900]),
        "take_profit": st.floats(1_000, 100_000) | st.none() | st.sampled_from(["69000 USDT", 3100, 2900]),
        "confidence": st.floats(-1, 2) | st.sampled_from(["70%", 1, 100]),
    }
)


@settings(max_examples=400, deadline=None)
@given(st.binary() | st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_bytes_and_no_text_make_it_raise(raw: bytes | str) -> None:
    check(parse_answer(raw, CONTEXT))


@settings(max_examples=600, deadline=None)
@given(mutated())
def test_a_damaged_answer_is_read_within_the_bounds_or_not_at_all(raw: str) -> None:
    check(parse_answer(raw, CONTEXT))
    check(parse_answer(raw.encode("utf-8", "surrogatepass"), CONTEXT))


@settings(max_examples=400, deadline=None)
@given(st.lists(odd_items | near_items | values, max_size=4), st.sampled_from(DRESSES))
def test_nothing_outside_the_bounds_comes_out_of_any_dress(items: list[Any], dress: str) -> None:
    body = json.dumps({"summary": "x", "decisions": items})
    check(parse_answer(dress.replace("{{", "{").replace("}}", "}").replace("{}", body), CONTEXT))


@settings(max_examples=200, deadline=None)
@given(values)
def test_any_nested_value_is_answered(value: Any) -> None:
    for text in (json.dumps(value), repr(value), json.dumps(json.dumps(value))):
        check(parse_answer(text, CONTEXT))


@settings(max_examples=100, deadline=None)
@given(mutated())
def test_the_same_text_is_read_the_same_way_again(raw: str) -> None:
    assert parse_answer(raw, CONTEXT) == parse_answer(raw, CONTEXT)


def test_the_near_items_reach_an_order() -> None:
    answer = parse_answer(json.dumps(BUY), CONTEXT)
    assert isinstance(answer, Answer)
    assert [decision.action for decision in answer.decisions] == [Action.BUY]


@pytest.mark.parametrize(("name", "text"), [pytest.param(*pair, id=pair[0]) for pair in worst_texts()])
def test_the_worst_text_of_64_kib_does_not_take_long(name: str, text: str) -> None:
    started = time.process_time()
    parse_answer(text, CONTEXT)
    # bench/answers.py holds it to 5 ms; here only what grows out of hand is caught, on any machine.
    assert time.process_time() - started < 0.1, name
