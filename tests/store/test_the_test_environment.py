"""Tests use a folder, a key and a database of their own, whatever stands in the folder of who runs them."""

import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.environment import DATA_DIR


def test_tests_keep_their_data_in_a_temporary_folder() -> None:
    assert settings.ARENA_DATA_DIR == DATA_DIR
    assert Path(tempfile.gettempdir()) in DATA_DIR.parents


def test_tests_have_a_key_of_their_own() -> None:
    own = settings.SECRET_KEY == "only-for-tests-" * 4
    assert own  # a failure must not print somebody's real key


@pytest.mark.django_db
def test_tests_run_on_the_database_that_was_asked_for(
    request: pytest.FixtureRequest, database_url: str
) -> None:
    kind = request.config.getoption("--database")
    assert connection.vendor == {"sqlite": "sqlite", "postgres": "postgresql"}[kind]
    assert database_url.startswith({"sqlite": f"sqlite:///{DATA_DIR}/", "postgres": "postgres://"}[kind])


@pytest.mark.django_db
def test_sqlite_is_a_file_with_a_write_ahead_log() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("about the SQLite file; this run is on PostgreSQL")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
    assert Path(connection.settings_dict["NAME"]).is_file()
