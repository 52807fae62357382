"""`arena play` killed without warning: the next start goes on, to the hash of a run that nobody disturbed."""

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.factories.commands import run_arena, start_arena

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


def closed_rounds(folder: Path) -> int:
    """Return how many rounds the only season of an installation has closed."""
    seasons = run_arena(folder, "season", "--json").json["seasons"]
    assert len(seasons) <= 1
    return sum(season["rounds"] for season in seasons)


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
    kills, season, found = 0, 0, None
    while kills < KILLS or found is None:
        # Starting takes about a second and is killed too; a run that gets through makes room for the next.
        folder = tmp_path / f"busy-{season}"
        found = ended_or_killed(start_arena(folder, *PLAY), chance.uniform(0.3, 2.2))
        kills += found is None
        if found is not None or kills == KILLS:
            ended = run_arena(folder, *PLAY) if found is None else None
            check_books(folder)
            seasons = run_arena(folder, "season", "--json").json["seasons"]
            assert [(row["replay_hash"], row["rounds"]) for row in seasons] == [(calm, ROUNDS)]
            assert ended is None or ended.json["replay_hash"] == calm
            found, season = "", season + 1
    assert kills == KILLS


def test_a_second_play_on_the_same_folder_is_refused_while_the_first_runs(tmp_path: Path) -> None:
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
    assert closed_rounds(tmp_path) >= 0
