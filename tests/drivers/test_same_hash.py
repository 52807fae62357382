"""Every driver plays a season to the same replay hash: one thread, four, or workers that hear twice."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.schedule import JOBS
from config.wheels import start_postgres
from tests.factories.celery_arena import arena_environment, celery_arena
from tests.factories.commands import run_arena

pytestmark = pytest.mark.full
ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 200
NO_BROKER = "redis://127.0.0.1:1/0"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that a server started by root can reach."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the hash of the embedded default: one thread on SQLite."""
    return play_with_threads(sqlite_in(tmp_path_factory.mktemp("one")), 1)


def sqlite_in(folder: Path) -> str:
    """Return the address of a SQLite file in a folder."""
    return f"sqlite:///{folder / 'arena.sqlite3'}"


def player(database_url: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start tests.factories.season_player on a database."""
    environment = arena_environment(database_url, NO_BROKER, Path(tempfile.gettempdir()))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.factories.season_player", *arguments],
        cwd=ROOT,
        env={**environment, "REDIS_URL": "", "ARENA_RUNNER": "local"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: "subprocess.Popen[str]") -> str:
    """Return what a player printed, once it has ended well."""
    out, complaint = process.communicate(timeout=400)
    assert process.returncode == 0, complaint[-2000:]
    return out


def play_with_threads(database_url: str, threads: int) -> str:
    """Play in one process with so many job threads; return the hash."""
    said(player(database_url, "open"))
    return said(player(database_url, "threads", str(threads), str(ROUNDS)))


def play_with_workers(database_url: str, folder: Path) -> str:
    """Play with two workers, each message sent twice; return the hash."""
    said(player(database_url, "open"))
    with celery_arena(database_url, folder) as arena:
        waiting = player(database_url, "wait", str(ROUNDS))
        while waiting.poll() is None:
            # Never more than a handful in the queue: a worker that is behind is not buried.
            for job in JOBS if arena.waiting() < 2 * len(JOBS) else ():
                arena.ring(job.name)
            time.sleep(0.01)
        arena.check()
        return said(waiting)


def test_play_at_full_speed(expected: str, tmp_path: Path) -> None:
    same = ("--seed", "7", "--symbols", "BTC,ETH,SOL", "--interval", "180")
    assert (
        run_arena(tmp_path, "play", "--rounds", str(ROUNDS), *same, "--json").json["replay_hash"] == expected
    )


def test_four_threads_on_sqlite(expected: str, tmp_path: Path) -> None:
    assert len(expected) == 64
    assert play_with_threads(sqlite_in(tmp_path), 4) == expected


@pytest.mark.postgres
@pytest.mark.parametrize("threads", [1, 4])
def test_threads_on_postgres(expected: str, folder: Path, threads: int) -> None:
    with start_postgres(folder, durable=False) as url:
        assert play_with_threads(url, threads) == expected


@pytest.mark.celery
def test_two_workers_that_hear_everything_twice_on_sqlite(expected: str, tmp_path: Path) -> None:
    assert play_with_workers(sqlite_in(tmp_path), tmp_path) == expected


@pytest.mark.celery
@pytest.mark.postgres
def test_two_workers_that_hear_everything_twice_on_postgres(expected: str, folder: Path) -> None:
    with start_postgres(folder / "postgres", durable=False) as url:
        assert play_with_workers(url, folder) == expected
