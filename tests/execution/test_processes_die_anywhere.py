"""A process that dies between any two of its steps: the next one goes on, nothing doubled, nothing lost."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from django.conf import settings

from kernel.units import SCALE
from tests.execution.test_orders_are_sent_once import assert_books_are_the_venues, run, state_of
from tests.factories.live_loopback import loopback_stage
from tests.factories.live_orders import stage
from tests.factories.truth_venue import Clock, Killed
from trading import models
from trading.services.outbox_cycle import compare_turn, look_turn, send_turn

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class DyingClock:
    """A clock at whose n-th reading the process ends: readings lie between all transactions and calls."""

    clock: Clock
    left: int

    def __call__(self) -> int:
        """Return the time, or end the process."""
        self.left -= 1
        if self.left == 0:
            raise Killed
        return self.clock()


@pytest.mark.parametrize("reading", range(1, 40, 2))
def test_death_at_any_reading_of_the_clock_while_an_order_is_sent_and_booked(reading: int) -> None:
    scene = stage()
    order_id = scene.decide(stop=58_000 * SCALE)
    dying = replace(scene.desk, wall_ms=DyingClock(scene.clock, reading))
    turns: tuple[Callable[[], object], ...] = (
        lambda: send_turn(dying),
        lambda: look_turn(dying),
        lambda: compare_turn(dying),
    )
    died = False
    for turn in turns:
        try:
            turn()
        except Killed:
            died = True
            break
    run(scene, 170)
    assert died or reading > 20
    assert state_of(order_id) == "filled"
    assert scene.truth.placed([order_id]) == {order_id: 1}
    assert len(scene.truth.open) == 1, "one stop, not two and not none"
    assert_books_are_the_venues(scene)
    assert not models.VenueMismatch.objects.exists()


def test_death_while_a_fill_is_booked_books_it_whole_or_not_at_all() -> None:
    scene = stage()
    order_id = scene.decide()

    def die(_fills: object) -> None:
        raise Killed

    send_turn(scene.desk)
    with pytest.raises(Killed):
        look_turn(replace(scene.desk, count_fills=die))
    assert not models.Fill.objects.exists()
    run(scene, 30)
    assert state_of(order_id) == "filled"
    assert_books_are_the_venues(scene)


POINTS = ("before_submit", "after_submit", "booking")


@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_is_killed_leaves_what_the_next_one_can_finish(point: str, database_url: str) -> None:
    with loopback_stage("binanceusdm") as scene:
        order_id = scene.decide()
        compare_turn(scene.desk)
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "SECRET_KEY": settings.SECRET_KEY,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        words = [point, scene.desk.account_id, str(scene.server.port), str(scene.clock())]
        ended = subprocess.run(
            [sys.executable, "-m", "tests.factories.live_killed", *words],
            env=environment,
            timeout=60,
            check=False,
            capture_output=True,
        )
        assert ended.returncode == 137, ended.stderr.decode()
        assert state_of(order_id) in {"submitting", "accepted"}
        run(scene, 170)
        assert state_of(order_id) == "filled"
        assert len(scene.truth.fills) == 1
        assert_books_are_the_venues(scene)
        assert not models.VenueMismatch.objects.exists()
