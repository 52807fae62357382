"""One ring serves every season: trouble of one stops no other, and what others play is left alone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from arena import selectors
from arena.models import Round, Season
from arena.ports import Silence
from arena.rounds import play_next_round
from arena.selectors.audit import audit
from arena.selectors.roster import season_facts
from arena.services.seasons import set_clock, set_season_status
from arena.services.stages import open_slot
from config import jobs
from config.seasons import open_planned_season
from config.wiring import World, ports_of
from kernel.time import MINUTE_MS, SECOND_MS
from tests.factories.contests import (
    SLUG,
    START_MS,
    Bar,
    buy,
    house,
    open_contest,
    play,
    says,
    scripted,
    season_plan,
    story_of,
    write_tape,
)
from trading.models import Tick

pytestmark = pytest.mark.django_db
CRASH: Bar = (100, 100, 80, 100)
SPEED = 60
"""A minute of market time a second."""


class WallClock:
    """A clock in the test's hand."""

    def __init__(self) -> None:
        self.now_ms = 1_800_000_000_000

    def __call__(self) -> int:
        """Return the time."""
        return self.now_ms

    def forward(self, seconds: int) -> None:
        """Let time pass."""
        self.now_ms += seconds * SECOND_MS


@pytest.fixture
def clock() -> WallClock:
    """Return a clock that stands until it is moved."""
    return WallClock()


def open_scaled(folder: Path, world: World, slug: str = SLUG) -> str:
    """Open a season on a tape that runs by the scaled clock; its buyer is stopped in bar 4."""
    folder.mkdir(exist_ok=True)
    market = f"tape:{write_tape(folder, bent={4: CRASH})}"
    plan = season_plan(market, slug=slug, clock="scaled", speed=SPEED, interval_s=180)
    buyer = scripted("ann", says(buy(stop=95)), from_slot=START_MS // (3 * MINUTE_MS) + 1)
    return open_planned_season(plan, [buyer], world)


def kinds(slug: str = SLUG) -> list[str]:
    """Return the kind of each of the buyer's fills."""
    return [row[7] for row in story_of("ann", slug)["fills"]]


def ring(world: World) -> None:
    """Ring the jobs that touch a market, in the order of the schedule."""
    jobs.sync_prices(world=world)
    jobs.watch_exits(world=world)
    jobs.play_rounds(world=world)


def settled_minutes(season_id: str) -> float:
    """Return how far a season is settled, in minutes since its tape's start."""
    return (season_facts(season_id).settled_ms - START_MS) / MINUTE_MS


def newest_tick(season_id: str) -> float:
    """Return the newest tick's time, in minutes since the tape's start."""
    tick = Tick.objects.filter(feed=season_id).latest("market_ms")
    return (tick.market_ms - START_MS) / MINUTE_MS


def problems() -> list[str]:
    """Return what the audit says."""
    return [f"{found.season} {found.invariant}: {found.problem}" for found in audit() if found.problem]


def test_a_season_whose_tape_is_gone_stops_no_other_one(tmp_path: Path, clock: WallClock) -> None:
    lost = open_scaled(tmp_path / "lost", World(clock), "lost")
    clock.forward(1)
    cup = open_scaled(tmp_path / "cup", World(clock))
    gone = tmp_path / "lost" / "BTC-USDT_1m.csv"
    gone.unlink()
    world = World(lambda: clock.now_ms)  # a process started anew: it has to read the tapes again

    def ring_in_vain(job: Callable[..., None]) -> None:
        with pytest.raises(Exception, match=r"lost/BTC-USDT_1m\.csv"):
            job(world=world)

    ring_in_vain(jobs.play_rounds)
    assert (season_facts(lost).rounds_closed, season_facts(cup).rounds_closed) == (0, 1)
    clock.forward(2)
    ring_in_vain(jobs.sync_prices)
    assert newest_tick(cup) == 5
    assert kinds() == ["decision"]
    ring_in_vain(jobs.watch_exits)
    assert kinds() == ["decision", "stop_loss"]
    clock.forward(1)
    ring_in_vain(jobs.play_rounds)
    assert (season_facts(lost).rounds_closed, season_facts(cup).rounds_closed) == (0, 2)
    assert problems() == []


def test_jobs_leave_a_season_on_a_tape_clock_to_the_command_that_plays_it(
    tmp_path: Path, clock: WallClock
) -> None:
    season = open_contest([scripted("ann", says(buy(stop=95)))], f"tape:{write_tape(tmp_path)}")
    for _ in range(3):
        clock.forward(3_600)
        ring(World(clock))
    assert not Round.objects.exists()
    assert not Tick.objects.exists()
    play(season, 1)
    before = season_facts(season).settled_ms, Tick.objects.count()
    ring(World(clock))
    assert Round.objects.count() == 1
    assert (season_facts(season).settled_ms, Tick.objects.count()) == before


def test_an_unfinished_round_on_a_tape_clock_is_left_alone_too(tmp_path: Path, clock: WallClock) -> None:
    season = open_contest([scripted("ann", says(buy()))], f"tape:{write_tape(tmp_path)}")
    facts = season_facts(season)
    assert open_slot(facts, facts.clock.next_slot, facts.clock.anchor_market_ms, 0, 0) is not None
    ring(World(clock))
    assert Round.objects.get().stage == "opened"
    assert play(season, 1)[0].number == 1


def test_the_front_page_shows_a_season_that_somebody_plays() -> None:
    live = open_contest(house("always_flat"), slug="live", clock="scaled")
    left = open_contest(house("always_flat"), slug="left")
    assert selectors.current_season_slug() == "live"
    set_season_status(live, "paused", 1)
    assert selectors.current_season_slug() == "left"
    set_season_status(left, "finished", 1)
    assert selectors.current_season_slug() == "left"
    set_season_status(live, "running", 1)
    set_clock(left, "wall", 1, 0, 0)
    assert selectors.current_season_slug() == "live"


def test_a_paused_season_on_the_scaled_clock_stands_still(tmp_path: Path, clock: WallClock) -> None:
    world = World(clock)
    season = open_scaled(tmp_path, world)
    ring(world)
    set_season_status(season, "paused", clock())
    stood_at, ticks = settled_minutes(season), Tick.objects.count()
    clock.forward(3_600)
    ring(world)
    assert (kinds(), settled_minutes(season), Tick.objects.count()) == (["decision"], stood_at, ticks)
    set_season_status(season, "running", clock())
    clock.forward(2)
    ring(world)
    assert kinds() == ["decision", "stop_loss"]
    assert problems() == []


def test_a_scaled_clock_stands_still_while_a_round_is_open(tmp_path: Path, clock: WallClock) -> None:
    world = World(clock)
    season = open_scaled(tmp_path, world)
    ring(world)
    clock.forward(3)
    ports = ports_of(season, Silence(), world)

    def break_off() -> int:
        if Season.objects.get(id=season).round_open:
            raise InterruptedError("the process ends here")
        return clock()

    with pytest.raises(InterruptedError):
        play_next_round(replace(ports, wall_ms=break_off), season)
    opened = Round.objects.get(number=2)
    for seconds in (1, 60, 3_600):
        clock.forward(seconds)
        jobs.sync_prices(world=world)
        jobs.watch_exits(world=world)
        jobs.mark_positions()
        view = selectors.season_view(SLUG, clock())
        assert view is not None
        assert view.market_ms == opened.market_ms
        assert newest_tick(season) == settled_minutes(season) == 6
    jobs.play_rounds(world=world)
    view = selectors.season_view(SLUG, clock())
    assert view is not None
    assert (view.rounds_closed, view.market_ms // MINUTE_MS) == (2, opened.market_ms // MINUTE_MS)
    clock.forward(3)
    ring(world)
    slots = list(Round.objects.order_by("number").values_list("slot", flat=True))
    assert slots == [opened.slot - 1, opened.slot, opened.slot + 1]
    assert problems() == []
