"""What people and programs are shown: everything a model is told, exact and canonical."""

import json
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from agents.domain.answers import Answer, AnswerContext, encode_answer, parse_answer
from agents.domain.llm.schema import answer_schema
from agents.domain.seat_answers import answer_context, read_for_sender, rules_context
from agents.domain.seats import (
    CANDLES_SHOWN,
    FORM,
    LEVELS_SHOWN,
    PRESENT_MS,
    Question,
    is_present,
    observation_form,
)
from kernel.canonical import canonical_bytes
from kernel.units import SCALE, to_units
from tests.factories.contests import buy
from tests.factories.observations import NOW_MS, walk_instrument, walk_observation, walk_position, walk_view
from trading.domain.invalidation import Invalidation
from trading.domain.observation import Memory, Observation, OwnRecord, PastTrade, Thesis
from trading.domain.rules import PROFILES, RiskLimits, RuleBook

ASKED = Question("5" * 32, 128, NOW_MS + 60_000)


def seen(**changes: Any) -> Observation:
    """Return an observation with a long, a short and a memory."""
    view = walk_view(3)
    view = replace(view, instruments={part: walk_instrument(part) for part in view.marks})
    watch = Invalidation("price", "tick", "below", 60_000 * SCALE)
    record = OwnRecord(
        2, 12, SCALE // 80, SCALE // 70, 7, SCALE // 50, 4, 3, 9, 10**12, 10**12, 1, 5, PROFILES["moderate"]
    )
    memory = Memory(
        (Thesis("BTC", NOW_MS - 5, SCALE // 2, "it may rise", "below 60000", watch),),
        (PastTrade("ETH", -1, NOW_MS - 9, NOW_MS - 8, -5 * SCALE, SCALE, "stop_loss"),),
        record,
    )
    found = walk_observation(view, walk_position(view, "BTC", 1), walk_position(view, "ETH", -1))
    return replace(found, **{"memory": memory, **changes})


def test_the_form_is_canonical_and_the_same_for_the_same_observation() -> None:
    first, again = (canonical_bytes(observation_form(seen(), ASKED)) for _ in range(2))
    assert first == again
    assert json.loads(first)["form"] == FORM


def test_it_holds_every_part_of_the_observation() -> None:
    shown, market = observation_form(seen(), ASKED), seen().market
    assert (shown["turn"], shown["round"], shown["deadline_ms"]) == ASKED
    assert (shown["slot"], shown["snapshot_sha256"]) == (market.slot, market.snapshot_sha256)
    for part, of_symbol in zip(shown["market"], market.snapshot.symbols, strict=True):
        assert to_units(part["mark"]) == of_symbol.mark
        assert {name: to_units(text) for name, text in part["features"].items()} == market.features[
            of_symbol.symbol
        ]
        assert len(part["candles"]) == min(CANDLES_SHOWN, len(of_symbol.candles))
        assert part["candles"][-1][0] == of_symbol.candles[-1].open_ms
        assert len(part["book"]["bids"]) == LEVELS_SHOWN
        assert to_units(part["book"]["asks"][0][0]) == of_symbol.book.asks[0].price
    assert set(shown["rules"]["limits"]) == {field.name for field in fields(RiskLimits)}
    assert set(shown["instruments"]) == set(market.marks)


def test_amounts_and_ratios_of_the_rules_are_decimals_and_counts_are_whole_numbers() -> None:
    limits = observation_form(seen(), ASKED)["rules"]["limits"]
    assert limits["max_position"] == "0.2"
    assert limits["max_leverage"] == 10
    assert limits["max_data_age_ms"] == 90_000
    assert limits["require_stop"] is True
    amounts = {name for name, value in vars_of(RiskLimits()).items() if type(value) is int and value > 10**5}
    amounts -= {"cooldown_ms"}
    assert {name for name, value in limits.items() if isinstance(value, str)} >= amounts


def vars_of(limits: RiskLimits) -> dict[str, Any]:
    return {field.name: getattr(limits, field.name) for field in fields(limits)}


def test_positions_say_what_they_are_worth_and_where_they_end() -> None:
    long, short = observation_form(seen(), ASKED)["positions"]
    assert (long["symbol"], long["side"], short["symbol"], short["side"]) == ("BTC", "long", "ETH", "short")
    assert to_units(long["notional"]) == to_units(long["qty"]) * to_units(long["mark"]) // SCALE
    assert long["take_profit"] is None
    assert to_units(long["stop_loss"]) < to_units(long["mark"]) < to_units(long["entry_price"]) * 2


def test_the_own_past_is_told_and_absent_where_none_is_kept() -> None:
    memory = observation_form(seen(), ASKED)["memory"]
    assert memory["theses"][0]["watch"] == {
        "metric": "price",
        "timeframe": "tick",
        "comparison": "below",
        "value": "60000",
    }
    assert (memory["trades"][0]["side"], memory["trades"][0]["pnl"]) == ("short", "-5")
    assert (memory["record"]["net"], memory["record"]["rank"]) == ("0.0125", 2)
    assert memory["record"]["profile"]["name"] == "moderate"
    assert observation_form(seen(memory=None), ASKED)["memory"] is None


def test_it_says_how_to_answer() -> None:
    shown = observation_form(seen(), ASKED)
    assert shown["answer_schema"] == answer_schema(tuple(seen().market.marks), seen().market.rules)


def test_the_contestants_own_name_stays_out() -> None:
    text = canonical_bytes(observation_form(seen(contestant_id="a-secret-seat"), ASKED))
    assert b"a-secret-seat" not in text


def test_an_answer_is_read_against_what_was_shown() -> None:
    context = answer_context(json.loads(canonical_bytes(observation_form(seen(), ASKED))))
    assert context.marks == seen().market.marks
    assert context.sides == {"BTC": 1, "ETH": -1}
    assert context.limits is not None
    assert (context.limits.max_size, context.limits.max_leverage) == (SCALE // 5, 10)
    before = rules_context(RuleBook(symbols=("BTC",)))
    assert (before.symbols, before.marks, before.limits) == (("BTC",), None, context.limits)


def test_a_sender_is_told_what_the_round_will_read_and_what_the_rules_will_say() -> None:
    context = AnswerContext(("BTC",), {"BTC": 100 * SCALE}, {}, answer_context_limits())
    good = read_for_sender(encode_answer("", (buy(stop=95, target=110),)), context)
    assert (len(good.decisions), good.rejected, good.objections) == (1, (), ())
    wrong_side = read_for_sender(encode_answer("", (buy(stop=105, target=110),)), context)
    assert (len(wrong_side.decisions), wrong_side.rejected) == (1, ())
    assert len(wrong_side.objections) == 1
    assert read_for_sender(b"no", context).unreadable == "not_json"
    elsewhere = read_for_sender(encode_answer("", (buy("DOGE"),)), context)
    assert ([item.code for item in elsewhere.rejected], elsewhere.objections) == (["unknown_symbol"], ())


def answer_context_limits() -> Any:
    return rules_context(RuleBook(symbols=("BTC",))).limits


def test_presence_ends_after_its_time() -> None:
    assert is_present(1_000, 1_000 + PRESENT_MS)
    assert not is_present(1_000, 1_001 + PRESENT_MS)
    assert not is_present(0, NOW_MS)


def test_the_documented_example_has_the_fields_of_the_form() -> None:
    text = Path("docs/bring-your-own.md").read_text()
    found = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert found is not None
    example, shown = json.loads(found[1]), json.loads(canonical_bytes(observation_form(seen(), ASKED)))
    assert set(example) == set(shown)
    assert set(example["market"][0]) == set(shown["market"][0])
    assert set(example["positions"][0]) == set(shown["positions"][0])
    assert set(example["portfolio"]) == set(shown["portfolio"])
    assert set(example["instruments"]["BTC"]) == set(shown["instruments"]["BTC"])
    assert set(example["memory"]) == set(shown["memory"])
    assert set(example["rules"]) == set(shown["rules"])
    assert set(example["rules"]["limits"]) <= set(shown["rules"]["limits"])


def test_an_answer_in_the_documented_form_is_read() -> None:
    context = answer_context(observation_form(seen(), ASKED))
    answer = parse_answer(encode_answer("", (buy(stop=None),)), AnswerContext(context.symbols))
    assert isinstance(answer, Answer)
    assert answer.decisions[0].symbol == "BTC"
