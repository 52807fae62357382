"""`arena play` killed without warning: the next start goes on, to the hash of a run that nobody disturbed."""

import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from store.immutable import missing_triggers
from tests.factories.commands import arena, run_arena, start_arena

ROUNDS = 150
PLAY = ("play", "--rounds", str(ROUNDS), "--seed", "5", "--symbols", "BTC,ETH", "--json")
KILLS = 40
SEED = 20_260_101


def ended_or_killed(process: "subprocess.Popen[str]", after_s: float) -> str | None:
    """Return what a process printed if it ends in time; else kill it without warning and return None."""
    try:
        out, err = process.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return None
    assert process.returncode == 0, err
    return out


def check_books(folder: Path) -> None:
    """Fail unless the audit of an installation is clean."""
    said = run_arena(folder, "audit", "--json")
    assert (said.status, said.json["first_break"]) == (0, "")


def check_result(folder: Path, replay_hash: str) -> None:
    """Fail unless an installation's seasons are whole and ended in this hash, with clean books.

    There are two where a run was killed after its season had ended and before it said so.
    """
    check_books(folder)
    said = run_arena(folder, "season", "--json")
    found = {(row["replay_hash"], row["rounds"], row["status"]) for row in said.json["seasons"]}
    assert found == {(replay_hash, ROUNDS, "finished")}


def test_play_killed_in_the_middle_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    calm = run_arena(tmp_path / "calm", *PLAY)
    folder = tmp_path / "busy"
    process = start_arena(folder, *PLAY)
    deadline_s = time.monotonic() + 60
    while not (folder / "arena.sqlite3-wal").exists() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert ended_or_killed(process, 2.0) is None
    again = run_arena(folder, *PLAY)
    assert again.json["replay_hash"] == calm.json["replay_hash"]
    assert again.json["standings"] == calm.json["standings"]
    check_books(folder)


@pytest.mark.full
def test_forty_kills_at_random_moments_leave_clean_books_and_the_same_hash(tmp_path: Path) -> None:
    calm = run_arena(tmp_path / "calm", *PLAY).json["replay_hash"]
    chance = random.Random(SEED)  # noqa: S311 - the same moments in every run, as far as a machine allows
    kills, folder = 0, tmp_path / "busy"
    while kills < KILLS:
        # The start takes about a second and is killed too; a run that gets through makes room for the next.
        if ended_or_killed(start_arena(folder, *PLAY), chance.uniform(0.3, 2.2)) is None:
            kills += 1
        else:
            check_result(folder, calm)
            folder = folder.with_name(f"{folder.name}-and-another")
    run_arena(folder, *PLAY)
    check_result(folder, calm)


def test_a_second_play_on_the_same_folder_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    run_arena(tmp_path, "season")  # makes the tables: the kill below must not hit a migration
    first = start_arena(tmp_path, "play", "--rounds", "100000", "--symbols", "BTC")
    try:
        deadline_s = time.monotonic() + 60
        while not list(tmp_path.glob("*.lock")) and time.monotonic() < deadline_s:
            time.sleep(0.05)
        second = run_arena(tmp_path, *PLAY)
        assert second.status == 3
        assert f"another arena serves this database: process {first.pid} at arena play" in second.err
    finally:
        first.kill()
        first.communicate()
    check_books(tmp_path)


@pytest.mark.django_db(transaction=True)
def test_triggers_that_a_killed_migrate_left_out_are_seen_by_audit_and_mended_by_play(
    capsys: pytest.CaptureFixture[str], drop_triggers: Callable[[], None]
) -> None:
    drop_triggers()
    assert "is missing; run: manage.py migrate" in arena(capsys, "audit", "--json").json["first_break"]
    assert arena(capsys, "play", "--rounds", "1", "--symbols", "BTC").status == 0
    assert missing_triggers() == []
    assert arena(capsys, "audit").status == 0
