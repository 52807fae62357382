"""The kill switch of whoever plays a season again decides nothing: the recorded one does."""

from pathlib import Path

import pytest

from agents.models import TapeLine
from agents.selectors import tape_lines
from arena.models import Season
from arena.rounds import play_next_round
from arena.services.seasons import season_id_of
from tests.factories.commands import Said, arena
from tests.factories.contests import SLUG, house, open_contest, play
from tests.rounds.test_the_switch_turned_in_mid_round import open_duel, turning
from trading.services import set_trading_level

pytestmark = pytest.mark.django_db


def exported(capsys: pytest.CaptureFixture[str], folder: Path) -> Path:
    said = arena(capsys, "tape", SLUG, "--out", str(folder / "cup.jsonl"))
    assert (said.status, said.err) == (0, "")
    return folder / "cup.jsonl"


def replayed(capsys: pytest.CaptureFixture[str], tape: Path, *options: str) -> Said:
    return arena(capsys, "replay", str(tape), "--json", *options)


@pytest.mark.parametrize("level_now", ["active", "reducing", "halted"])
def test_rounds_are_played_again_under_the_switch_of_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], level_now: str
) -> None:
    season = open_contest(house("momentum", "random", "buy_and_hold"))
    play(season, 3)
    set_trading_level("reducing", "a test", "tester", 1)
    play(season, 4)
    set_trading_level("active", "a test", "tester", 2)
    play(season, 5)
    tape = exported(capsys, tmp_path)
    set_trading_level(level_now, "a test", "tester", 3)
    said = replayed(capsys, tape)
    assert (said.status, said.json["same"], said.json["rounds"]) == (0, True, 12)
    heads = [Season.objects.get(id=season_id_of(slug)).replay_head for slug in (SLUG, said.json["slug"])]
    assert heads[0] == heads[1]


@pytest.mark.parametrize("level", ["reducing", "halted"])
def test_a_switch_turned_between_review_and_orders_is_played_again_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], level: str
) -> None:
    season = open_duel(tmp_path)
    assert play_next_round(turning(season, level), season) is not None
    set_trading_level("active", "a test", "tester", 2)
    play(season, 3)
    tape = exported(capsys, tmp_path)
    said = replayed(capsys, tape, "--market", f"tape:{tmp_path}/BTC-USDT_1m.csv")
    assert (said.status, said.json["same"], said.json["rounds"]) == (0, True, 5)
    again = season_id_of(said.json["slug"])
    assert list(tape_lines(again)) == list(tape_lines(season)), "the tape of a replay is the tape"


def test_an_open_switch_leaves_no_line() -> None:
    play(open_contest(house("momentum")), 2)
    assert not TapeLine.objects.exists()
