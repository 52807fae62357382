"""Fixtures of every test. `--database postgres` takes a real PostgreSQL instead of a SQLite file."""

import sys
from collections.abc import Callable, Iterator

import pytest

import tests.environment  # noqa: F401 - first: it sets the environment before anything reads it
from tests import databases
from tests.factories import accounts


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line choose the database."""
    text = "database of the tests: a SQLite file, or PostgreSQL from its wheel"
    parser.addoption("--database", choices=("sqlite", "postgres"), default="sqlite", help=text)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Choose the database just before pytest-django makes it (this overrides its fixture)."""
    with databases.prepared(request.config.getoption("--database")):
        yield


@pytest.fixture(autouse=True)
def _facts_can_be_flushed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take the triggers away before a test with real commits is flushed: on SQLite a flush is a DELETE."""
    marker = request.node.get_closest_marker("django_db")
    marked = marker is not None and marker.kwargs.get("transaction", False)
    if not marked and not {"transactional_db", "live_server"} & set(request.fixturenames):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    databases.drop_triggers()


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the DATABASE_URL by which another process reaches the database of this test."""
    request.getfixturevalue("django_db_setup")
    return databases.url_of_the_test_database()


@pytest.fixture
def drop_triggers() -> Callable[[], None]:
    """Let facts be changed, as an intruder who owns the database could."""
    return databases.drop_triggers


@pytest.fixture
def open_account() -> Callable[..., str]:
    """Return a function that opens a paper account with a name and so many whole ``usdt``."""
    return accounts.open_account


def pytest_collection_finish() -> None:
    """Take back the recursion limit that a package for elliptic curves raises to 100,000 when it is imported.

    With it a text that nests deep enough ends the process instead of raising RecursionError.
    """
    sys.setrecursionlimit(1_000)
