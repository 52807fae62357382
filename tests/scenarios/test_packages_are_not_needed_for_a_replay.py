"""What installed packages answered stands on the tape: a replay neither needs them nor runs them."""

import sys
from pathlib import Path

import pytest

from agents.domain.roster import RosterEntry
from arena.services.seasons import season_id_of
from config.seasons import open_planned_season
from tests.factories.commands import arena
from tests.factories.contests import house, play, season_plan
from tests.factories.minds_field import faults_found, turns_of

pytestmark = pytest.mark.django_db(transaction=True)


def packaged(name: str, **settings: str) -> RosterEntry:
    config = {"entry_point": name, "settings": settings}
    return RosterEntry(name.capitalize(), name, "", "installed", config)


def test_a_season_with_packages_is_replayed_where_they_are_not_installed(
    tmp_path: Path, site: Path, market: str, capsys: pytest.CaptureFixture[str]
) -> None:
    consensus = RosterEntry("Consensus", "consensus", "", "consensus")
    roster = [packaged("chaser", symbol="ETH"), packaged("moody"), consensus, *house("buy_and_hold")]
    season = open_planned_season(season_plan(market), roster)
    play(season, 5)
    assert {turn[2] for turn in turns_of(season) if turn[1] == "chaser"} == {"decided"}
    tape = tmp_path / "season.jsonl"
    assert arena(capsys, "tape", "cup", "--out", str(tape)).status == 0

    sys.path.remove(str(site))  # and with it the package
    del sys.modules["chasing_agent"]
    said = arena(capsys, "replay", str(tape), "--json", "--market", market)
    assert (said.status, said.json["same"], said.json["rounds"]) == (0, True, 5)
    assert turns_of(season_id_of(said.json["slug"])) == turns_of(season)
    assert "chasing_agent" not in sys.modules
    assert faults_found() == []
