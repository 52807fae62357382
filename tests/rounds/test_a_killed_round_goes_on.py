"""Wherever a round is cut off, the next start finishes it once, and the season ends in the same hash."""

from pathlib import Path

import pytest

from arena import selectors
from arena.models import Contestant, Round
from arena.rounds import play_next_round
from arena.selectors.audit import audit
from arena.services.seasons import set_contestant_status
from arena.services.stages import release_leases
from tests.factories.contests import (
    SLUG,
    Bar,
    buy,
    close,
    house,
    open_contest,
    play,
    ports_for,
    says,
    scripted,
    story_of,
    write_tape,
)
from tests.factories.kills import KilledError, killed_at

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 56
CRASH: Bar = (100, 100, 80, 100)


def open_busy_contest(folder: Path, slug: str) -> str:
    """Open a contest in which something is opened, closed, stopped and denied all the time."""
    crashes = dict.fromkeys(range(6, ROUNDS, 7), CRASH)
    market = f"tape:{write_tape(folder, bars=ROUNDS + 4, bent=crashes)}"
    steady = [says(buy()), says(close())] * ROUNDS
    stopped = [says(buy(stop=95)), says(buy(leverage=50)), says()] * ROUNDS
    roster = [
        scripted("ann", *steady[:ROUNDS]),
        scripted("bob", *stopped[:ROUNDS]),
        *house("momentum", "random"),
    ]
    return open_contest(roster, market, slug=slug)


def head_of(slug: str) -> tuple[str, int]:
    """Return a season's replay head and how many rounds it closed."""
    view = selectors.season_view(slug, 0)
    assert view is not None
    return view.replay_head, view.rounds_closed


@pytest.mark.parametrize("first", [0, 40])
def test_a_round_cut_off_before_any_of_its_statements_is_finished_once(tmp_path: Path, first: int) -> None:
    play(open_busy_contest(tmp_path, "calm"), ROUNDS)
    season = open_busy_contest(tmp_path, SLUG)
    deaths = 0
    for number in range(first, first + ROUNDS):
        with killed_at(number):
            try:
                play_next_round(ports_for(season), season)
            except KilledError:
                deaths += 1
        release_leases()
        while head_of(SLUG)[1] <= number - first:
            assert play_next_round(ports_for(season), season) is not None
    assert deaths > ROUNDS // 4
    assert head_of(SLUG) == head_of("calm")
    assert [finding for finding in audit() if finding.problem] == []
    for slug in ("ann", "bob"):
        assert story_of(slug) == story_of(slug, "calm")
    assert {row[7] for row in story_of("bob")["fills"]} == {"decision", "stop_loss"}


def test_a_process_that_dies_ever_later_gets_there_in_the_end(tmp_path: Path) -> None:
    play(open_busy_contest(tmp_path, "calm"), 4)
    season = open_busy_contest(tmp_path, SLUG)
    deaths = 0
    while head_of(SLUG)[1] < 4:
        with killed_at(deaths):
            try:
                play_next_round(ports_for(season), season)
            except KilledError:
                deaths += 1
        release_leases()
    assert deaths > 20
    assert head_of(SLUG) == head_of("calm")


@pytest.mark.parametrize(("status", "fills"), [("retired", 1), ("paused", 0)])
def test_whoever_leaves_while_a_round_is_cut_off_still_stands_in_it(
    tmp_path: Path, status: str, fills: int
) -> None:
    season = open_contest(
        [scripted("ann", says(buy())), scripted("bob", says(buy()))], f"tape:{write_tape(tmp_path)}"
    )
    number = 0
    while not Round.objects.filter(stage="answered").exists():
        with killed_at(number), pytest.raises(KilledError):
            play_next_round(ports_for(season), season)
        release_leases()
        number += 1
    set_contestant_status(Contestant.objects.values_list("id", flat=True).get(slug="ann"), status)
    assert play(season, 2)[0].number == 1
    assert next(row[:3] for row in story_of("ann")["turns"]) == (1, "decided", "")
    assert len(story_of("ann")["fills"]) == fills
    assert [finding for finding in audit() if finding.problem] == []
