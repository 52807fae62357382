"""Who waits for a key plays after a start that finds it, if this version can play its kind."""

from pathlib import Path

import pytest

from agents.adapters import build
from agents.adapters.scripted import ScriptedAgent
from agents.domain.registry import KINDS, KindInfo
from agents.domain.roster import RosterEntry
from arena.models import Contestant, Season
from arena.selectors.audit import audit
from arena.services.seasons import set_contestant_status, set_season_status
from config.contestants import seat_ready_contestants
from kernel.time import MINUTE_MS
from tests.factories import contests
from tests.factories.contests import (
    FIRST_ROUND_BAR,
    START_MS,
    buy,
    open_contest,
    says,
    scripted,
    story_of,
    write_tape,
)

pytestmark = pytest.mark.django_db
KEY = "KEYED_SCRIPT_API_KEY"
FIRST_SLOT = START_MS // MINUTE_MS + FIRST_ROUND_BAR


@pytest.fixture
def season(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Open a contest of one who plays, one who waits for a key, and a language model."""
    monkeypatch.delenv(KEY, raising=False)
    monkeypatch.setitem(KINDS, "keyed_script", KindInfo("Keyed script", needs_key=(KEY,)))
    monkeypatch.setitem(build._BUILDERS, "keyed_script", ScriptedAgent)
    script = {"answers": [says(buy())] * 9, "from_slot": FIRST_SLOT}
    roster = [
        scripted("ann", says()),
        RosterEntry("Kay", "kay", "", "keyed_script", script),
        RosterEntry("Claude", "claude", "", "anthropic", {"model": "claude-sonnet-5-5"}),
    ]
    season_id = open_contest(roster, f"tape:{write_tape(tmp_path)}")
    Season.objects.filter(id=season_id).update(clock="scaled")
    return season_id


def play(season_id: str, rounds: int) -> None:
    """Play so many rounds as fast as they can be; afterwards the season goes on by itself again."""
    Season.objects.filter(id=season_id).update(clock="tape")
    contests.play(season_id, rounds)
    Season.objects.filter(id=season_id).update(clock="scaled")


def status(slug: str) -> str:
    """Return a contestant's status."""
    return Contestant.objects.get(slug=slug).status


def test_without_its_key_it_keeps_waiting(season: str) -> None:
    assert seat_ready_contestants() == 0
    assert (status("kay"), status("claude")) == ("waiting_for_key", "waiting_for_key")
    play(season, 2)
    assert story_of("kay")["turns"] == []


def test_with_its_key_it_plays_from_the_next_round_on(season: str, monkeypatch: pytest.MonkeyPatch) -> None:
    play(season, 2)
    version = Season.objects.get().version
    monkeypatch.setenv(KEY, "a key")
    assert seat_ready_contestants() == 1
    assert status("kay") == "playing"
    assert Season.objects.get().version == version + 1
    play(season, 2)
    assert [row[:3] for row in story_of("kay")["turns"]] == [(3, "decided", ""), (4, "decided", "")]
    assert len(story_of("kay")["fills"]) == 1
    assert [finding.problem for finding in audit() if finding.problem] == []
    assert seat_ready_contestants() == 0


@pytest.mark.usefixtures("season")
def test_a_language_model_joins_when_its_key_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-a-key")
    assert status("claude") == "waiting_for_key"
    assert seat_ready_contestants() == 1
    assert status("claude") == "playing"


@pytest.mark.parametrize("left", ["paused", "retired"])
@pytest.mark.usefixtures("season")
def test_who_was_paused_or_retired_by_the_operator_is_not_seated(
    monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    set_contestant_status(Contestant.objects.get(slug="kay").id, left)
    monkeypatch.setenv(KEY, "a key")
    assert seat_ready_contestants() == 0
    assert status("kay") == left


def test_a_season_played_at_full_speed_seats_nobody_by_itself(
    season: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Season.objects.filter(id=season).update(clock="tape")
    monkeypatch.setenv(KEY, "a key")
    assert seat_ready_contestants() == 0


def test_a_finished_season_stays_as_it_is(season: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_season_status(season, "finished", 1)
    monkeypatch.setenv(KEY, "a key")
    assert seat_ready_contestants() == 0
    assert status("kay") == "waiting_for_key"


@pytest.mark.parametrize("status", ["running", "paused"])
def test_no_season_comes_back_from_its_end(season: str, status: str) -> None:
    set_season_status(season, "finished", 1)
    before = Season.objects.values().get(id=season)
    with pytest.raises(ValueError, match="season cup is finished; its standings are final: open another"):
        set_season_status(season, status, 2)
    assert Season.objects.values().get(id=season) == before
    assert contests.play(season, 1) == []
