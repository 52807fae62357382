"""On PostgreSQL the database itself refuses a second arena, from any machine."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from config.wheels import free_port, has_postgres, start_postgres
from store.lease import AlreadyRunningError, LeaseError, hold_database_lock

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(not has_postgres(), reason="the PostgreSQL wheel is not installed"),
]

HOLDER = """
import json, sys, time
from store.lease import hold_database_lock
with hold_database_lock(json.loads(sys.argv[1]), what="http://127.0.0.1:8123"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, Any]]:
    """Return psycopg's parameters of a database of its own."""
    # Where root runs the tests the server runs as nobody, who must be able to walk to its folder.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        with start_postgres(Path(folder), durable=False) as url:
            parts = urlsplit(url)
            yield {
                "host": parts.hostname,
                "port": parts.port,
                "user": parts.username,
                "password": parts.password,
                "dbname": parts.path[1:],
            }


def holder(parameters: dict[str, Any]) -> "subprocess.Popen[str]":
    """Start another process that holds the lock."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, json.dumps(parameters)], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


def test_a_second_holder_is_refused_with_the_process_and_address_of_the_first(server: dict[str, Any]) -> None:
    with holder(server) as other:
        try:
            with pytest.raises(AlreadyRunningError) as refused:
                hold_database_lock(server, what="mine").__enter__()
        finally:
            other.kill()
    assert str(refused.value) == (
        f"another arena serves this database: process {other.pid} at http://127.0.0.1:8123; "
        "stop it or use another DATABASE_URL"
    )


def test_the_lock_of_a_killed_process_becomes_free(server: dict[str, Any]) -> None:
    with holder(server) as other:
        os.kill(other.pid, signal.SIGKILL)
    deadline_s = time.monotonic() + 10
    while True:
        try:
            with hold_database_lock(server, what="mine"):
                break
        except AlreadyRunningError:
            assert time.monotonic() < deadline_s, "the lock of a dead process is still held"
            time.sleep(0.01)


def test_the_lock_is_given_back_when_the_block_ends(server: dict[str, Any]) -> None:
    for _ in range(2):
        with hold_database_lock(server, what="mine"), pytest.raises(AlreadyRunningError):
            hold_database_lock(server, what="another").__enter__()


def test_another_database_of_the_same_server_is_another_arena(server: dict[str, Any]) -> None:
    with (
        hold_database_lock(server, what="mine"),
        hold_database_lock({**server, "dbname": "postgres"}, what="x"),
    ):
        pass


def test_a_server_that_does_not_answer_is_a_sentence_with_a_remedy(server: dict[str, Any]) -> None:
    with pytest.raises(LeaseError, match="start it or mend DATABASE_URL"):
        hold_database_lock({**server, "port": free_port()}, what="mine").__enter__()
