"""The random baseline trades as often, as large and as long as the field, and replays to the same lots."""

from collections.abc import Iterator

from agents.domain.answers import Answer, AnswerContext, parse_answer
from agents.domain.specs import SpecConfig
from kernel.units import SCALE
from tests.factories.deciders import decider
from tests.factories.observations import NO_FIELD, START_PRICES, walk_observation, walk_position, walk_view
from trading.domain.decisions import Action, Decision
from trading.domain.observation import FieldStats, MarketView, Observation

COIN = decider(SpecConfig("random", "coin"))
FIELD = FieldStats(
    opens_per_turn=SCALE // 4, mean_leverage=6 * SCALE, mean_size=SCALE // 20, mean_hold_rounds=8 * SCALE
)
TURNS = 2_000


def decide(observation: Observation) -> tuple[Decision, ...]:
    answer = parse_answer(COIN.decide(observation), AnswerContext(tuple(START_PRICES)))
    assert isinstance(answer, Answer)
    return answer.decisions


def turns(view: MarketView, *, held: bool = False) -> Iterator[tuple[Decision, ...]]:
    """Yield the decisions of two thousand contestants on one market: as many independent lots."""
    positions = (walk_position(view, "BTC", 1),) if held else ()
    for number in range(TURNS):
        yield decide(walk_observation(view, *positions, contestant_id=f"c{number}"))


def opens(view: MarketView) -> list[Decision]:
    return [decision for turn in turns(view) for decision in turn]


def test_it_opens_as_often_as_the_field_with_its_leverage_and_size() -> None:
    found = opens(walk_view(3, field=FIELD))
    assert abs(len(found) / TURNS - 0.25) < 0.04
    assert {(decision.leverage, decision.size) for decision in found} == {(6, SCALE // 20)}


def test_it_opens_several_at_once_where_the_field_does() -> None:
    busy = FieldStats(SCALE * 5 // 2, 0, 0, 0)
    counts = [len(turn) for turn in turns(walk_view(3, field=busy))]
    assert set(counts) == {2, 3}
    assert abs(sum(counts) / TURNS - 2.5) < 0.05


def test_directions_and_symbols_are_drawn_evenly() -> None:
    found = opens(walk_view(3, field=FIELD))
    longs = sum(decision.action is Action.BUY for decision in found)
    assert abs(longs / len(found) - 0.5) < 0.08
    for symbol in START_PRICES:
        assert abs(sum(decision.symbol == symbol for decision in found) / len(found) - 0.2) < 0.07


def test_a_position_leaves_so_that_it_lasts_as_long_as_the_fields() -> None:
    quiet = FieldStats(1, 0, 0, 8 * SCALE)
    left = sum(len(turn) for turn in turns(walk_view(3, field=quiet), held=True))
    assert abs(left / TURNS - 1 / 8) < 0.03


def test_until_the_field_has_traded_stated_figures_stand_in() -> None:
    found = opens(walk_view(3, field=NO_FIELD))
    assert abs(len(found) / TURNS - 0.10) < 0.03
    assert {(decision.leverage, decision.size) for decision in found} == {(4, SCALE // 10)}


def test_the_lots_depend_on_contestant_and_slot_alone() -> None:
    view = walk_view(3, field=FIELD)
    by_contestant = {decide(walk_observation(view, contestant_id=f"c{i}")) for i in range(40)}
    by_slot = {decide(walk_observation(walk_view(3, field=FIELD, slot=slot))) for slot in range(40)}
    assert len(by_contestant) > 5
    assert len(by_slot) > 5
    assert decide(walk_observation(view)) == decide(walk_observation(view))
