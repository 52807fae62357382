"""Step 0: what fires between rounds is booked once, tick by tick or in one go, whoever settles it."""

from pathlib import Path
from typing import Any

import pytest

from arena import selectors
from arena.models import Season
from arena.rounds import play_next_round
from arena.selectors.audit import audit
from arena.selectors.roster import season_facts
from arena.services.seasons import season_id_of
from arena.services.settlement import record_new_ticks, settle_ticks
from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.contests import (
    SLUG,
    START_MS,
    Bar,
    buy,
    open_contest,
    play,
    ports_for,
    says,
    scripted,
    story_of,
    write_tape,
)
from tests.factories.failing_ports import UnsteadyMarket
from trading.domain.decisions import Action
from trading.models import Order, Position

pytestmark = pytest.mark.django_db
THREE_MINUTES = 180
SLUMP: Bar = (100, 100, 80, 85)
JUMP: Bar = (100, 130, 100, 100)
BOTH: Bar = (100, 130, 80, 100)


def open_slow_contest(folder: Path, bent: dict[int, Bar], *answers: str, slug: str = SLUG) -> str:
    """Open a contest with a round every three bars; the first one sees three bars, so bar 3 is its future."""
    market = f"tape:{write_tape(folder, bent=bent)}"
    first_slot = START_MS // (3 * MINUTE_MS) + 1
    roster = [scripted("ann", *answers, from_slot=first_slot)]
    return open_contest(roster, market, slug=slug, interval_s=THREE_MINUTES)


def kinds(slug: str = SLUG) -> list[tuple[str, int]]:
    """Return kind and bar of each of the contestant's fills."""
    return [(row[7], (row[8] - START_MS) // MINUTE_MS) for row in story_of("ann", slug)["fills"]]


def settle_each_minute(season_id: str, minutes: int) -> int:
    """Settle one tick after the other, as a watcher does; return how many exits were booked."""
    booked = 0
    for minute in range(minutes):
        season = season_facts(season_id)
        until_ms = START_MS + (3 + minute + 1) * MINUTE_MS
        record_new_ticks(ports_for(season_id).market, season, until_ms)
        booked += settle_ticks(season, until_ms)
    return booked


def no_problems() -> bool:
    """Return whether the audit is clean."""
    return not [finding for finding in audit() if finding.problem]


def test_a_stop_fires_in_its_own_bar_and_is_gone_afterwards(tmp_path: Path) -> None:
    season = open_slow_contest(tmp_path, {4: SLUMP, 7: SLUMP}, says(buy(stop=90, target=120)))
    play(season, 3)
    assert kinds() == [("decision", 3), ("stop_loss", 5)]
    assert Position.objects.get().qty == 0
    assert no_problems()


def test_a_stop_that_fired_cancels_its_target(tmp_path: Path) -> None:
    season = open_slow_contest(tmp_path, {4: SLUMP, 5: JUMP}, says(buy(stop=90, target=120)))
    play(season, 4)
    assert kinds() == [("decision", 3), ("stop_loss", 5)]
    position = Position.objects.get()
    assert (position.qty, position.stop_loss, position.take_profit) == (0, None, None)


def test_a_target_that_fired_cancels_its_stop(tmp_path: Path) -> None:
    season = open_slow_contest(tmp_path, {4: JUMP, 5: SLUMP}, says(buy(stop=90, target=120)))
    play(season, 4)
    assert kinds() == [("decision", 3), ("take_profit", 5)]


def test_where_both_lie_inside_one_bar_the_stop_is_taken_and_marked(tmp_path: Path) -> None:
    season = open_slow_contest(tmp_path, {4: BOTH}, says(buy(stop=90, target=120)))
    play(season, 2)
    assert kinds() == [("decision", 3), ("stop_loss", 5)]
    fills = selectors.fills(SLUG)
    assert [(fill.kind, fill.ambiguous) for fill in fills] == [("stop_loss", True), ("decision", False)]


def test_a_position_without_room_is_liquidated_and_the_house_covers_the_rest(tmp_path: Path) -> None:
    crash: Bar = (70, 70, 60, 65)
    high = buy(leverage=10, stop=92)
    season = open_slow_contest(tmp_path, {4: crash}, says(high))
    play(season, 3)
    assert kinds() == [("decision", 3), ("liquidation", 5)]
    covered = story_of("ann")["fills"][1][6]
    assert covered > 0
    bought = story_of("ann")["fills"][0]
    lost = 10_000 * SCALE - story_of("ann")["equity"][-1][1]
    assert lost == -(-bought[3] // 10) + bought[4]
    assert no_problems()


@pytest.mark.parametrize("bent", [{4: SLUMP}, {5: SLUMP}, {3: JUMP}, {4: BOTH}, {4: (70, 70, 60, 65)}])
def test_exits_are_equal_tick_by_tick_and_in_one_go(tmp_path: Path, bent: dict[int, Bar]) -> None:
    answers = says(buy(stop=90, target=120)), says(buy(stop=90))
    season, calm = (open_slow_contest(tmp_path, bent, *answers, slug=slug) for slug in (SLUG, "calm"))
    play(calm, 3)
    play(season, 1)
    assert settle_each_minute(season, 3) == 1
    play(season, 2)
    assert story_of("ann") == story_of("ann", "calm")
    heads = set(Season.objects.values_list("replay_head", flat=True))
    assert len(heads) == 1
    assert no_problems()


def test_settling_the_same_stretch_again_books_nothing(tmp_path: Path) -> None:
    season = open_slow_contest(tmp_path, {4: SLUMP}, says(buy(stop=90)))
    play(season, 1)
    stale = season_facts(season)
    assert settle_each_minute(season, 3) == 1
    assert settle_ticks(stale, START_MS + 6 * MINUTE_MS) == 0
    assert settle_ticks(season_facts(season), START_MS + 6 * MINUTE_MS) == 0
    assert Order.objects.filter(kind="stop_loss").count() == 1


def test_a_round_opens_only_on_a_stretch_that_is_settled_to_its_end(tmp_path: Path) -> None:
    answers = says(buy(stop=90)), says(buy(stop=90))
    season, calm = (open_slow_contest(tmp_path, {5: SLUMP}, *answers, slug=slug) for slug in (SLUG, "calm"))
    play(calm, 2)
    play(season, 1)
    market = ports_for(season).market
    interrupted: list[int] = []

    def watch(what: str, until_ms: int) -> bool:
        # A watcher settles the first minute while the round's own settling fetches the whole stretch.
        if what == "ticks" and not interrupted:
            interrupted.append(until_ms)
            settle_each_minute(season, 1)
        return False

    unsteady = ports_for(season, market=UnsteadyMarket(market, watch))
    while season_facts(season).rounds_closed < 2:
        play_next_round(unsteady, season)
    assert interrupted
    assert story_of("ann") == story_of("ann", "calm")


def test_a_short_is_stopped_by_a_rise(tmp_path: Path) -> None:
    short: dict[str, Any] = {"action": Action.SELL, "stop": 110}
    season = open_slow_contest(tmp_path, {4: JUMP}, says(buy(**short)))
    play(season, 2)
    assert kinds() == [("decision", 3), ("stop_loss", 5)]
    assert season == season_id_of(SLUG)
    assert no_problems()
