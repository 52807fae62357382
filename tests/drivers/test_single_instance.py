"""A second arena on the same database is refused, and a killed one leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store.lease import AlreadyRunningError, LeaseError, hold_single_instance

HOLDER = """
import sys, time
from pathlib import Path
from store.lease import hold_single_instance
with hold_single_instance(Path(sys.argv[1]), what="http://127.0.0.1:8123"):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(lock: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run another process that holds the lock."""
    other = subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    with other.stdout:
        try:
            assert other.stdout.readline() == "held\n"
            yield other
        finally:
            other.kill()
            other.wait()


def test_a_second_holder_is_refused_with_the_process_and_address_of_the_first(tmp_path: Path) -> None:
    lock = tmp_path / "arena.lock"
    with holder(lock) as other:
        with pytest.raises(AlreadyRunningError) as refused, hold_single_instance(lock, what="mine"):
            pytest.fail("two held the lock")
        assert str(refused.value) == (
            f"another arena serves this database: process {other.pid} at http://127.0.0.1:8123; "
            "stop it or use another ARENA_DATA_DIR"
        )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path: Path, number: signal.Signals) -> None:
    lock = tmp_path / "arena.lock"
    with holder(lock) as other:
        os.kill(other.pid, number)
        other.wait()
        with hold_single_instance(lock, what="mine"):
            assert json.loads(lock.read_text())["pid"] == os.getpid()


def test_a_stopped_process_still_holds_its_lock(tmp_path: Path) -> None:
    lock = tmp_path / "arena.lock"
    with holder(lock) as other:
        os.kill(other.pid, signal.SIGSTOP)
        with pytest.raises(AlreadyRunningError), hold_single_instance(lock, what="mine"):
            pytest.fail("two held the lock")


def test_the_lock_is_given_back_when_the_block_ends(tmp_path: Path) -> None:
    lock = tmp_path / "arena.lock"
    for _ in range(2):
        with hold_single_instance(lock, what="mine"):
            assert lock.stat().st_size > 0
        assert lock.stat().st_size == 0


def test_the_lock_is_given_back_when_the_block_raises(tmp_path: Path) -> None:
    lock = tmp_path / "arena.lock"
    with pytest.raises(ZeroDivisionError), hold_single_instance(lock, what="mine"):
        raise ZeroDivisionError
    with hold_single_instance(lock, what="mine"):
        pass


def test_a_lock_that_has_not_said_who_holds_it_is_refused_too(tmp_path: Path) -> None:
    lock = tmp_path / "arena.lock"
    with holder(lock):
        lock.write_text("")
        with pytest.raises(AlreadyRunningError, match="a process that has not said who it is"):
            hold_single_instance(lock, what="mine").__enter__()


def test_the_holder_can_correct_its_address(tmp_path: Path) -> None:
    lock = tmp_path / "arena.lock"
    with hold_single_instance(lock, what="http://127.0.0.1:0") as lease:
        lease.announce("http://127.0.0.1:8")
        body = json.loads(lock.read_text())
    assert (body["pid"], body["address"]) == (os.getpid(), "http://127.0.0.1:8")


def test_a_folder_that_cannot_be_made_is_a_sentence_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    lock = tmp_path / "file" / "arena.lock"
    with pytest.raises(LeaseError) as refused:
        hold_single_instance(lock, what="mine").__enter__()
    assert str(refused.value).startswith(f"cannot write {lock} (")
    assert str(refused.value).endswith("); make the folder writable or set ARENA_DATA_DIR")
