"""The same through the real adapter and the real ccxt, over the venues' own dialects on the loopback."""

import pytest

from kernel.units import SCALE
from tests.execution.test_orders_are_sent_once import assert_books_are_the_venues, run, state_of
from tests.factories.live_loopback import loopback_stage
from trading import models

pytestmark = pytest.mark.django_db(transaction=True)

VENUES = ("binanceusdm", "aster", "weex", "hyperliquid")


@pytest.mark.parametrize("venue", VENUES)
def test_a_position_is_opened_guarded_and_closed(venue: str) -> None:
    with loopback_stage(venue) as scene:
        price = scene.truth.market.prices["BTC"]
        opening = scene.decide(qty=SCALE // 10, stop=price * 96 // 100, target=price * 108 // 100)
        run(scene, 12)
        assert state_of(opening) == "filled"
        assert len(scene.truth.open) == 2
        assert_books_are_the_venues(scene)
        closing = scene.decide(side=-1, qty=SCALE // 10, close=True)
        run(scene, 16)
        assert state_of(closing) == "filled"
        assert (scene.truth.positions, scene.truth.open) == ({}, {})
        assert_books_are_the_venues(scene)
        assert not models.VenueMismatch.objects.exists()


@pytest.mark.parametrize("venue", VENUES)
def test_a_stop_that_fires_at_the_venue_is_booked_as_ours(venue: str) -> None:
    with loopback_stage(venue) as scene:
        price = scene.truth.market.prices["BTC"]
        scene.decide(qty=SCALE // 10, stop=price * 96 // 100)
        run(scene, 12)
        scene.truth.move("BTC", price * 95 // 100)
        run(scene, 66)
        assert scene.truth.positions == {}
        assert models.ClosedTrade.objects.get().exit_kind == "stop_loss"
        assert_books_are_the_venues(scene)
        assert not models.VenueMismatch.objects.exists()


@pytest.mark.parametrize("fault", ["lose_answer", "lose_request", "http_503", "unknown_done", "garbled_done"])
@pytest.mark.parametrize("venue", VENUES)
def test_a_lost_answer_doubles_nothing_and_loses_nothing(venue: str, fault: str) -> None:
    with loopback_stage(venue) as scene:
        run(scene, 2)
        scene.server.faults.next(venue, fault)
        order_id = scene.decide()
        run(scene, 50)
        assert state_of(order_id) == "filled"
        asked = [each for each in scene.server.order_requests(venue) if each.params]
        assert len(asked) == (2 if fault in {"lose_request", "http_503"} else 1)
        assert len(scene.truth.fills) == 1
        assert_books_are_the_venues(scene)


@pytest.mark.parametrize("venue", VENUES)
def test_funding_comes_from_the_venues_records(venue: str) -> None:
    with loopback_stage(venue) as scene:
        scene.decide()
        run(scene, 8)
        paid = scene.truth.fund("BTC", SCALE // 10_000)
        run(scene, 70)
        assert models.FundingPayment.objects.get().amount == paid
        assert_books_are_the_venues(scene)
