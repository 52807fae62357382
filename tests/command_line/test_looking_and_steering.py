"""`arena season | contestant | leaderboard | audit | doctor`: what they answer, and how they say no."""

from pathlib import Path

import pytest

from arena.models import Contestant, Round, Season
from kernel.time import DAY_MS
from tests.factories.commands import arena
from tests.factories.contests import buy, house, open_contest, play, says, scripted, write_tape

pytestmark = pytest.mark.django_db


@pytest.fixture
def cup(tmp_path: Path) -> str:
    """Play three rounds of a small cup."""
    season = open_contest(
        [scripted("ann", says(buy())), *house("always_flat")], f"tape:{write_tape(tmp_path)}"
    )
    play(season, 3)
    return season


def test_an_empty_database_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    said = arena(capsys, "season")
    assert said.out == "There is no season yet; open one: manage.py arena season open SLUG\n"
    assert arena(capsys, "season", "--json").json == {"seasons": []}
    for command in ("leaderboard", "contestant"):
        found = arena(capsys, command)
        assert (found.status, found.out) == (2, "")
        assert found.err.startswith(("arena: no season is open yet", "arena: there is no season yet"))


@pytest.mark.usefixtures("cup")
def test_the_leaderboard_answers_with_the_standings(capsys: pytest.CaptureFixture[str]) -> None:
    form = arena(capsys, "leaderboard", "--json").json
    assert (form["season"], form["rounds"]) == ("cup", 3)
    assert [(row["rank"], row["contestant"]) for row in form["standings"]] == [(1, "always-flat"), (2, "ann")]
    assert len(arena(capsys, "leaderboard").out.splitlines()) == 4


@pytest.mark.usefixtures("cup")
def test_an_unknown_season_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["season", "pause", "bowl"], ["contestant", "--season", "bowl"]):
        said = arena(capsys, *command)
        assert (said.status, said.err) == (2, "arena: there is no season bowl; known: cup\n")


def test_before_the_first_season_a_command_says_how_to_open_one(capsys: pytest.CaptureFixture[str]) -> None:
    said = arena(capsys, "contestant")
    sentence = "no season is open yet: bin/run opens one, or manage.py arena season open NAME"
    assert (said.status, said.err) == (2, f"arena: {sentence}\n")


@pytest.mark.usefixtures("cup")
def test_a_season_is_paused_resumed_and_finished(capsys: pytest.CaptureFixture[str]) -> None:
    for action, status in (("pause", "paused"), ("resume", "running"), ("finish", "finished")):
        said = arena(capsys, "season", action, "cup", "--json")
        assert [(row["slug"], row["status"], row["rounds"]) for row in said.json["seasons"]] == [
            ("cup", status, 3)
        ]
        assert Season.objects.get().status == status


@pytest.mark.usefixtures("cup")
def test_a_contestant_is_paused_resumed_and_retired(capsys: pytest.CaptureFixture[str]) -> None:
    for action, status in (("pause", "paused"), ("resume", "playing"), ("retire", "retired")):
        said = arena(capsys, "contestant", action, "ann", "--json")
        assert said.status == 0
        assert Contestant.objects.get(slug="ann").status == status


@pytest.mark.usefixtures("cup")
def test_a_contestant_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    said = arena(capsys, "contestant", "pause", "eve")
    expected = "arena: season cup has no contestant eve; see: manage.py arena contestant\n"
    assert (said.status, said.err) == (2, expected)
    assert "name the contestant to pause" in arena(capsys, "contestant", "pause").err


def test_a_model_without_its_key_cannot_be_resumed(capsys: pytest.CaptureFixture[str]) -> None:
    arena(capsys, "play", "--rounds", "1", "--symbols", "BTC")
    said = arena(capsys, "contestant", "resume", "claude")
    assert (said.status, Contestant.objects.get(slug="claude").status) == (2, "waiting_for_key")
    assert said.err == "arena: claude waits for a key; store one: manage.py arena key set agent:claude\n"


@pytest.mark.usefixtures("cup")
def test_only_who_is_paused_can_be_resumed_and_retiring_is_not_taken_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert arena(capsys, "contestant", "resume", "ann").err == "arena: ann is playing already\n"
    assert arena(capsys, "contestant", "retire", "ann").status == 0
    for action in ("pause", "resume", "retire"):
        said = arena(capsys, "contestant", action, "ann")
        assert (said.status, Contestant.objects.get(slug="ann").status) == (2, "retired")
        assert said.err == "arena: ann is retired, which cannot be taken back; enter another contestant\n"


def test_a_model_that_was_paused_waits_for_its_key_when_it_is_resumed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    arena(capsys, "play", "--rounds", "1", "--symbols", "BTC")
    for key, status in (("", "waiting_for_key"), ("sk-ant-of-the-environment", "playing")):
        if key:
            monkeypatch.setenv("ANTHROPIC_API_KEY", key)
        assert arena(capsys, "contestant", "pause", "claude").status == 0
        assert arena(capsys, "contestant", "resume", "claude").status == 0
        assert Contestant.objects.get(slug="claude").status == status


def test_a_season_is_opened_once_under_a_slug(capsys: pytest.CaptureFixture[str]) -> None:
    opened = arena(capsys, "season", "open", "spring", "--market", "simulated", "--symbols", "BTC", "--json")
    assert opened.status == 0
    assert [(row["slug"], row["market_kind"], row["clock"]) for row in opened.json["seasons"]] == [
        ("spring", "simulated", "scaled")
    ]
    again = arena(capsys, "season", "open", "spring", "--market", "simulated")
    assert again.err == "arena: there is a season spring already; choose another slug\n"
    assert Season.objects.count() == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "name the season to open"),
        (["Spring!", "--market", "simulated"], "a season's slug is made of"),
        (["spring", "--market", "nasdaq"], "market 'nasdaq' is not one of auto, simulated"),
        (["spring", "--market", "simulated", "--speed", "0"], "--speed must lie between"),
        (["spring", "--market", "simulated", "--symbols", "B$"], "--symbols must be one or more"),
    ],
)
def test_a_season_that_cannot_be_opened_is_refused(
    capsys: pytest.CaptureFixture[str], options: list[str], sentence: str
) -> None:
    said = arena(capsys, "season", "open", *options)
    assert said.status == 2
    assert sentence in said.err
    assert not Season.objects.exists()


@pytest.mark.usefixtures("cup")
def test_the_audit_counts_what_it_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    said = arena(capsys, "audit", "--json")
    assert (said.status, said.json["ok"], said.json["first_break"]) == (0, True, "")
    assert len(arena(capsys, "audit").out.splitlines()) == said.json["checked"] > 10


@pytest.mark.usefixtures("cup")
def test_the_doctor_finds_a_healthy_installation_well(capsys: pytest.CaptureFixture[str]) -> None:
    said = arena(capsys, "doctor", "--no-network", "--json")
    found = {check["what"]: check["state"] for check in said.json["checks"]}
    assert (said.status, said.json["ok"]) == (0, True)
    assert {found[what] for what in ("python", "data folder", "database", "books", "season cup")} == {"ok"}
    assert (found["market"], found["Claude"]) == ("note", "note")


@pytest.mark.usefixtures("cup")
def test_the_doctor_names_a_season_that_stands_still(capsys: pytest.CaptureFixture[str]) -> None:
    season = Season.objects.get()
    season.clock = "scaled"
    season.save()
    from_yesterday = season.created_ms - DAY_MS
    Round.objects.update(closed_wall_ms=from_yesterday)
    said = arena(capsys, "doctor", "--no-network")
    assert said.status == 1
    assert next(line for line in said.out.splitlines() if line.startswith("problem")).endswith(
        "-> start it: bin/run"
    )
