"""Celery rings; the database decides. A real Valkey, two real workers and a real beat."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from celery import Celery

from config.celery import make_app
from config.schedule import Job
from config.topology import beat, children, count_workers, worker
from config.wheels import start_valkey
from tests.factories import bell_app

pytestmark = pytest.mark.celery
ROOT = Path(__file__).resolve().parents[2]
APP = "tests.factories.bell_app"


class Bell(NamedTuple):
    """Two workers of the app in bell_app, their file and a way to send them messages."""

    app: Celery
    environment: dict[str, str]
    path: Path

    def rows(self, sql: str) -> list[tuple[int, ...]]:
        """Return what the workers have written."""
        with bell_app.database(self.path) as connection:
            return list(connection.execute(sql))

    def send(self, job: Job, message_id: str, expires: float | None = None) -> None:
        """Send one message."""
        self.app.send_task(f"arena.{job.name}", task_id=message_id, expires=expires)


def until(is_true: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Wait for what the workers do."""
    deadline_s = time.monotonic() + timeout_s
    while not is_true():
        assert time.monotonic() < deadline_s, f"it did not happen within {timeout_s:g} s"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def bell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bell]:
    """Run a broker and two workers with two processes each."""
    folder = tmp_path_factory.mktemp("bell")
    path = folder / "bell.sqlite3"
    with bell_app.database(path) as connection:
        connection.executescript(f"PRAGMA journal_mode=WAL; {bell_app.SCHEMA}")
    with start_valkey(folder) as url, make_app(url, bell_app.JOBS) as app:
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": url,
            "BELL_DATABASE": str(path),
        }
        made = Bell(app, environment, path)
        # Sent before anybody listens: nobody hears it within its interval.
        made.send(bell_app.STALE, "stale", expires=0.5)
        time.sleep(0.6)
        with children(environment, folder) as family:
            for number in (1, 2):
                family.start(worker(number, app=APP))
            family.wait_for("two workers", lambda: count_workers(url) == 2, 60)
            yield made
            assert family.ended() is None


def test_a_message_that_arrives_twice_is_booked_once(bell: Bell) -> None:
    slots = 20
    for slot in range(1, slots + 1):
        with bell_app.database(bell.path) as connection:
            connection.execute("UPDATE state SET due = ?", [slot])
        for _ in range(2):
            bell.send(bell_app.SWAP, f"slot-{slot}")
        until(lambda slot=slot: bell.rows("SELECT played FROM state") == [(slot,)])  # type: ignore[misc]
    until(lambda: bell.rows("SELECT count(*) FROM calls WHERE job = 'swap'") == [(2 * slots,)])
    booked = [row[0] for row in bell.rows("SELECT slot FROM booked ORDER BY slot")]
    assert booked == list(range(1, slots + 1))
    runners = Counter(row[0] for row in bell.rows("SELECT process FROM calls WHERE job = 'swap'"))
    assert len(runners) > 1, "one process did everything: the duplicates never met"


def test_a_job_whose_process_is_killed_runs_again(bell: Bell) -> None:
    bell.send(bell_app.FATAL, "fatal")
    until(lambda: len(bell.rows("SELECT process FROM calls WHERE job = 'fatal'")) == 2)
    assert len(set(bell.rows("SELECT process FROM calls WHERE job = 'fatal'"))) == 2


def test_a_ring_that_came_too_late_is_not_answered(bell: Bell) -> None:
    before = bell.rows("SELECT count(*) FROM calls WHERE job = 'ring'")
    bell.send(bell_app.RING, "fresh")
    until(lambda: bell.rows("SELECT count(*) FROM calls WHERE job = 'ring'") != before)
    # The stale message stood in the queue before the fresh one, before any worker was there.
    assert bell.rows("SELECT count(*) FROM calls WHERE job = 'stale'") == [(0,)]


def test_beat_rings_at_the_interval(bell: Bell) -> None:
    before = bell.rows("SELECT count(*) FROM calls WHERE job = 'ring'")[0][0]
    with children(bell.environment) as family:
        family.start(beat(APP))
        until(lambda: bell.rows("SELECT count(*) FROM calls WHERE job = 'ring'")[0][0] >= before + 3)
        assert family.ended() is None
