"""Stops and targets at the venue, watched conditions, the kill switch, reversals and limit orders."""

import pytest

from kernel.units import SCALE
from tests.execution.test_orders_are_sent_once import assert_books_are_the_venues, run, state_of
from tests.factories.live_orders import FEED, Stage, stage
from trading import models
from trading.domain.invalidation import Invalidation
from trading.domain.market import SymbolTick, Tick
from trading.domain.terms import Terms
from trading.services import Turn, record_ticks, turn_switch
from trading.services.protection_exits import finish_commands

pytestmark = pytest.mark.django_db(transaction=True)

STOP, TARGET = 58_000 * SCALE, 64_000 * SCALE


def guards(scene: Stage, *states: str) -> list[tuple[str, int, int | None]]:
    rows = models.Order.objects.filter(account_id=scene.desk.account_id, kind__startswith="protect")
    rows = rows.filter(state__in=states or ["accepted"])
    return sorted(rows.values_list("kind", "qty", "trigger"))


def resting(scene: Stage) -> list[tuple[str, int, int | None]]:
    opened = scene.truth.open.values()
    return sorted((each.ticket.kind, each.ticket.qty, each.ticket.trigger) for each in opened)


def opened(scene: Stage, qty: int = SCALE // 10) -> str:
    order_id = scene.decide(qty=qty, stop=STOP, target=TARGET)
    run(scene, 12)
    assert state_of(order_id) == "filled"
    return order_id


def test_an_opening_gets_its_stop_and_target_at_the_venue() -> None:
    scene = stage()
    opened(scene)
    assert resting(scene) == [("stop", SCALE // 10, STOP), ("take_profit", SCALE // 10, TARGET)]
    assert all(each.ticket.reduce_only for each in scene.truth.open.values())


def test_a_stop_that_fires_closes_the_position_and_takes_its_sibling_back() -> None:
    scene = stage()
    opened(scene)
    scene.truth.move("BTC", 57_900 * SCALE)
    run(scene, 20)
    assert scene.truth.positions == {}
    assert resting(scene) == []
    fill = models.Fill.objects.order_by("-market_ms").first()
    assert fill is not None
    assert (fill.kind, fill.qty) == ("stop_loss", SCALE // 10)
    assert models.ClosedTrade.objects.get().exit_kind == "stop_loss"
    assert_books_are_the_venues(scene)


def test_guards_follow_the_size_and_there_is_never_none() -> None:
    scene = stage()
    opened(scene)
    scene.decide(side=-1, qty=SCALE // 20, close=True)
    for _ in range(20):
        run(scene, 1)
        assert [row for row in resting(scene) if row[0] == "stop"], "the position is never unprotected"
    run(scene, 10)
    assert resting(scene) == [("stop", SCALE // 20, STOP), ("take_profit", SCALE // 20, TARGET)]


def test_a_guard_somebody_took_away_is_placed_again() -> None:
    scene = stage()
    opened(scene)
    for order in list(scene.truth.open.values()):
        scene.truth.cancel(order)
    run(scene, 30)
    assert [row[0] for row in resting(scene)] == ["stop", "take_profit"]


def test_a_stop_the_price_has_passed_already_closes_at_the_market() -> None:
    scene = stage()
    order_id = scene.decide(stop=STOP, target=TARGET)
    run(scene, 1)
    scene.truth.move("BTC", 57_000 * SCALE)
    run(scene, 30)
    assert state_of(order_id) == "filled"
    assert scene.truth.positions == {}
    assert models.ClosedTrade.objects.get().exit_kind == "stop_loss"
    assert_books_are_the_venues(scene)


def test_a_watched_condition_that_comes_true_closes_the_position() -> None:
    scene = stage()
    scene.decide(watch=Invalidation("price", "tick", "below", 59_000 * SCALE))
    run(scene, 12)
    price = 58_990 * SCALE
    tick = Tick(scene.clock() + 1, "test", (SymbolTick("BTC", price, price, price, price, 0),))
    record_ticks(FEED, [tick])
    run(scene, 20)
    assert models.ClosedTrade.objects.get().exit_kind == "invalidated"
    assert_books_are_the_venues(scene)


@pytest.mark.parametrize("level", ["reducing", "halted"])
def test_the_switch_takes_back_what_could_open_and_leaves_the_guards(level: str) -> None:
    scene = stage()
    opened(scene)
    resting_buy = scene.decide("ETH", qty=SCALE, terms=Terms("limit", 2_900 * SCALE, "gtc"))
    run(scene, 8)
    assert state_of(resting_buy) == "accepted"
    turn_switch(Turn(scene.desk.account_id, level, "a trial", "ops@example.com", scene.clock()))
    opening = scene.decide("SOL", qty=10 * SCALE)
    run(scene, 16)
    assert (state_of(resting_buy), state_of(opening)) == ("canceled", "denied")
    assert [row[0] for row in resting(scene)] == ["stop", "take_profit"]


def test_flatten_closes_every_position_and_takes_the_guards_back() -> None:
    scene = stage()
    opened(scene)
    scene.decide("ETH", side=-1, qty=SCALE)
    run(scene, 12)
    turn_switch(Turn(scene.desk.account_id, "flatten", "a trial", "ops@example.com", scene.clock()))
    run(scene, 30)
    assert (scene.truth.positions, resting(scene)) == ({}, [])
    assert finish_commands(scene.clock()) == 1
    assert models.Command.objects.get().effective_ms == scene.clock()
    assert set(models.ClosedTrade.objects.values_list("exit_kind", flat=True)) == {"flatten"}
    assert_books_are_the_venues(scene)


def test_flatten_goes_on_where_one_close_came_only_half_through() -> None:
    scene = stage()
    opened(scene)
    scene.server.faults.next("binanceusdm", "partial_cut")
    turn_switch(Turn(scene.desk.account_id, "flatten", "a trial", "ops@example.com", scene.clock()))
    run(scene, 40)
    assert scene.truth.positions == {}
    assert_books_are_the_venues(scene)


def test_a_reversal_closes_first_and_opens_once_it_is_flat() -> None:
    scene = stage()
    opened(scene)
    order_id = scene.decide(side=-1, qty=SCALE // 20, reverse=True, leverage=5)
    run(scene, 30)
    assert state_of(order_id) == "filled"
    assert scene.truth.positions == {"BTC": -SCALE // 20}
    assert models.ClosedTrade.objects.count() == 1
    assert_books_are_the_venues(scene)


def test_an_opening_against_the_position_is_denied_unless_it_asks_for_it() -> None:
    scene = stage()
    opened(scene)
    order_id = scene.decide(side=-1)
    run(scene, 6)
    order = models.Order.objects.get(id=order_id)
    assert (order.state, order.reason) == ("denied", "position_opposite")


def test_a_limit_order_rests_and_fills_as_maker() -> None:
    scene = stage()
    order_id = scene.decide(terms=Terms("limit", 59_000 * SCALE, "gtc"))
    run(scene, 8)
    assert state_of(order_id) == "accepted"
    scene.truth.move("BTC", 58_990 * SCALE)
    run(scene, 12)
    assert state_of(order_id) == "filled"
    fill = models.Fill.objects.get()
    assert fill.maker
    assert_books_are_the_venues(scene)


def test_the_dead_mans_switch_is_held_only_while_something_could_open() -> None:
    scene = stage()
    order_id = scene.decide(terms=Terms("limit", 59_000 * SCALE, "gtc"))
    run(scene, 16)
    assert 120_000 in scene.venue.dead_man
    scene.truth.move("BTC", 58_990 * SCALE)
    run(scene, 30)
    assert state_of(order_id) == "filled"
    assert scene.venue.dead_man[-1] == 0


@pytest.mark.parametrize(
    "fault", ["late_fill", "split_fill", "duplicate_fill", "out_of_order", "partial_cut"]
)
def test_whatever_the_fills_look_like_the_books_are_the_venues(fault: str) -> None:
    scene = stage()
    scene.server.faults.next("binanceusdm", fault)
    order_id = scene.decide(stop=STOP)
    run(scene, 30)
    order = models.Order.objects.get(id=order_id)
    assert order.state == ("canceled" if fault == "partial_cut" else "filled")
    assert sum(models.Fill.objects.filter(order_id=order_id).values_list("qty", flat=True)) == order.filled
    assert_books_are_the_venues(scene)
    if fault == "late_fill":
        steps = models.OrderStep.objects.filter(order_id=order_id).values_list("before", "after")
        assert ("canceled", "filled") in steps or ("accepted", "filled") in steps


def test_a_trailing_stop_is_followed_by_its_guard() -> None:
    scene = stage()
    scene.decide(stop=STOP, trail=SCALE // 50)
    run(scene, 12)
    assert resting(scene) == [("stop", SCALE // 10, 58_800 * SCALE)]
    price = 62_000 * SCALE
    scene.truth.move("BTC", price)
    tick = Tick(scene.clock() + 1, "test", (SymbolTick("BTC", price, price, price, price, 0),))
    record_ticks(FEED, [tick])
    run(scene, 20)
    assert resting(scene) == [("stop", SCALE // 10, 60_760 * SCALE)]
