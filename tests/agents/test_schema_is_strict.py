"""The answer's schema: strict for every provider, and what it allows within bounds is what we read."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # publishes no types

from agents.domain.answers import REJECTION_CODES, Answer, AnswerContext, AnswerLimits, parse_answer
from agents.domain.llm.prompt_system import render_system
from agents.domain.llm.schema import SCHEMA_NAME, answer_schema
from kernel.units import SCALE
from tests.factories.prompts import prompt_view
from trading.domain.invalidation import COMPARISONS, METRICS, TIMEFRAMES
from trading.domain.rules import PERCENT, RiskLimits, RuleBook

SYMBOLS = ("BTC", "ETH")
RULES = RuleBook(symbols=SYMBOLS)
SCHEMA = answer_schema(SYMBOLS, RULES)
ITEM = SCHEMA["properties"]["decisions"]["items"]
CHECK = Draft202012Validator(SCHEMA)
TAKEN_BY_ALL = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "anyOf",
    "description",
}
MOST_OPTIONAL = 16
"""Parameters with a union type that Anthropic's structured outputs take in one schema."""


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Return the schema and every schema in it."""
    yield schema
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    for child in inner + ([schema["items"]] if "items" in schema else []):
        yield from parts(child)


def prices(low: int, high: int) -> st.SearchStrategy[float]:
    """Return prices with two decimals."""
    return st.integers(low * 100, high * 100).map(lambda cents: cents / 100)


WATCHED = st.one_of(
    st.fixed_dictionaries(
        {
            "metric": st.just("close"),
            "timeframe": st.sampled_from([name for name in TIMEFRAMES if name != "tick"]),
            "comparison": st.sampled_from(COMPARISONS),
            "value": prices(1, 200),
        }
    ),
    st.fixed_dictionaries(
        {
            "metric": st.sampled_from(["price", "held_minutes"]),
            "timeframe": st.just("tick"),
            "comparison": st.just("above"),
            "value": st.integers(1, 500),
        }
    ),
)

WORDS = st.text(st.characters(codec="utf-8"), max_size=200)


def items(symbol: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return decisions on a symbol at 100 USDT that keep to the schema and to its descriptions."""
    said: dict[str, st.SearchStrategy[Any]] = {
        "reasoning": WORDS,
        "symbol": st.just(symbol),
        "evidence": st.lists(WORDS, max_size=8),
    }
    quiet = {name: st.none() for name in ("leverage", "stop_loss", "take_profit", "invalidation")}
    said |= {"limit_price": st.none(), "trailing_pct": st.none(), "reverse": st.just(False)}
    sure = st.integers(0, 100).map(lambda part: part / 100)
    purchase = {
        "action": st.just("BUY"),
        "size_pct": st.integers(100, 2_000).map(lambda part: part / 100),
        "leverage": st.integers(3, 10),
        "stop_loss": prices(91, 99),
        "take_profit": prices(101, 149),
        "invalidation": st.none() | WATCHED,
        "confidence": sure,
        "limit_price": st.none() | prices(51, 149),
        "trailing_pct": st.none() | st.integers(1, 200).map(lambda part: part / 10),
        "reverse": st.booleans(),
    }
    closing = {
        "action": st.just("CLOSE"),
        "size_pct": st.none() | st.integers(1, 100),
        "confidence": st.none() | sure,
    }
    holding = {"action": st.just("HOLD"), "size_pct": st.none(), "confidence": st.none() | sure}
    kinds = ({**said, **purchase}, {**said, **quiet, **closing}, {**said, **quiet, **holding})
    return st.one_of(*(st.fixed_dictionaries(kind) for kind in kinds))


ANSWERS = st.fixed_dictionaries(
    {
        "summary": WORDS,
        "decisions": st.tuples(items("BTC"), items("ETH")).map(list)
        | items("ETH").map(lambda item: [item])
        | st.just([]),
    }
)

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(["BUY", "BTC"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ITEM["properties"], "x"]), inner)
    ),
    max_leaves=12,
)


def test_the_schema_is_a_schema_and_its_name_one_that_providers_take() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA_NAME.replace("_", "").isalnum()
    assert len(SCHEMA_NAME) <= 64


def test_only_words_that_every_provider_takes_are_used() -> None:
    for part in parts(SCHEMA):
        assert set(part) <= TAKEN_BY_ALL
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])
    assert sum("anyOf" in part for part in parts(SCHEMA)) <= MOST_OPTIONAL


def test_the_schema_survives_the_clients_own_rewriting() -> None:
    rewritten = anthropic.transform_schema(SCHEMA)
    validator = Draft202012Validator(rewritten)
    told = json.dumps(rewritten)
    assert validator.is_valid({"summary": "", "decisions": []})
    assert not validator.is_valid({"summary": "", "decisions": [{}]})
    for part in parts(SCHEMA):
        if "description" in part and "enum" not in part:
            assert json.dumps(part["description"]) in told


def test_reasoning_comes_before_action() -> None:
    names = list(ITEM["properties"])
    assert names[0] == "reasoning"
    assert names[1] == "action"
    assert list(SCHEMA["properties"]) == ["summary", "decisions"]


def test_the_prompt_explains_every_field_and_every_choice() -> None:
    told = render_system(prompt_view(), "")
    for name in (
        *ITEM["properties"],
        *METRICS,
        *TIMEFRAMES,
        *COMPARISONS,
        *ITEM["properties"]["action"]["enum"],
    ):
        assert f'"{name}"' in told, name


def test_a_season_without_limit_orders_is_asked_for_none() -> None:
    old = replace(RULES, limit_orders=False)
    fields = answer_schema(SYMBOLS, old)["properties"]["decisions"]["items"]["properties"]
    assert set(ITEM["properties"]) - set(fields) == {"limit_price", "trailing_pct", "reverse"}
    view = prompt_view()
    told = render_system(replace(view, rules=replace(view.rules, limit_orders=False, funding=False)), "")
    assert "limit_price" not in told
    assert "they are information and are not charged" in told


def test_bounds_stand_in_the_descriptions_and_come_from_the_rules() -> None:
    limits = RiskLimits(min_leverage=2, max_leverage=7, max_position=13 * PERCENT)
    told = json.dumps(answer_schema(SYMBOLS, RuleBook(symbols=SYMBOLS, limits=limits)))
    assert "a whole number from 2 to 7." in told
    assert "from 1 to 13." in told
    assert "from 1 to 20." in json.dumps(SCHEMA)


@given(ANSWERS)
def test_what_keeps_to_the_schema_and_its_bounds_is_read_to_the_last_decision(answer: dict[str, Any]) -> None:
    CHECK.validate(answer)
    limits = AnswerLimits(20 * PERCENT, 3, 10)
    marks, sides = dict.fromkeys(SYMBOLS, 100 * SCALE), dict.fromkeys(SYMBOLS, 1)
    read = parse_answer(json.dumps(answer), AnswerContext(SYMBOLS, marks, sides, limits))
    assert isinstance(read, Answer)
    assert read.rejected == ()
    assert read.unknown_keys == ()
    asked = [(item["action"], item["symbol"]) for item in answer["decisions"]]
    assert [(item.action.value, item.symbol) for item in read.decisions] == asked
    watched = [item["invalidation"] is not None for item in answer["decisions"]]
    assert [item.watch is not None for item in read.decisions] == watched


@given(ANY_JSON)
def test_what_the_schema_refuses_is_nothing_it_names_and_we_refuse_it_or_read_it_within_bounds(
    value: Any,
) -> None:
    document = {"summary": "", "decisions": [value]}
    read = parse_answer(json.dumps(document), AnswerContext(SYMBOLS))
    assert isinstance(read, Answer)
    assert all(item.code in REJECTION_CODES for item in read.rejected)
    if CHECK.is_valid(document):
        assert isinstance(value, dict)
        assert value["symbol"] in SYMBOLS


@pytest.mark.parametrize("names", [(), ("btc",), ("BTC; DROP",), ("",)])
def test_a_schema_without_a_symbol_is_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="at least one symbol"):
        answer_schema(names, RULES)
