"""A season of everything that decides, by the command line, and again with the network cut."""

import json
from pathlib import Path

import pytest

from agents.models import ModelCall
from arena.models import Turn
from tests.factories.commands import run_arena
from tests.factories.minds_field import (
    CLEAN,
    MODELS,
    asked_twice,
    attempts_by_model,
    disturb,
    everybody,
    faults_found,
    reasons_of,
    requests_by_model,
    roster_file,
)
from tests.factories.minds_outside import (
    only_season,
    play_again,
    play_by_command,
    seats_taken,
    wait_until,
)
from tests.factories.provider_server import ProviderServer

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]
ROUNDS = 20


def test_a_played_season_of_everybody_is_replayed_with_the_network_cut(
    tmp_path: Path,
    database_url: str,
    site: Path,
    market: str,
    provider: ProviderServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disturb(provider)
    roster = roster_file(tmp_path, everybody(provider))
    player = play_by_command(tmp_path, database_url, site, market, roster, ROUNDS)
    wait_until(lambda: bool(only_season()), "a season")
    season = only_season()
    with seats_taken(season):
        out, complaint = player.communicate(timeout=120)
    assert player.returncode == 0, complaint[-2000:]
    played = json.loads(out)
    assert played["rounds"] == ROUNDS
    assert played["books_balance"]

    check_that_each_was_asked_once(season, provider)
    check_that_all_took_part(season)

    tape = tmp_path / "season.jsonl"
    asked = len(provider.requests)
    play_again(played["season"], tape, market, capsys, monkeypatch)
    elsewhere = run_arena(tmp_path / "elsewhere", "replay", str(tape), "--json", "--market", market)
    assert elsewhere.status == 0, elsewhere.err
    assert elsewhere.json["replayed"] == played["replay_hash"], "in an installation without any of it, too"
    assert len(provider.requests) == asked


def check_that_each_was_asked_once(season: str, provider: ProviderServer) -> None:
    asked = requests_by_model(provider)
    assert asked == attempts_by_model(season)
    assert set(asked) == set(MODELS)
    assert {name: asked[name] for name in CLEAN} == dict.fromkeys(CLEAN, ROUNDS)
    assert asked_twice(provider) == []
    assert faults_found() == []


def check_that_all_took_part(season: str) -> None:
    decided = Turn.objects.filter(round__season_id=season, outcome="decided")
    who = set(decided.values_list("contestant__slug", flat=True))
    slugs = {*MODELS, "eve-2", "pat", "prog", "package", "rule", "waiter", "buy-and-hold"}
    assert slugs <= who, slugs - who
    outcomes = set(ModelCall.objects.filter(season_id=season).values_list("outcome", flat=True))
    assert {"answered", "refused", "truncated", "bad_request"} <= outcomes
    assert ModelCall.objects.filter(season_id=season, attempts=2).count() == 3
    assert {"absent"} <= set(reasons_of(season, "pat"))
