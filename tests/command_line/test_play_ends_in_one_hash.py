"""`arena play`: the same market, seed and rules end in the same hash, and the answer says what was played."""

import json
import string
from pathlib import Path

import pytest

from arena.models import Season
from tests.factories.commands import arena
from tests.factories.contests import write_tape

pytestmark = pytest.mark.django_db
CANDLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "candles"
MINUTES = CANDLES / "BTC-USDT-PERP_1m_2022-01.csv"
HOURS = [CANDLES / f"{symbol}-USDT_1h.csv" for symbol in ("BTC", "ETH", "SOL", "XRP", "ADA")]
needs_candles = pytest.mark.skipif(not MINUTES.exists(), reason="no recorded candles at ../shared/data")


def hash_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Play and return the replay hash."""
    said = arena(capsys, "play", *arguments, "--json")
    assert said.status == 0
    assert [line for line in said.err.splitlines() if "no funding is recorded" not in line] == []
    found = said.json["replay_hash"]
    assert len(found) == 64
    assert set(found) <= set(string.hexdigits.lower())
    return str(found)


def test_the_simulated_market_gives_one_game_a_seed(capsys: pytest.CaptureFixture[str]) -> None:
    short = ("--rounds", "12", "--symbols", "BTC,ETH")
    first, again = hash_of(capsys, *short), hash_of(capsys, *short)
    assert first == again
    assert hash_of(capsys, *short, "--seed", "2") != first
    assert hash_of(capsys, "--rounds", "11", "--symbols", "BTC,ETH") != first
    assert Season.objects.count() == 4


@needs_candles
def test_a_minute_tape_stamped_at_the_close_gives_one_game(capsys: pytest.CaptureFixture[str]) -> None:
    tape = ("--market", f"tape:{MINUTES}", "--stamp", "close", "--rounds", "25")
    assert hash_of(capsys, *tape) == hash_of(capsys, *tape)


@needs_candles
def test_five_hourly_tapes_give_one_game(capsys: pytest.CaptureFixture[str]) -> None:
    tape = ("--market", f"tape:{','.join(map(str, HOURS))}", "--rounds", "25")
    assert hash_of(capsys, *tape) == hash_of(capsys, *tape)


def test_a_tape_ends_the_season_when_it_ends(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    tape = f"tape:{write_tape(tmp_path, bars=10)}"
    said = arena(capsys, "play", "--market", tape, "--interval", "60", "--rounds", "500", "--json")
    assert (said.status, said.json["rounds"]) == (0, 8)


def test_the_answer_is_one_object_that_says_what_was_played(capsys: pytest.CaptureFixture[str]) -> None:
    said = arena(capsys, "play", "--rounds", "3", "--symbols", "BTC", "--json")
    form = said.json
    assert json.loads(said.out) == form
    assert (form["market_kind"], form["rounds"], form["seed"], form["proof"]) == ("simulated", 3, 1, "none")
    assert form["books_balance"] is True
    assert form["waiting"] == ["chatgpt", "claude", "grok", "deepseek", "smollm2"]
    flat = next(row for row in form["standings"] if row["contestant"] == "always-flat")
    assert (flat["equity"], flat["net"], flat["orders"], flat["baseline"]) == ("10000", "0", 0, True)
    assert [row["rank"] for row in form["standings"]] == sorted(row["rank"] for row in form["standings"])


def test_for_people_it_is_a_table_that_hides_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    said = arena(capsys, "play", "--rounds", "2", "--symbols", "BTC")
    lines = said.out.splitlines()
    assert lines[0].endswith("2 rounds on simulated market (seed 1), paper money, not proven")
    assert any(line.startswith("Waiting for a key: ChatGPT, Claude") for line in lines)
    assert lines[-1].startswith("replay hash ")
