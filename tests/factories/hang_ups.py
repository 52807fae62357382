"""A PostgreSQL that ends our connection before one of our statements, as it does when it is restarted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from tests.databases import url_of_the_test_database
from tests.factories.kills import NO_TARGETS

When = Callable[[str, Any], bool]
"""Whether a statement with its values is the one that is waited for."""


@contextmanager
def hung_up(when: When, number: int = 0) -> Iterator[list[str]]:
    """End our own session, once, before the statement so many after the first that ``when`` waits for.

    Unlike tests/factories/kills.py it is the server that does it, and our process lives on. Yields the
    statement that met it.
    """
    met: list[str] = []
    left = [number]
    waiting = [True]

    def watch(execute: Callable[..., Any], sql: str, values: Any, *rest: Any) -> Any:
        if not met and not sql.startswith(NO_TARGETS):
            waiting[0] = waiting[0] and not when(sql, values)
            if not waiting[0] and left[0] == 0:
                met.append(sql)
                _terminate(connection.connection.info.backend_pid)
            left[0] -= not waiting[0]
        return execute(sql, values, *rest)

    with connection.execute_wrapper(watch):
        yield met


def _terminate(backend: int) -> None:
    with psycopg.connect(url_of_the_test_database(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])


def hang_up_on_all() -> int:
    """End every session of the database, also those that wait in the pool; return how many there were."""
    everybody = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
    )
    with psycopg.connect(url_of_the_test_database(), autocommit=True) as other:
        return len(other.execute(f"{everybody} AND pid <> pg_backend_pid()").fetchall())


def ring(work: Callable[[], object]) -> bool:
    """Do a job as a runner does (config/runner.py); return whether it told that the database is gone."""
    close_old_connections()
    try:
        work()
    except (DatabaseError, InterfaceError):
        return True
    finally:
        close_old_connections()
    return False
