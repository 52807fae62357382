"""The wall clock jumps by two hours, either way, at the worst moments: no order twice, no slot twice."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from arena.models import Round
from arena.selectors.audit import audit
from config import jobs
from config.seasons import open_planned_season
from config.wiring import World
from kernel.time import MINUTE_MS
from tests.execution.test_orders_are_sent_once import assert_books_are_the_venues, run, state_of
from tests.factories.contests import (
    SLUG,
    START_MS,
    Bar,
    buy,
    says,
    scripted,
    season_plan,
    story_of,
    write_tape,
)
from tests.factories.live_orders import Stage, stage
from tests.factories.truth_venue import Clock, Killed
from trading import models
from trading.services.outbox_cycle import look_turn, send_turn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.full]
JUMP_MS = 2 * 3_600_000
JUMPS = (-JUMP_MS, JUMP_MS)
CRASH: Bar = (100, 100, 80, 100)


def jump(scene: Stage, ms: int) -> None:
    """Turn our clock; the venue's goes on as before."""
    scene.clock.sleep(ms)
    scene.server.skew_ms -= ms


@dataclass
class JumpingClock:
    """A clock that jumps right before its n-th reading."""

    scene: Stage
    left: int
    ms: int

    def __call__(self) -> int:
        """Return the time."""
        self.left -= 1
        if self.left == 0:
            jump(self.scene, self.ms)
        return self.scene.clock()


def assert_sent_once(scene: Stage, order_id: str) -> None:
    """See the order at the venue once, and offered to it once."""
    assert scene.truth.placed([order_id]) == {order_id: 1}
    assert scene.venue.submits == [order_id]
    assert_books_are_the_venues(scene)
    assert not models.VenueMismatch.objects.exists()


@pytest.mark.parametrize("ms", JUMPS)
@pytest.mark.parametrize("reading", range(1, 26, 2))
def test_at_any_reading_of_the_clock_while_an_order_is_sent_and_booked(reading: int, ms: int) -> None:
    scene = stage()
    order_id = scene.decide()
    clock = JumpingClock(scene, reading, ms)
    desk = replace(scene.desk, wall_ms=clock)
    send_turn(desk)
    look_turn(desk)
    run(scene, 200)
    if not scene.venue.submits:
        order = models.Order.objects.get(id=order_id)
        # Decided two hours ago, or in two hours: by such a clock nobody can tell that it is fresh.
        assert (order.state, order.reason) == ("denied", "too_late")
        return
    assert state_of(order_id) == "filled"
    assert len(scene.truth.fills) == 1
    assert_sent_once(scene, order_id)


@pytest.mark.parametrize("ms", JUMPS)
@pytest.mark.parametrize("answer", ["answered", "lost"])
def test_between_the_claim_and_the_answer(ms: int, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = stage()
    if answer == "lost":
        scene.server.faults.next("binanceusdm", "lose_answer")
    order_id = scene.decide()
    submit: Callable[..., object] = scene.venue.submit

    def slow(*order: object) -> object:
        said = submit(*order)
        jump(scene, ms)
        return said

    with monkeypatch.context() as patch:
        patch.setattr(scene.venue, "submit", slow)
        send_turn(scene.desk)
    run(scene, 200)
    assert state_of(order_id) == "filled"
    assert_sent_once(scene, order_id)


@pytest.mark.parametrize("ms", JUMPS)
@pytest.mark.parametrize("after_s", [6, 12, 18])
def test_between_the_looks_at_an_order_that_is_there_but_not_shown(ms: int, after_s: int) -> None:
    scene = stage()
    scene.server.faults.next("binanceusdm", "lose_answer")
    order_id = scene.decide()
    send_turn(scene.desk)
    scene.venue.is_down = True
    run_down(scene, after_s)
    jump(scene, ms)
    run_down(scene, after_s)
    scene.venue.is_down = False
    run(scene, 200)
    assert state_of(order_id) == "filled"
    assert_sent_once(scene, order_id)


def run_down(scene: Stage, seconds: int) -> None:
    """Let the looks fail for a while: they prove nothing."""
    for _ in range(seconds // 3):
        with pytest.raises(Exception, match="no answer"):
            look_turn(scene.desk)
        scene.clock.sleep(3_000)


@pytest.mark.parametrize("ms", JUMPS)
@pytest.mark.parametrize("after_s", [8, 16, 24])
def test_between_the_looks_at_an_order_that_never_arrived(ms: int, after_s: int) -> None:
    scene = stage()
    scene.server.faults.next("binanceusdm", "lose_request")
    order_id = scene.decide()
    run(scene, after_s)
    jump(scene, ms)
    run(scene, 200)
    assert state_of(order_id) in {"filled", "expired"}
    assert len(scene.truth.fills) == (state_of(order_id) == "filled")
    assert len(scene.venue.submits) <= 2, "again only once it was proven absent"
    assert_books_are_the_venues(scene)


@pytest.mark.parametrize("ms", [*JUMPS, 0])
@pytest.mark.parametrize("when", ["die_before", "die_after"])
def test_the_leases_of_a_dead_sender_end_within_three_minutes(when: str, ms: int) -> None:
    scene = stage()
    order_id = scene.decide()
    setattr(scene.venue, when, 1)
    with pytest.raises(Killed):
        send_turn(scene.desk)
    jump(scene, ms)
    # As after a death that ran no cleaning up: the account is held by nobody who lives.
    models.VenueAccount.objects.update(lease_until_wall_ms=scene.clock() - ms + 90_000)
    run(scene, 180)
    assert state_of(order_id) in ({"filled"} if when == "die_after" or ms == 0 else {"filled", "expired"})
    assert scene.truth.placed([order_id])[order_id] == (state_of(order_id) == "filled")
    assert_books_are_the_venues(scene)


def open_scaled(folder: Path, world: World, slug: str) -> str:
    """Open a season of a minute a second on a tape; its buyer is stopped in bar 4."""
    folder.mkdir()
    plan = season_plan(
        f"tape:{write_tape(folder, bent={4: CRASH})}", slug=slug, clock="scaled", speed=60, interval_s=180
    )
    buyer = scripted("ann", says(buy(stop=95)), from_slot=START_MS // (3 * MINUTE_MS) + 1)
    return open_planned_season(plan, [buyer], world)


def ring_for(clock: Clock, world: World, seconds: int) -> None:
    """Ring the jobs that play, each second."""
    for _ in range(seconds):
        jobs.sync_prices(world=world)
        jobs.watch_exits(world=world)
        jobs.play_rounds(world=world)
        clock.sleep(1_000)


@pytest.mark.parametrize("ms", JUMPS)
def test_a_season_on_a_scaled_clock_plays_every_slot_once(tmp_path: Path, ms: int) -> None:
    calm, clock = Clock(), Clock()
    world = World(wall_ms=calm.__call__)
    open_scaled(tmp_path / "calm", world, "calm")
    ring_for(calm, world, 40)
    world = World(wall_ms=clock.__call__)
    season = open_scaled(tmp_path / "jumps", world, SLUG)
    ring_for(clock, world, 8)
    clock.sleep(ms)
    ring_for(clock, world, 8)
    clock.sleep(-ms)
    ring_for(clock, world, 24)
    slots = list(Round.objects.filter(season_id=season).order_by("number").values_list("slot", flat=True))
    assert slots == list(range(slots[0], slots[0] + len(slots)))
    assert len(slots) > 5
    assert story_of("ann")["fills"] == story_of("ann", "calm")["fills"]
    assert [row[7] for row in story_of("ann")["fills"]] == ["decision", "stop_loss"]
    assert [finding for finding in audit() if finding.problem] == []
