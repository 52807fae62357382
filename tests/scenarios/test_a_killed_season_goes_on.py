"""The player is killed while models think: nobody is asked about that round again, the season goes on."""

import json
import subprocess
from pathlib import Path

import pytest

from agents.models import Invitation, ModelCall, Reservation, Submission
from agents.selectors import recount_tallies, tallies
from arena.models import Round, Turn
from kernel.ids import derive_id
from tests.factories import provider_steps as steps
from tests.factories.minds_field import (
    CLEAN,
    MODELS,
    PROGRAM,
    asked_twice,
    calls_of,
    everybody,
    faults_found,
    reasons_of,
    requests_by_model,
    roster_file,
)
from tests.factories.minds_outside import only_season, play_again, play_by_command, seats_taken, wait_until
from tests.factories.provider_server import ProviderServer

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]
ROUNDS = 9
KILLED_ROUND = 6
A_LITTLE_S = 0.4
"""Models think so long in every round: the program outside has found its seat before the killed one."""
THINKERS = ("ann", "bob", "cleo")
"""They are still thinking when their asker dies; the others have answered by then."""


def handed_in(season: str) -> list[str]:
    """Return the program's submissions to the round that is killed."""
    asked = Invitation.objects.filter(season_id=season, number=KILLED_ROUND).values("turn_id")
    who = derive_id("contestant", season, PROGRAM)
    return list(Submission.objects.filter(contestant_id=who, turn_id__in=asked).values_list("id", flat=True))


def test_killed_while_models_think_and_started_again(
    tmp_path: Path,
    database_url: str,
    site: Path,
    market: str,
    provider: ProviderServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in THINKERS:
        provider.script([*[steps.ok()] * (KILLED_ROUND - 1), steps.slow_first_byte(60)], key=name)
    roster = roster_file(tmp_path, everybody(provider))

    def play() -> "subprocess.Popen[str]":
        return play_by_command(tmp_path, database_url, site, market, roster, ROUNDS)

    provider.delay_s = A_LITTLE_S
    player = play()
    wait_until(lambda: bool(only_season()), "a season")
    season = only_season()
    with seats_taken(season):
        everybody_asked = {name: KILLED_ROUND * (2 if name == "eve" else 1) for name in MODELS}
        wait_until(lambda: requests_by_model(provider) == everybody_asked, "questions of the round", 60)
        wait_until(lambda: len(handed_in(season)) == 1, "what the program hands in")
        player.kill()
        player.communicate()
        assert not Turn.objects.filter(round__season_id=season, round__number=KILLED_ROUND).exists()
        assert Reservation.objects.filter(settled=False).count() == len(MODELS) + 1
        again = play()
        out, complaint = again.communicate(timeout=100)
    assert again.returncode == 0, complaint[-2000:]
    played = json.loads(out)
    assert only_season() == season
    assert played["rounds"] == ROUNDS == Round.objects.filter(season_id=season, stage="closed").count()
    check_that_nobody_was_asked_again(season, provider)
    replayed = play_again(played["season"], tmp_path / "season.jsonl", market, capsys, monkeypatch)
    assert ModelCall.objects.filter(season_id=replayed, outcome="interrupted").count() == len(MODELS) + 1


def check_that_nobody_was_asked_again(season: str, provider: ProviderServer) -> None:
    assert requests_by_model(provider) == {name: ROUNDS * (2 if name == "eve" else 1) for name in MODELS}, (
        "one for each round, also for the one that was cut off"
    )
    assert asked_twice(provider, CLEAN) == []
    for slug in (*MODELS, "eve-2"):
        outcomes = calls_of(season, slug)
        assert outcomes[KILLED_ROUND - 1] == "interrupted"
        assert outcomes.count("interrupted") == 1
        assert len(outcomes) == ROUNDS
    assert reasons_of(season, PROGRAM)[KILLED_ROUND - 1] == "", "its answer was there before the kill"
    assert not Reservation.objects.filter(settled=False).exists()
    assert tallies(season) == recount_tallies(season)
    assert faults_found() == []
