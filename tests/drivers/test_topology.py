"""Child processes: they start in order, are missed when they die, and end in the opposite order."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from config.topology import Children, Program, TopologyError, beat, children, web, worker

NOTE_THE_END = """
import pathlib, signal, sys, time
def end(number, frame):
    with open(sys.argv[1], "a") as notes:
        notes.write(sys.argv[2] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1] + "." + sys.argv[2]).touch()
time.sleep(60)
"""
DEAF = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
with open(sys.argv[1], "a") as notes:
    notes.write(str(os.getpid()) + "\\n")
time.sleep(60)
"""


def python(name: str, code: str, *arguments: str) -> Program:
    """Return a program of this Python."""
    return Program(name, [sys.executable, "-c", code, *arguments])


def gone(process: int) -> bool:
    """Return whether a process has ended (a child of another process may remain as a zombie)."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return True
    return state == "Z"


def test_children_end_in_the_opposite_order_of_their_start(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    with children(os.environ, tmp_path) as family:
        for name in ("first", "second", "third"):
            family.start(python(name, NOTE_THE_END, str(notes), name))
            family.wait_for(name, (tmp_path / f"notes.{name}").exists)
        assert family.ended() is None
    assert notes.read_text().split() == ["third", "second", "first"]


def test_a_child_that_dies_is_named(tmp_path: Path) -> None:
    with children(os.environ, tmp_path) as family:
        family.start(python("web", "import time; time.sleep(60)"))
        process = family.start(python("worker 2", "import time; time.sleep(60)"))
        os.kill(process, signal.SIGKILL)
        with pytest.raises(TopologyError) as trouble:
            family.wait_for("nothing", lambda: False)
    assert str(trouble.value) == "worker 2 ended with exit code -9; its last lines above say why"


def test_a_child_that_never_gets_ready_is_named(tmp_path: Path) -> None:
    with children(os.environ, tmp_path) as family:
        family.start(python("web", "import time; time.sleep(60)"))
        with pytest.raises(TopologyError, match=r"web did not answer within 0\.1 s"):
            family.wait_for("web", lambda: False, 0.1)


def test_a_child_that_does_not_listen_is_killed_with_its_own_children(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    family = Children(os.environ, tmp_path)
    family.start(python("deaf", DEAF, str(notes)))
    family.wait_for("deaf", lambda: notes.exists() and len(notes.read_text().split()) == 2, 30)
    family.stop(0.2)
    processes = [int(line) for line in notes.read_text().split()]
    deadline_s = time.monotonic() + 10
    while not all(gone(process) for process in processes):
        assert time.monotonic() < deadline_s, "a grandchild lives on"
        time.sleep(0.01)


def test_children_are_ended_when_the_block_raises(tmp_path: Path) -> None:
    started = []

    def fail_with_a_child() -> None:
        with children(os.environ, tmp_path) as family:
            started.append(family.start(python("web", "import time; time.sleep(60)")))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_with_a_child()
    assert gone(started[0])


def test_the_programs_are_the_ones_of_the_containers() -> None:
    assert list(web(["--quiet"]).command[1:]) == ["manage.py", "arena", "serve", "--first-run", "--quiet"]
    assert list(worker(2).command[1:6]) == ["-m", "celery", "--quiet", "--app", "config.celery"]
    assert "--hostname=worker2@%h" in worker(2).command
    assert "--pidfile=" in beat().command
