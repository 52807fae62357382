"""A Celery app with jobs of its own, made by the same factory as the arena's; worker processes load it.

Its database is one SQLite file: `due` slots are released by the test, `played` is moved by compare-and-swap.
"""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from config.celery import make_app
from config.schedule import Job

SWAP = Job("swap", 60, "tests.factories.bell_app:play_due_slots")
FATAL = Job("fatal", 60, "tests.factories.bell_app:die_once")
RING = Job("ring", 1, "tests.factories.bell_app:count_ring")
STALE = Job("stale", 60, "tests.factories.bell_app:count_stale")
JOBS = (SWAP, FATAL, RING, STALE)
SCHEMA = """
    CREATE TABLE state (due INTEGER NOT NULL, played INTEGER NOT NULL);
    INSERT INTO state VALUES (0, 0);
    CREATE TABLE booked (slot INTEGER NOT NULL, process INTEGER NOT NULL);
    CREATE TABLE calls (job TEXT NOT NULL, process INTEGER NOT NULL);
"""

app = make_app(os.environ.get("REDIS_URL", "redis://127.0.0.1:1/0"), JOBS)


@contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file in autocommit."""
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        yield connection


@contextmanager
def _called(job: str) -> Iterator[sqlite3.Connection]:
    with database(Path(os.environ["BELL_DATABASE"])) as connection:
        connection.execute("INSERT INTO calls VALUES (?, ?)", [job, os.getpid()])
        yield connection


def play_due_slots() -> None:
    """Play every slot that is due; the compare-and-swap decides who books it."""
    with _called("swap") as connection:
        while True:
            due, played = connection.execute("SELECT due, played FROM state").fetchone()
            if played >= due:
                return
            time.sleep(0.05)  # long enough for a second worker to have read the same
            connection.execute("BEGIN IMMEDIATE")
            moved = connection.execute("UPDATE state SET played = ? WHERE played = ?", [played + 1, played])
            if moved.rowcount:
                connection.execute("INSERT INTO booked VALUES (?, ?)", [played + 1, os.getpid()])
            connection.execute("COMMIT")


def die_once() -> None:
    """Kill the own process at the first call, as a machine out of memory would; end well at the second."""
    with _called("fatal") as connection:
        calls = connection.execute("SELECT count(*) FROM calls WHERE job = 'fatal'").fetchone()[0]
    if calls == 1:
        os.kill(os.getpid(), signal.SIGKILL)


def count_ring() -> None:
    """Leave a row."""
    with _called("ring"):
        pass


def count_stale() -> None:
    """Leave a row that no test wants to see."""
    with _called("stale"):
        pass
