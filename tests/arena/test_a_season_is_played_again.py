"""A season's description opens it again elsewhere, and it ends at the same hash."""

import json
from pathlib import Path
from typing import Any

import pytest

from arena.models import Contestant, Season
from arena.ports import Silence
from arena.services.seasons import set_contestant_status, skip_to_slot
from config.recording import open_recorded_season, play_recorded, season_header
from config.refusal import CommandRefusedError
from config.wiring import ports_of
from tests.factories.contests import SLUG, house, open_contest, play, write_tape

pytestmark = pytest.mark.django_db


def play_again(header: dict[str, Any], market: str = "") -> Season:
    """Play a season by its description alone, as it would come from a file."""
    form = json.loads(json.dumps(header))
    season_id = open_recorded_season(form, market)
    play_recorded(form, season_id, lambda: ports_of(season_id, Silence()), lambda _result: None)
    return Season.objects.get(id=season_id)


def test_the_same_hash_with_pauses_and_slots_that_were_skipped() -> None:
    season_id = open_contest(house("momentum", "random", "scoring"))
    play(season_id, 3)
    coin = Contestant.objects.get(slug="random")
    set_contestant_status(coin.id, "paused")
    play(season_id, 2)
    set_contestant_status(coin.id, "playing")
    row = Season.objects.get(id=season_id)
    assert row.last_slot is not None
    skip_to_slot(season_id, row.last_slot + 4)
    play(season_id, 10)
    header = season_header(SLUG)
    assert [entry["presence"] for entry in header["roster"]] == [
        [[1, "playing"]],
        [[1, "playing"], [4, "paused"], [6, "playing"]],
        [[1, "playing"]],
    ]
    again = play_again(header)
    assert (again.rounds_closed, again.replay_head) == (15, header["replay_hash"])
    assert again.ranked is False


def test_a_tape_is_named_by_its_file_and_found_where_it_lies_now(tmp_path: Path) -> None:
    tape = write_tape(tmp_path)
    play(open_contest(house("momentum", "buy_and_hold"), f"tape:{tape}"), 5)
    header = season_header(SLUG)
    assert str(tmp_path) not in json.dumps(header)
    assert play_again(header, f"tape:{tape}").replay_head == header["replay_hash"]


def test_another_tape_is_refused(tmp_path: Path) -> None:
    play(open_contest(house("momentum"), f"tape:{write_tape(tmp_path)}"), 2)
    header = season_header(SLUG)
    folder = tmp_path / "other"
    folder.mkdir()
    other = write_tape(folder, bent={5: (100, 105, 99, 104)})
    with pytest.raises(CommandRefusedError, match="is not the recording the season was played on"):
        play_again(header, f"tape:{other}")


def test_what_is_no_tape_of_this_version_is_refused() -> None:
    with pytest.raises(CommandRefusedError, match="no tape of version 1"):
        open_recorded_season({"kind": "season", "v": 2})
