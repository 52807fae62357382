"""Exits need no recorded price, follow the venue's own, and are not repeated without a pause."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.units import SCALE
from tests.execution.test_orders_are_sent_once import run
from tests.factories.live_loopback import loopback_stage
from tests.factories.live_orders import FEED, Stage, stage
from trading import models
from trading.domain.market import SymbolTick, Tick
from trading.domain.order_states import OPEN_STATES
from trading.domain.protecting import MOST_OPEN, Guard, plan_protection
from trading.domain.venue import Refused, Unclear
from trading.selectors import portfolio
from trading.services import record_ticks
from trading.services.protection import wider
from trading.services.switch import Turn, turn_switch

pytestmark = pytest.mark.django_db(transaction=True)

STOP = 58_000 * SCALE


class Changed:
    """A venue of which some methods are others."""

    def __init__(self, venue: Any, **methods: Any) -> None:
        self._venue = venue
        self.__dict__.update(methods)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the venue's."""
        return getattr(self._venue, name)


def changed(scene: Stage, **methods: Any) -> Stage:
    venue: Any = Changed(scene.venue, **methods)
    return replace(scene, desk=replace(scene.desk, venue=venue))


def flatten(scene: Stage) -> None:
    turn_switch(Turn("global", "flatten", "a trial", "ops@example.com", scene.clock()))


@pytest.mark.parametrize("venue", ["binanceusdm", "hyperliquid"])
def test_a_flatten_needs_no_recorded_price(venue: str) -> None:
    with loopback_stage(venue) as scene:
        scene.decide("ETH", qty=SCALE, stop=2_700 * SCALE)
        run(scene, 12)
        flatten(scene)
        run(scene, 20)
        assert scene.truth.positions == {}


def test_a_flatten_at_hyperliquid_follows_the_venues_price_not_an_old_one() -> None:
    with loopback_stage("hyperliquid") as scene:
        price = scene.truth.market.prices["ETH"]
        record_ticks(FEED, [Tick(scene.clock(), "test", (SymbolTick("ETH", price, price, price, price, 0),))])
        scene.decide("ETH", qty=SCALE, stop=price * 70 // 100)
        run(scene, 12)
        scene.truth.move("ETH", price * 90 // 100)
        flatten(scene)
        run(scene, 20)
        assert scene.truth.positions == {}


@given(st.integers(1, 10**15), st.sampled_from([1, -1]), st.integers(0, 40))
def test_each_refusal_moves_the_price_to_where_it_fills(price: int, side: int, refusals: int) -> None:
    before, after = wider(price, side, refusals), wider(price, side, refusals + 1)
    assert side * (after - before) >= 0
    assert abs(after - price) <= price * 3 // 10 + 1


def test_an_exit_that_is_refused_waits_longer_each_time_and_asks_for_a_person() -> None:
    scene = stage()
    scene.decide(stop=STOP)
    run(scene, 8)
    for order in list(scene.truth.open.values()):
        scene.truth.cancel(order)
    asked: list[int] = []

    def refuse(*_order: Any) -> Refused:
        asked.append(scene.clock())
        return Refused("permission", "Invalid API-key, IP, or permissions for action")

    refusing = changed(scene, submit=refuse)
    run(refusing, 120)
    assert len(asked) < 8
    run(refusing, 600)
    waits = [after - before for before, after in pairwise(asked)]
    assert waits == sorted(waits)
    account = models.VenueAccount.objects.get()
    assert (account.state, "refuses to close BTC" in account.frozen_reason) == ("frozen", True)
    run(scene, 400)
    assert scene.truth.positions == {}, "it is still tried, and goes through once the venue lets it"


def test_guards_do_not_pile_up_while_cancels_are_lost() -> None:
    scene = stage()
    lost = changed(scene, cancel=lambda _order: Unclear("no connection", sent=False))
    scene.decide(stop=STOP)
    run(scene, 12)
    scene.decide(stop=STOP)
    run(lost, 8)
    scene.decide(side=-1, close=True)
    run(lost, 60)
    assert len(scene.truth.open) <= MOST_OPEN
    run(scene, 30)
    assert [each.ticket.qty for each in scene.truth.open.values()] == [SCALE // 10]


def test_however_often_a_plan_is_made_with_cancels_unanswered_few_guards_are_placed() -> None:
    scene = stage()
    scene.decide(stop=STOP)
    run(scene, 8)
    position = portfolio(scene.desk.account_id).positions[0]
    like = (-position.side, position.qty, STOP)
    found = [Guard("a" * 32, "protect_stop", *like, "pending_cancel", "")]
    for number in range(1, 20):
        plan = plan_protection(scene.desk.account_id, "BTC", position, found, {"protect_stop": number})
        found += [Guard(each.id, "protect_stop", *like, "accepted", "") for each in plan.place]
        found = [replace(each, state="pending_cancel") if each.id in plan.cancel else each for each in found]
    assert len(found) == 2
    worst = [replace(each, id=f"{number}", state="pending_cancel") for number, each in enumerate(found * 2)]
    assert {each.state for each in worst} <= OPEN_STATES
    plan = plan_protection(scene.desk.account_id, "BTC", position, worst, {"protect_stop": 99})
    assert (plan.place, len(plan.cancel)) == ((), MOST_OPEN - 1)
