"""`bin/run --celery`: the scaled-out shape on one machine, without containers.

PostgreSQL and Valkey from their wheels, one web process, two workers and beat, as children of this
process. Ctrl-C ends them in the opposite order, and so does the death of any one of them.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple

from celery import Celery

from config.env import SettingError, read_int, read_text
from config.server import address_of
from config.wheels import ServerError, start_postgres, start_valkey
from store.lease import AlreadyRunningError, LeaseError, hold_single_instance
from trading.domain.venue_fields import VENUE_ROLES

ROOT: Final = Path(__file__).resolve().parent.parent
WORKERS: Final = 2
START_S: Final = 300.0
"""The first start migrates and plays a warm-up before the first page."""

STOP_S: Final = 30.0
_POLL_S: Final = 0.25


class TopologyError(RuntimeError):
    """A child that does not start or has ended: which, and where its words are."""


class Program(NamedTuple):
    """A child process: its name for people, its command, and its role (ARENA_ROLE), '' for the parent's."""

    name: str
    command: Sequence[str]
    role: str = ""


ROLES_OF_WORKERS: Final = ("models", "trade")
"""What the workers are for, one after another: those that ask models hold no exchange's key."""

_VENUE_KEYS: Final = ("ARENA_VENUE_MASTER_KEYS", "ARENA_VENUE_MASTER_KEYS_FILE")


class Children:
    """Child processes in the order of their start; the newest ends first."""

    def __init__(self, environment: Mapping[str, str], directory: Path = ROOT) -> None:
        self._environment = dict(environment)
        self._directory = directory
        self._running: list[tuple[Program, subprocess.Popen[bytes]]] = []

    def start(self, program: Program) -> int:
        """Start a program and return its process id; it writes where we write."""
        # A session of its own: Ctrl-C reaches us alone, and we end the children in order.
        child = subprocess.Popen(  # noqa: S603 - our own programs
            program.command,
            env=environment_of(program.role, self._environment),
            cwd=self._directory,
            start_new_session=True,
        )
        self._running.append((program, child))
        return child.pid

    def ended(self) -> str | None:
        """Return a sentence about the first child that is no longer there, None while all run."""
        for program, child in self._running:
            if child.poll() is not None:
                return f"{program.name} ended with exit code {child.returncode}; its last lines above say why"
        return None

    def wait_for(self, what: str, is_ready: Callable[[], bool], timeout_s: float = START_S) -> None:
        """Return when ``is_ready``; TopologyError if a child ends or the time is over."""
        deadline_s = time.monotonic() + timeout_s
        while not is_ready():
            trouble = self.ended()
            if trouble is None and time.monotonic() > deadline_s:
                trouble = f"{what} did not answer within {timeout_s:g} s; its last lines above say why"
            if trouble is not None:
                raise TopologyError(trouble)
            time.sleep(_POLL_S)

    def stop(self, timeout_s: float = STOP_S) -> None:
        """End all, the newest first; a child that does not end in time is killed with its own children."""
        for _, child in reversed(self._running):
            if child.poll() is None:
                child.terminate()
                _end(child, timeout_s)
        self._running.clear()


def _end(child: "subprocess.Popen[bytes]", timeout_s: float) -> None:
    try:
        child.wait(timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@contextmanager
def children(environment: Mapping[str, str], directory: Path = ROOT) -> Iterator[Children]:
    """Yield an empty family that is ended when the block ends."""
    family = Children(environment, directory)
    try:
        yield family
    finally:
        family.stop()


def environment_of(role: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process of this role: only who sends orders gets the exchanges' keys."""
    if not role:
        return dict(environ)
    kept = {name: value for name, value in environ.items() if role in VENUE_ROLES or name not in _VENUE_KEYS}
    return {**kept, "ARENA_ROLE": role}


def worker(number: int, app: str = "config.celery", concurrency: int = 2, role: str = "") -> Program:
    """Return the program of a Celery worker."""
    options = [f"--hostname=worker{number}@%h", f"--concurrency={concurrency}", "--loglevel=WARNING"]
    # Gossip and mingle are talk among workers; ours meet in the database alone.
    options += ["--without-gossip", "--without-mingle"]
    return Program(f"worker {number}", [*_celery(app), "worker", *options], role)


def beat(app: str = "config.celery") -> Program:
    """Return the program that rings the schedule."""
    return Program("beat", [*_celery(app), "beat", "--pidfile=", "--loglevel=WARNING"], "beat")


def web(arguments: Sequence[str] = ()) -> Program:
    """Return the program that migrates, prepares the first season and serves pages."""
    return Program("web", [sys.executable, "manage.py", "arena", "serve", "--first-run", *arguments], "web")


def _celery(app: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--quiet", "--app", app]


def count_workers(broker_url: str) -> int:
    """Return how many workers answer on this broker within half a second."""
    with Celery("doorbell", broker=broker_url) as app:
        return len(app.control.ping(timeout=0.5) or [])


def answers(url: str) -> bool:
    """Return whether a page answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
    except (urllib.error.URLError, OSError):
        return False


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run the whole shape until Ctrl-C; any error of this module, of the wheels or of the lease rises."""
    data_dir = Path(read_text(environ, "ARENA_DATA_DIR", str(ROOT / "var"))).absolute()
    host, port = _place(arguments, environ)
    address = address_of(host, port)
    with ExitStack() as held:
        held.enter_context(hold_single_instance(data_dir / "topology.lock", what=address))
        environment = _environment(environ, data_dir, held)
        family = held.enter_context(children(environment))
        family.start(web(arguments))
        family.wait_for("web", lambda: answers(f"{address}/healthz"))
        for number in range(1, WORKERS + 1):
            family.start(worker(number, role=ROLES_OF_WORKERS[(number - 1) % len(ROLES_OF_WORKERS)]))
        family.wait_for("a worker", lambda: count_workers(environment["REDIS_URL"]) >= WORKERS)
        family.start(beat())
        _say(f"{WORKERS} workers and beat run; Ctrl-C ends everything. Pages: {address}")
        while (trouble := family.ended()) is None:
            time.sleep(_POLL_S)
        raise TopologyError(trouble)


def _place(arguments: Sequence[str], environ: Mapping[str, str]) -> tuple[str, int]:
    """Return where the web process will listen: it reads the same arguments and variables."""
    parser = ArgumentParser(add_help=False)
    parser.add_argument("--host", default=read_text(environ, "ARENA_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=read_int(environ, "ARENA_PORT", 8000, 1, 65535))
    known, _ = parser.parse_known_args(arguments)
    return known.host, known.port


def _environment(environ: Mapping[str, str], data_dir: Path, held: ExitStack) -> dict[str, str]:
    """Return the children's environment; servers that it does not name are started."""
    environment = {**environ, "ARENA_DATA_DIR": str(data_dir), "ARENA_RUNNER": "celery"}
    if not read_text(environ, "DATABASE_URL"):
        environment["DATABASE_URL"] = held.enter_context(start_postgres(data_dir / "postgres"))
        _say("PostgreSQL runs")
    if not read_text(environ, "REDIS_URL"):
        environment["REDIS_URL"] = held.enter_context(start_valkey(data_dir / "valkey"))
        _say("Valkey runs")
    return environment


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    """Run until Ctrl-C; return the exit code."""
    # Also Ctrl-C: a shell that starts us in the background has it ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    try:
        run(arguments, os.environ)
    except KeyboardInterrupt:
        return 0
    except (ServerError, TopologyError, AlreadyRunningError, LeaseError, SettingError) as error:
        _say(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
