"""Four job threads, or two workers that hear everything twice: each model is asked once about each round."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from arena.selectors.recording import recorded_season
from arena.selectors.roster import unfinished_round_id
from arena.services.seasons import season_id_of, set_season_status
from config.schedule import JOBS
from config.seasons import open_planned_season, start_clock
from config.wiring import wall_ms
from tests.factories.celery_arena import arena_environment, celery_arena
from tests.factories.commands import ROOT, arena
from tests.factories.contests import season_plan
from tests.factories.minds_field import (
    CLEAN,
    asked_twice,
    attempts_by_model,
    disturb,
    everybody,
    faults_found,
    requests_by_model,
    turns_of,
)
from tests.factories.minds_outside import child_environment, cut_network, seats_taken, wait_until
from tests.factories.provider_server import ProviderServer
from tests.factories.season_player import SLUG, replay_hash

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]
ROUNDS = 12
A_ROUND_A_SECOND = 60


@pytest.fixture
def season(site: Path, market: str, provider: ProviderServer) -> str:
    """Open the season of everybody; its clock stands until somebody starts it."""
    assert site.exists()
    disturb(provider)
    return open_planned_season(season_plan(market, slug=SLUG), everybody(provider), with_models=True)


@contextmanager
def running(season: str) -> Iterator[None]:
    """Let a round be due each second until the block ends; nobody plays afterwards."""
    start_clock(season, "scaled", A_ROUND_A_SECOND)
    yield
    set_season_status(season, "finished", wall_ms())


@pytest.fixture
def _replays(
    season: str,
    tmp_path: Path,
    market: str,
    provider: ProviderServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Hold what the test has played to the records, and play it again with the network cut."""
    yield
    recorded = recorded_season(SLUG)
    assert recorded is not None
    rounds = recorded.rounds
    assert rounds >= ROUNDS
    assert requests_by_model(provider) == attempts_by_model(season)
    assert asked_twice(provider) == []
    assert {name: requests_by_model(provider)[name] for name in CLEAN} == dict.fromkeys(CLEAN, rounds)
    assert faults_found() == []
    tape = tmp_path / "season.jsonl"
    assert arena(capsys, "tape", SLUG, "--out", str(tape)).status == 0
    refused = cut_network(monkeypatch)
    said = arena(capsys, "replay", str(tape), "--json", "--market", market)
    assert (said.status, said.json["same"], said.json["rounds"]) == (0, True, rounds)
    assert turns_of(season_id_of(said.json["slug"])) == turns_of(season)
    assert refused == []


@pytest.mark.usefixtures("_replays")
def test_a_runner_of_four_threads(season: str, tmp_path: Path, database_url: str, site: Path) -> None:
    environment = arena_environment(database_url, "", tmp_path) | child_environment(site)
    with seats_taken(season) as person, running(season):
        player = subprocess.Popen(
            [sys.executable, "-m", "tests.factories.season_player", "threads", "4", str(ROUNDS)],
            cwd=ROOT,
            env={**environment, "ARENA_RUNNER": "local"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        out, complaint = player.communicate(timeout=100)
    assert player.returncode == 0, complaint[-2000:]
    assert out == replay_hash(ROUNDS)
    assert person.left


@pytest.mark.celery
@pytest.mark.usefixtures("_replays")
def test_two_workers_that_hear_everything_twice(
    season: str, tmp_path: Path, database_url: str, site: Path
) -> None:
    with (
        celery_arena(database_url, tmp_path, child_environment(site)) as workers,
        seats_taken(season),
        running(season),
    ):

        def ring() -> bool:
            for job in JOBS if workers.waiting() < 2 * len(JOBS) else ():
                workers.ring(job.name)
            workers.check()
            return bool(replay_hash(ROUNDS))

        wait_until(ring, "rounds played by the workers", 90)
        set_season_status(season, "finished", wall_ms())
        wait_until(lambda: not workers.waiting(), "an empty queue")
        wait_until(lambda: unfinished_round_id(season) is None, "the last round")
