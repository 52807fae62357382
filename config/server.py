"""One server process: the single-instance lease, the port, and uvicorn on it until Ctrl-C."""

import errno
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from django.conf import settings

from store.lease import hold_database_lock, hold_single_instance

BACKLOG: Final = 2048
DRAIN_S: Final = 5
"""How long open requests may take to end after Ctrl-C; sockets are closed at once."""

MAX_LIVE_MESSAGE: Final = 4 * 1024
"""Bytes of one message that the server gathers. The feed refuses from 1 KB on (interfaces/live/limits.py)."""


class PortError(RuntimeError):
    """The address cannot be listened on: which, why, and what to do."""


@dataclass(frozen=True)
class Seat:
    """The right to serve: a listening socket and, with a runner, the lease on the database."""

    listener: socket.socket
    address: str
    """What a browser opens, for example http://127.0.0.1:8000."""
    with_runner: bool


def run_server(*, host: str, port: int, with_runner: bool) -> None:
    """Serve until Ctrl-C or SIGTERM; the step that runs is finished first.

    ``port`` 0 picks a free one. Raises store.lease.AlreadyRunningError, LeaseError or PortError
    before anything is served. Prints nothing.
    """
    with take_seat(host=host, port=port, with_runner=with_runner) as seat:
        serve(seat)


@contextmanager
def take_seat(*, host: str, port: int, with_runner: bool) -> Iterator[Seat]:
    """Take the lease (only with a runner) and the port, before slow preparations; give both back afterwards.

    Visitors who connect meanwhile wait until `serve` answers them.
    """
    with ExitStack() as held:
        wanted = address_of(host, port)
        lease = held.enter_context(hold_single_instance(lock_path(), what=wanted)) if with_runner else None
        listener = held.enter_context(listen(host, port))
        address = address_of(host, listener.getsockname()[1])
        if lease is not None:
            lease.announce(address)
            for parameters in postgres_parameters():
                held.enter_context(hold_database_lock(parameters, what=address))
        yield Seat(listener, address, with_runner)


def serve(seat: Seat) -> None:
    """Answer on the seat's socket until Ctrl-C or SIGTERM."""
    import uvicorn  # noqa: PLC0415 - other commands never load the server

    os.environ["ARENA_SERVE_RUNNER"] = "1" if seat.with_runner else "0"
    # WhiteNoise warns about a folder that only collectstatic would make.
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    config = uvicorn.Config(
        "config.asgi:application",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_LIVE_MESSAGE,
        ws_per_message_deflate=False,  # memory for each socket, and our messages are tiny
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    with _quiet_end():
        uvicorn.Server(config).run(sockets=[seat.listener])


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; PortError says what to do where there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, place = found[0]
        return socket.create_server(place[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise PortError(_remedy(host, port, error)) from error


def _remedy(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken; stop who uses it, or set ARENA_PORT (0 takes a free one)"
    if error.errno == errno.EACCES:
        return f"port {port} on {host} needs more rights than this user has; set ARENA_PORT to 1024 or more"
    reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
    return f"cannot listen on {host} ({reason}); set ARENA_HOST to an address of this machine"


def address_of(host: str, port: int) -> str:
    """Return the address that a browser on this machine opens."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared, not bound
    return f"http://{shown}:{port}"


def _database() -> dict[str, Any]:
    return settings.DATABASES["default"]


def lock_path() -> Path:
    """Return the lock file of this database."""
    database = _database()
    if database["ENGINE"].endswith("sqlite3"):
        # Beside the file itself: two data folders may name one database.
        return Path(f"{Path(database['NAME']).resolve()}.lock")
    return Path(settings.ARENA_DATA_DIR) / "serve.lock"


def postgres_parameters() -> list[dict[str, Any]]:
    """Return psycopg's parameters of the database if it is PostgreSQL, else nothing."""
    database = _database()
    if not database["ENGINE"].endswith("postgresql"):
        return []
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return [{ours: database[theirs] for ours, theirs in names.items() if database[theirs]}]


@contextmanager
def _quiet_end() -> Iterator[None]:
    """End without a traceback: uvicorn raises the signal that ended it once more after it has cleaned up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
