"""Fault row 20, last part: the process that turned the switch is killed; the next one still refuses."""

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.factories.commands import run_arena, start_arena

WHO = ("--reason", "prices look odd", "--by", "ann")
PLAY = ("play", "--rounds", "3", "--symbols", "BTC", "--json")


def level_on_disk(folder: Path) -> str:
    """Return the arena's level as another program finds it in the database."""
    with closing(sqlite3.connect(folder / "arena.sqlite3", timeout=5)) as database:
        rows = database.execute("SELECT level FROM trading_tradingstate WHERE id = 'global'").fetchall()
    return str(rows[0][0]) if rows else ""


def kill_once_turned(folder: Path, level: str) -> None:
    """Start `arena kill` and end it without warning as soon as the level can be seen."""
    process = start_arena(folder, "kill", "--level", level, *WHO)
    try:
        deadline_s = time.monotonic() + 60
        while level_on_disk(folder) != level and process.poll() is None and time.monotonic() < deadline_s:
            time.sleep(0.001)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert level_on_disk(folder) == level


@pytest.mark.parametrize("level", ["halted", "reducing"])
def test_what_was_turned_stays_turned_for_the_next_process(tmp_path: Path, level: str) -> None:
    assert run_arena(tmp_path, "season").status == 0  # makes the tables
    kill_once_turned(tmp_path, level)
    shown = run_arena(tmp_path, "kill", "--status", "--json")
    assert shown.json["level"] == level
    said = run_arena(tmp_path, *PLAY)
    if level == "halted":
        assert (said.status, "trading is halted" in said.err) == (3, True)
    else:
        assert said.status == 0
        assert sum(row["trades"] + row["orders"] for row in said.json["standings"]) == 0
    assert run_arena(tmp_path, "resume", "--reason", "looked at it", "--by", "ann").status == 0
    assert run_arena(tmp_path, "audit").status == 0
