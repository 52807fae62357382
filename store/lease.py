"""One arena per database: a lock that the operating system or the database frees when its holder dies.

These locks save people from starting a second runner by accident. They are not what keeps the books
right: unique keys and compare-and-swap do, with any number of runners.
"""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

_KEY: Final = int.from_bytes(hashlib.sha256(b"arena serve").digest()[:8], "big", signed=True)
"""The advisory lock's number on PostgreSQL; such locks are per database already."""

_APPLICATION: Final = "arena process"
_HOLDER_SQL: Final = """
    SELECT activity.application_name
    FROM pg_locks AS lock JOIN pg_stat_activity AS activity USING (pid)
    WHERE lock.locktype = 'advisory' AND lock.granted AND lock.objsubid = 1
      AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (lock.classid::bigint << 32) | lock.objid::bigint = %s
"""


class AlreadyRunningError(RuntimeError):
    """Somebody else holds the lock: who, where, and what to do."""


class LeaseError(RuntimeError):
    """The lock cannot be tried at all: where, why, and what to do."""


class Lease:
    """A held lock file. Its text is for people and for the refusal; the lock itself is the kernel's."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def announce(self, what: str) -> None:
        """Write who holds the lock; ``what`` is an address or a command."""
        body = {"pid": os.getpid(), "address": what, "started_ms": time.time_ns() // 1_000_000}
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(body, sort_keys=True).encode(), 0)


@contextmanager
def hold_single_instance(lock_path: Path, *, what: str) -> Iterator[Lease]:
    """Hold the lock file while the block runs; the kernel frees it even after SIGKILL.

    The file stays: deleting it would let two processes lock two files of the same name.
    Raises AlreadyRunningError naming the holder, LeaseError where the file cannot be written.
    """
    descriptor = _open(lock_path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(_refusal(_holder(lock_path), "ARENA_DATA_DIR")) from error
        lease = Lease(descriptor)
        lease.announce(what)
        yield lease
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _open(lock_path: Path) -> int:
    try:
        lock_path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LeaseError(
            f"cannot write {lock_path} ({error.strerror}); make the folder writable or set ARENA_DATA_DIR"
        ) from error


def _holder(lock_path: Path) -> str:
    try:
        body = json.loads(lock_path.read_text(encoding="utf-8"))
        return f"process {body['pid']} at {body['address']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that has not said who it is"  # locked a moment ago, not yet announced


def _refusal(holder: str, variable: str) -> str:
    return f"another arena serves this database: {holder}; stop it or use another {variable}"


@contextmanager
def hold_database_lock(parameters: dict[str, Any], *, what: str) -> Iterator[None]:
    """Hold PostgreSQL's advisory lock on a connection of its own while the block runs.

    ``parameters`` are psycopg's: host, port, user, password, dbname. The holder's name stands in
    pg_stat_activity. The server frees the lock when the connection ends, however it ends. Needs a
    direct connection: behind a transaction pooler a session lock has no session.
    Raises AlreadyRunningError naming the holder, LeaseError where the server does not answer.
    """
    import psycopg  # noqa: PLC0415 - SQLite users never load it

    name = f"{_APPLICATION} {os.getpid()} at {what}"[:63]  # PostgreSQL cuts names at 63 bytes
    asked = {**parameters, "application_name": name, "keepalives_idle": 30, "keepalives_interval": 10}
    try:
        connection = psycopg.connect(**asked, autocommit=True)
    except psycopg.OperationalError as error:
        why = " ".join(str(error).split())  # psycopg answers in several lines
        raise LeaseError(f"the database does not answer ({why}); start it or mend DATABASE_URL") from error
    with connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [_KEY]).fetchone()
        if row is None or not row[0]:
            holder = connection.execute(_HOLDER_SQL, [_KEY]).fetchone()
            raise AlreadyRunningError(_refusal(_named(holder), "DATABASE_URL"))
        yield


def _named(row: tuple[Any, ...] | None) -> str:
    name = cast("str", row[0]) if row else ""
    return name.removeprefix("arena ") or "a process that has just ended"
