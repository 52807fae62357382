"""The venue's dead-man switch is held while something could open, and let go for certain afterwards."""

from dataclasses import replace
from typing import Any

import pytest

from kernel.units import SCALE
from tests.execution.test_orders_are_sent_once import run
from tests.factories.live_loopback import loopback_stage
from tests.factories.live_orders import Stage, stage
from trading import models
from trading.domain.terms import Terms
from trading.ports import VenueUnavailableError
from trading.services.outbox_cycle import look_turn, send_turn

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = Terms("limit", 59_000 * SCALE, "gtc")


class Deaf:
    """A venue that answers nothing about its dead-man switch."""

    def __init__(self, venue: Any) -> None:
        self._venue = venue

    def __getattr__(self, name: str) -> Any:
        """Everything else is the venue's."""
        return getattr(self._venue, name)

    def hold_dead_man(self, _timeout_ms: int) -> bool:
        """Be silent."""
        raise VenueUnavailableError("no answer")


def held() -> Stage:
    """Return a stage whose limit order was just filled while the switch was held."""
    scene = stage()
    scene.decide(terms=LIMIT)
    run(scene, 10)
    assert scene.venue.dead_man == [120_000]
    scene.truth.move("BTC", 58_990 * SCALE)
    return scene


def test_it_is_let_go_until_the_venue_has_heard_it() -> None:
    scene = held()
    deaf: Any = Deaf(scene.venue)
    for _ in range(3):
        look_turn(replace(scene.desk, venue=deaf))
    assert models.VenueAccount.objects.get().dead_man_until_wall_ms
    look_turn(scene.desk)
    assert scene.venue.dead_man == [120_000, 0]
    assert models.VenueAccount.objects.get().dead_man_until_wall_ms == 0


def test_a_process_that_never_held_it_lets_it_go() -> None:
    scene = held()
    other = replace(scene.desk, notes={})
    send_turn(other)
    look_turn(other)
    look_turn(other)
    assert scene.venue.dead_man == [120_000, 0]


def test_it_is_held_anew_before_it_fires_and_not_at_every_look() -> None:
    scene = stage()
    scene.decide(terms=LIMIT)
    run(scene, 200)
    assert set(scene.venue.dead_man) == {120_000}
    assert len(scene.venue.dead_man) in range(4, 8)


def test_hyperliquid_keeps_the_guards_once_nothing_could_open() -> None:
    with loopback_stage("hyperliquid") as scene:
        scene.truth.market.dead_man_volume = 0
        price = scene.truth.market.prices["ETH"]
        scene.decide("ETH", terms=Terms("limit", price * 98 // 100 // SCALE * SCALE, "gtc"), qty=SCALE)
        scene.decide("BTC", stop=50_000 * SCALE)
        run(scene, 20)
        scene.truth.move("ETH", price * 97 // 100)
        look_turn(scene.desk)
        look_turn(scene.desk)
        scene.clock.sleep(130_000)
        scene.truth.market.run_due()
        assert [each.ticket.kind for each in scene.truth.open.values()] == ["stop"]
