"""A process that ends while it plays a venue's past: nobody plays prices of now under times of then."""

from dataclasses import replace

import pytest

from arena.ports import Silence
from arena.rounds import RoundResult
from arena.selectors.roster import season_facts
from arena.services.seasons import season_id_of, set_clock
from config import jobs
from config.cli import serve
from config.seasons import find_market, fitted, open_planned_season, play_on
from config.warm_up import end_cut_off_warm_up, fetch_past, open_live_season, play_past
from config.wiring import ports_of
from kernel.time import slot_start
from tests.factories.contests import house
from tests.factories.live_contest import INTERVAL_MS, LiveContest, problems, round_page, slots
from tests.factories.loopback_venue import LoopbackVenue
from trading.adapters.ccxt_public import CcxtPublicMarket
from trading.models import Tick

pytestmark = pytest.mark.django_db

OPTIONS = {"market": "ccxt:binanceusdm", "seed": 1, "warm_up": 20, "speed": 12}
ROSTER = house("momentum", "buy_and_hold")


def open_and_die_after(contest: LiveContest, rounds: int) -> str:
    """Open the season and play so many rounds of its past, as a process does that is killed then."""
    now_ms = contest.world.wall_ms()
    plan = serve.default_plan(OPTIONS, now_ms)
    market = find_market(plan, contest.world)
    assert isinstance(market, CcxtPublicMarket)
    past = fetch_past(market, 20, INTERVAL_MS)
    assert past is not None
    start_ms = slot_start(past.first_slot, INTERVAL_MS)
    live = replace(fitted(plan, market, now_ms), clock="tape", start_ms=start_ms)
    season_id = open_planned_season(live, ROSTER, contest.world)
    ports = ports_of(season_id, Silence(), contest.world, past.market)
    assert play_on(ports, season_id, rounds, lambda _result: None) == rounds
    return season_id


def test_while_the_past_is_played_no_other_process_plays(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    open_and_die_after(contest, 5)
    ticks_before = Tick.objects.count()
    for job in (jobs.sync_prices, jobs.watch_exits, jobs.play_rounds):
        job(world=contest.world)
    assert len(slots()) == 5
    assert Tick.objects.count() == ticks_before


def test_the_next_start_goes_on_live(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    season_id = open_and_die_after(contest, 5)
    end_cut_off_warm_up(serve.SLUG, 12, contest.world)
    assert season_facts(season_id).clock.kind == "wall"
    contest.go_to(contest.first_live_slot)
    contest.ring()
    assert slots()[-1] == contest.first_live_slot
    assert len(slots()) == 6
    assert round_page(6).source == "live prices of Binance USD-M"
    assert problems() == []


def test_ctrl_c_leaves_the_wall_clock_running(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    now_ms = contest.world.wall_ms()
    plan = serve.default_plan(OPTIONS, now_ms)
    market = find_market(plan, contest.world)
    assert isinstance(market, CcxtPublicMarket)

    def interrupt(result: RoundResult) -> None:
        if result.number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_live_season(fitted(plan, market, now_ms), market, ROSTER, contest.world, 20, interrupt)
    assert season_facts(season_id_of(serve.SLUG)).clock.kind == "wall"
    assert len(slots()) == 3


def test_a_past_stops_where_somebody_lets_the_season_run(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    season_id = open_and_die_after(contest, 2)
    market = find_market(serve.default_plan(OPTIONS, contest.world.wall_ms()), contest.world)
    assert isinstance(market, CcxtPublicMarket)
    past = fetch_past(market, 20, INTERVAL_MS)
    assert past is not None

    def let_run(result: RoundResult) -> None:
        if result.number == 4:
            set_clock(season_id, "wall", 1, result.market_ms, contest.world.wall_ms())

    play_past(season_id, past, let_run, contest.world)
    assert len(slots()) == 4
    assert season_facts(season_id).status == "running"


@pytest.mark.parametrize(("slug", "clock"), [("season-1", "scaled"), ("play-1", "tape")])
def test_a_simulated_past_that_was_cut_off_runs_at_its_speed(slug: str, clock: str) -> None:
    plan = replace(serve.default_plan(OPTIONS | {"market": "simulated"}, 1_767_225_600_000), slug=slug)
    season_id = open_planned_season(plan, ROSTER)
    end_cut_off_warm_up(serve.SLUG, 12, LiveContest(LoopbackVenue()).world)
    assert season_facts(season_id).clock.kind == clock
