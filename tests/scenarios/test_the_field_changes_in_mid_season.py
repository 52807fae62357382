"""Models join, pause, come back and retire in mid-season; the replay lets the same ones decide."""

import re
from pathlib import Path

import pytest

from agents.models import ModelCall
from arena.models import Contestant
from arena.services.seasons import season_id_of, set_contestant_status
from config.contestants import add_contestants
from config.seasons import open_planned_season
from kernel.ids import derive_id
from tests.factories.commands import arena
from tests.factories.contests import house, play, season_plan
from tests.factories.minds_field import (
    asked_twice,
    attempts_by_model,
    faults_found,
    model,
    reasons_of,
    requests_by_model,
    turns_of,
)
from tests.factories.minds_outside import cut_network
from tests.factories.provider_server import ProviderServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def season(provider: ProviderServer, market: str) -> str:
    """Play ten rounds: Bob pauses for three, Gus joins after four, Ann retires after six."""
    entries = [model(provider, name) for name in ("ann", "bob")]
    others = house("scoring", "random")
    season = open_planned_season(season_plan(market), [*entries, *others], with_models=True)
    who = {name: derive_id("contestant", season, name) for name in ("ann", "bob")}
    play(season, 2)
    set_contestant_status(who["bob"], "paused")
    play(season, 2)
    add_contestants(season, [model(provider, "gus", dialect="messages")])
    play(season, 1)
    set_contestant_status(who["bob"], "playing")
    play(season, 1)
    set_contestant_status(who["ann"], "retired")
    play(season, 4)
    return season


def test_each_is_asked_in_the_rounds_it_plays_and_in_no_other(season: str, provider: ProviderServer) -> None:
    assert requests_by_model(provider) == {"ann": 6, "bob": 7, "gus": 6} == attempts_by_model(season)
    assert asked_twice(provider, ("ann", "bob", "gus")) == []
    assert reasons_of(season, "bob").count("paused") == 3
    assert [len(reasons_of(season, name)) for name in ("ann", "bob", "gus")] == [6, 10, 6]
    assert ModelCall.objects.filter(season_id=season).count() == 19
    assert faults_found() == []


def test_a_rank_is_told_among_those_who_take_part(season: str, provider: ProviderServer) -> None:
    assert season
    told = [re.search(rb"rank \d+ of (\d+)", request.body) for request in provider.requests]
    fields = [
        (request.model, int(found[1]))
        for request, found in zip(provider.requests, told, strict=True)
        if found
    ]
    ann, gus = ([size for name, size in fields if name == who] for who in ("ann", "gus"))
    assert ann == [4, 4, 4, 4, 5, 5], "who joins later is nobody's rival before"
    assert gus == [5, 5, 4, 4, 4, 4], "nor is who has retired"


def test_the_replay_lets_them_come_and_go_alike(
    season: str,
    tmp_path: Path,
    market: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tape = tmp_path / "season.jsonl"
    assert arena(capsys, "tape", "cup", "--out", str(tape)).status == 0
    refused = cut_network(monkeypatch)
    said = arena(capsys, "replay", str(tape), "--json", "--market", market)
    again = season_id_of(said.json["slug"])
    assert turns_of(again) == turns_of(season)
    assert (said.status, said.json["same"], said.json["rounds"]) == (0, True, 10)
    assert dict(Contestant.objects.filter(season_id=again).values_list("slug", "status"))["ann"] != "playing"
    assert refused == []
    assert faults_found() == []
