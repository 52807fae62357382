"""Closing and cancelling go on where looking fails; opening does not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kernel.units import SCALE
from tests.execution.test_orders_are_sent_once import run, state_of
from tests.factories.live_orders import Stage, stage
from trading import models
from trading.domain.terms import Terms
from trading.ports import VenueError, VenueUnavailableError
from trading.services.outbox_cycle import look_turn, send_turn
from trading.services.switch import Turn, turn_switch

pytestmark = pytest.mark.django_db(transaction=True)


class Blind:
    """A venue that takes orders and answers no question."""

    def __init__(self, scene: Stage) -> None:
        self._venue, self.cancelled = scene.venue, 0

    def __getattr__(self, name: str) -> Any:
        """Everything else is the venue's."""
        if name.startswith(("fetch_", "find_")):
            return self._unavailable
        return getattr(self._venue, name)

    def _unavailable(self, *_asked: Any) -> Any:
        raise VenueUnavailableError("no answer")

    def cancel(self, order: Any) -> Any:
        """Count and pass on."""
        self.cancelled += 1
        return self._venue.cancel(order)


def blinded(scene: Stage) -> tuple[Stage, Blind]:
    venue: Any = Blind(scene)
    return replace(scene, desk=replace(scene.desk, venue=venue)), venue


def rings(scene: Stage, seconds: int) -> int:
    """Let sender and looker ring; return how many turns raised."""
    raised = 0
    for second in range(seconds):
        due = [turn for every, turn in ((2, send_turn), (5, look_turn)) if second % every == 0]
        raised += sum(_raises(turn, scene) for turn in due)
        scene.clock.sleep(1_000)
    return raised


def _raises(turn: Callable[..., object], scene: Stage) -> bool:
    try:
        turn(scene.desk)
    except VenueError:
        return True
    return False


def held_and_resting() -> tuple[Stage, str]:
    """Return a stage that holds ETH behind a stop, with a limit order on BTC that could still open."""
    scene = stage()
    resting = scene.decide(terms=Terms("limit", 58_000 * SCALE, "gtc"))
    scene.decide("ETH", qty=SCALE, stop=2_700 * SCALE)
    run(scene, 12)
    return scene, resting


def test_a_flatten_closes_and_cancels_where_every_look_fails() -> None:
    scene, _ = held_and_resting()
    blind, venue = blinded(scene)
    turn_switch(Turn("global", "flatten", "a trial", "ops@example.com", scene.clock()))
    assert rings(blind, 20), "the trouble is still told"
    assert scene.truth.positions == {}
    assert venue.cancelled
    assert "limit" not in {each.ticket.kind for each in scene.truth.open.values()}


def test_nothing_opens_where_every_look_fails() -> None:
    scene, _ = held_and_resting()
    blind, _ = blinded(scene)
    opening = scene.decide("SOL", qty=SCALE)
    look_turn_raises(blind)
    assert state_of(opening) == "intent"
    models.VenueAccount.objects.update(synced_wall_ms=None)
    rings(blind, 10)
    assert state_of(opening) == "intent"


def look_turn_raises(scene: Stage) -> None:
    with pytest.raises(VenueUnavailableError):
        look_turn(scene.desk)


def test_a_close_is_sent_before_the_books_are_compared() -> None:
    scene, _ = held_and_resting()
    blind, _ = blinded(scene)
    models.VenueAccount.objects.update(synced_wall_ms=None)
    closing = scene.decide("ETH", side=-1, qty=SCALE, close=True)
    with pytest.raises(VenueUnavailableError):
        send_turn(blind.desk)
    assert state_of(closing) == "accepted"
    assert scene.truth.positions == {}
