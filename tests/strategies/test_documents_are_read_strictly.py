"""A strategy's document: what it takes, what it refuses and in which words, and its one canonical form."""

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.domain.strategy.explaining import explain
from agents.domain.strategy.fields import StrategyError
from agents.domain.strategy.names import UNIT_WORDS, UNITS, WORDS
from agents.domain.strategy.reading import parse_strategy, read_strategy
from agents.selectors.strategies import EXAMPLES, example_strategies
from tests.factories.strategies import ALWAYS, RSI_DIP, documents, in_place

PLACES = [
    ("form", "strategy-2", "form: 'strategy-2' is not read here; write strategy-1"),
    ("name", "RSI dip", "name: 'RSI dip' must be 1 to 40 of a-z"),
    ("symbols", [], 'symbols: names none; list symbols, or write "all"'),
    ("symbols", ["BTC", "BTC"], "symbols[1]: BTC is named twice"),
    ("symbols", ["btc!"], "symbols[0]: 'btc!' is no symbol"),
    ("entry", {}, "entry: needs a rule for long, for short, or for both"),
    (
        "entry.long.all.0.feature",
        "rsi14",
        "entry.long.all[0].feature: 'rsi14' is unknown; did you mean rsi_14?",
    ),
    (
        "entry.long.all.0.feature",
        "held_minutes",
        "held_minutes tells of an open position and can stand in exit only",
    ),
    ("entry.long.all.0.op", "=<", "entry.long.all[0].op: '=<' is unknown; use one of <, <=, >, >="),
    ("entry.long.all.0.than", "ema_20", "entry.long.all[0].than: ema_20 (price) and rsi_14 (index)"),
    ("entry.long.all.0.than", "rsi_14", "entry.long.all[0].than: compares rsi_14 with itself"),
    ("entry.long.all.0.than", "1e99", "must be a plain decimal number"),
    ("entry.long.all.0.than", "99999999999", "entry.long.all[0].than: must be a plain decimal number"),
    ("entry.long.all", [{"feature": "rsi_14"}], "entry.long.all[0].op: is missing"),
    ("entry.long.all", "x", "entry.long.all: must be a list, not 'x'"),
    ("entry.long.all", [{"any": []}], "entry.long.all[0]: asks nothing"),
    ("entry.short", 5, "entry.short: must be an object, not a int"),
    (
        "exit.short",
        {"all": [{"feature": "mark", "op": "<", "than": 1}]},
        "exit.short: closes what entry.short",
    ),
    ("sizing.size_pct", "0", "sizing.size_pct: must lie between 0.01 and 100, not 0"),
    ("sizing.method", "martingale", "sizing.method: 'martingale' is unknown; use one of fraction, risk"),
    ("sizing.cap_pct", "1", "sizing.cap_pct: bounds what kelly risks"),
    ("sizing.leverage", 2.5, "sizing.leverage: must be a whole number from 1 to 125, not 2.5"),
    ("sizing.leverage", 1000, "sizing.leverage: must be a whole number from 1 to 125, not 1000"),
    ("sizing.leverage", True, "sizing.leverage: must be a whole number"),
    ("sizing.leverage", 10**4000, "sizing.leverage: must be a whole number"),
    ("sizing.stop", None, "sizing.stop: is missing"),
    ("sizing.stop.kind", "atrs", "sizing.stop.kind: 'atrs' is unknown; did you mean atr?"),
    ("sizing.target.value", "11", "sizing.target.value: must lie between 0.1 and 10, not 11"),
    ("confidence", "1.5", "confidence: must lie between 0 and 1, not 1.5"),
    ("confidence", float("nan"), "confidence: must be a plain decimal number"),
    ("max_positions", 0, "max_positions: must be a whole number from 1 to 50, not 0"),
    ("exits", {}, "exits: is no field here; did you mean exit?"),
]


@pytest.mark.parametrize(
    ("place", "value", "sentence"), PLACES, ids=[f"{number} {row[0]}" for number, row in enumerate(PLACES)]
)
def test_what_is_wrong_is_named_by_its_place_in_one_sentence(place: str, value: Any, sentence: str) -> None:
    with pytest.raises(StrategyError) as refused:
        read_strategy(in_place(RSI_DIP, place, value))
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "one JSON object"),
        ("[1]", "one JSON object"),
        ("{} trailing", "one JSON object"),
        (b"\xff\xfe", "UTF-8"),
        ("[" * 600, "nests too deep"),
        ('{"a":' * 9 + "1" + "}" * 9, "nests too deep"),
        ('{"name": "a", "name": "b"}', "says two things under one key"),
        (" " * 70_000, "longer than 64 KiB"),
    ],
)
def test_text_that_is_no_document_is_refused(text: str | bytes, sentence: str) -> None:
    with pytest.raises(StrategyError, match=sentence):
        parse_strategy(text)


@pytest.mark.parametrize("confidence", [None, "0.6"])
def test_kelly_needs_a_target_and_a_confidence(confidence: str | None) -> None:
    document = in_place(in_place(ALWAYS, "sizing.method", "kelly"), "confidence", confidence)
    with pytest.raises(StrategyError, match=r"sizing.method: kelly needs a target and a stated confidence"):
        read_strategy(document)


def test_more_conditions_than_a_person_can_follow_are_refused() -> None:
    condition = {"feature": "rsi_14", "op": "<", "than": "30"}
    many = {"all": [{"any": [condition] * 7}] * 7}
    with pytest.raises(StrategyError, match="52 conditions; at most 48"):
        read_strategy(in_place(RSI_DIP, "entry.long", many))
    with pytest.raises(StrategyError, match=r"entry.long.all: holds 9 parts"):
        read_strategy(in_place(RSI_DIP, "entry.long", {"all": [condition] * 9}))
    nested = {"all": [{"any": [{"all": [condition]}]}]}
    with pytest.raises(StrategyError, match="flatten it"):
        read_strategy(in_place(RSI_DIP, "entry.long", nested))


def test_one_strategy_written_in_several_ways_has_one_form_and_hash() -> None:
    first = read_strategy(RSI_DIP)
    other = copy.deepcopy(RSI_DIP)
    other["sizing"] |= {"size_pct": 10.0, "leverage": "4"}
    other["entry"]["long"]["all"][0]["than"] = 35
    other["entry"]["long"]["any"] = []
    other["entry"]["short"] = None
    assert read_strategy(other) == first
    text = json.dumps(dict(reversed(other.items())), indent=3)
    assert parse_strategy(text).sha256 == first.sha256
    assert read_strategy(in_place(RSI_DIP, "confidence", "0.67")).sha256 != first.sha256


@settings(max_examples=200)
@given(documents())
def test_a_sound_document_reads_back_from_its_own_bytes(document: dict[str, Any]) -> None:
    strategy = read_strategy(document)
    again = parse_strategy(strategy.to_bytes())
    assert (again, again.to_bytes()) == (strategy, strategy.to_bytes())
    assert all(sentence.endswith(".") for sentence in explain(strategy))


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(list(UNITS))
)
KEYS = st.sampled_from(["all", "any", "long", "short", "feature", "op", "than", "kind", "value"]) | st.text(
    max_size=3
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
PATHS = ["name", "symbols", "entry", "entry.long", "entry.long.all", "entry.long.all.0", "exit", "filters",
         "sizing", "sizing.stop", "sizing.size_pct", "confidence", "max_positions", "other"]  # fmt: skip


@settings(max_examples=300)
@given(st.sampled_from(PATHS), ANYTHING)
def test_nothing_but_a_refusal_is_raised_whatever_stands_in_a_place(place: str, value: Any) -> None:
    with contextlib.suppress(StrategyError):
        strategy = read_strategy(in_place(RSI_DIP, place, value))
        assert read_strategy(strategy.canonical()) == strategy


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_text_or_bytes_break_the_reader(raw: bytes | str) -> None:
    with pytest.raises(StrategyError):
        parse_strategy(raw)


def test_every_figure_has_words_and_its_unit_too() -> None:
    assert set(WORDS) == set(UNITS)
    assert set(UNITS.values()) == set(UNIT_WORDS)


def test_the_examples_are_sound_and_named_like_their_files() -> None:
    assert [path.stem for path in sorted(EXAMPLES.glob("*.json"))] == [s.name for s in example_strategies()]
    told = explain(parse_strategy((EXAMPLES / "rsi-dip.json").read_bytes()))
    assert told[1] == "Opens a long when RSI (14) is below 35 and price is below lower Bollinger band."
    assert told[2] == "Opens only while spread is below 0.1 %."
    assert "either price is at least middle Bollinger band or time held is above 180 min" in told[3]
