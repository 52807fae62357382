"""`arena prompt`: the question of a round, as it was sent or rendered again from the stored snapshot."""

from pathlib import Path

import pytest

from agents.domain.llm.prompt import PROMPT_VERSION, Prompt
from agents.models import ModelCall
from arena.models import Contestant, Round
from tests.factories.commands import arena
from tests.factories.contests import house, open_contest, play, write_tape
from trading.services import record_blobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def cup(tmp_path: Path) -> str:
    """Play three rounds of a small cup."""
    season = open_contest(house("always_flat", "momentum"), f"tape:{write_tape(tmp_path)}")
    play(season, 3)
    return season


@pytest.mark.usefixtures("cup")
def test_the_newest_round_is_rendered_again(capsys: pytest.CaptureFixture[str]) -> None:
    form = arena(capsys, "prompt", "--json").json
    assert (form["season"], form["round"], form["origin"]) == ("cup", 3, "rendered")
    assert form["snapshot_sha256"] == Round.objects.get(number=3).snapshot_sha256
    assert (form["prompt_version"], form["prompt_sha256"]) == (PROMPT_VERSION, "")
    assert "## BTC\nmark=100.000" in form["parts"]["market"]["text"]
    assert form["parts"]["account"]["text"] == ""
    for part in form["parts"].values():
        assert part["characters"] == len(part["text"])
        assert part["estimated_tokens"] * 4 >= part["characters"]


@pytest.mark.usefixtures("cup")
def test_an_older_round_has_its_own_market(capsys: pytest.CaptureFixture[str]) -> None:
    first, third = (arena(capsys, "prompt", "--round", str(number), "--json").json for number in (1, 3))
    assert first["parts"]["system"] == third["parts"]["system"]
    assert first["parts"]["market"]["sha256"] != third["parts"]["market"]["sha256"]


@pytest.mark.usefixtures("cup")
def test_people_get_the_texts_and_a_table_of_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    out = arena(capsys, "prompt", "--contestant", "momentum").out
    assert "----- system -----\n# ROLE" in out
    assert "(the account part is kept only of prompts that were sent to a language model)" in out
    assert f"template {PROMPT_VERSION}, rendered again" in out
    assert out.rstrip().split("\n")[-1].startswith("together")


def test_what_was_sent_is_shown_as_it_was_sent(cup: str, capsys: pytest.CaptureFixture[str]) -> None:
    sent = Prompt("rules of then", "market of then", "account of then")
    hashes = record_blobs(part.encode() for part in (sent.system, sent.market, sent.account))
    contestant, shown = Contestant.objects.get(slug="momentum"), Round.objects.get(number=2)
    names = ("system_sha256", "market_sha256", "account_sha256")
    ModelCall.objects.create(
        turn_id="a" * 32,
        season_id=cup,
        contestant_id=contestant.id,
        slot=shown.slot,
        provider="openai",
        model="m",
        outcome="answered",
        prompt_version="arena-0",
        started_wall_ms=1,
        **dict(zip(names, hashes, strict=True)),
    )
    form = arena(capsys, "prompt", "--contestant", "momentum", "--round", "2", "--json").json
    assert (form["origin"], form["prompt_version"], form["prompt_sha256"]) == ("sent", "arena-0", sent.sha256)
    assert [part["text"] for part in form["parts"].values()] == [sent.account, sent.market, sent.system]
    other = arena(capsys, "prompt", "--contestant", "always-flat", "--round", "2", "--json").json
    assert other["origin"] == "rendered"


@pytest.mark.usefixtures("cup")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--round", "9"], "season cup has no round 9; it has 3 closed rounds"),
        (["--contestant", "nobody"], "season cup has no contestant nobody; see: manage.py arena contestant"),
        (["--season", "bowl"], "there is no season bowl; known: cup"),
    ],
)
def test_what_is_not_there_is_refused(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = arena(capsys, "prompt", *arguments)
    assert (said.status, said.err) == (2, f"arena: {sentence}\n")


def test_a_round_that_froze_no_market_is_refused(cup: str, capsys: pytest.CaptureFixture[str]) -> None:
    Round.objects.filter(season_id=cup, number=3).update(snapshot_sha256="", held_reason="market_unavailable")
    said = arena(capsys, "prompt")
    assert said.status == 2
    assert said.err.startswith(
        "arena: round 3 of season cup froze no market (market_unavailable): nobody was"
    )


def test_a_season_without_rounds_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_contest(house("always_flat"), f"tape:{write_tape(tmp_path)}")
    said = arena(capsys, "prompt")
    assert (said.status, said.err) == (2, "arena: season cup has no round yet; play one first\n")
