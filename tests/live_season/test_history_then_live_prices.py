"""A season on a venue: its recent past at full speed, then its prices on the wall clock, none twice."""

from typing import Any

import pytest

from arena import selectors
from arena.selectors.roster import season_facts
from arena.services.seasons import season_id_of
from config import jobs
from config.cli import serve
from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.contests import buy, held_reasons, house, says, story_of
from tests.factories.live_contest import LiveContest, problems, round_page, slots
from tests.factories.loopback_venue import LoopbackVenue
from trading.ports import MarketUnavailableError
from trading.selectors import instruments, rule_book, ticks

pytestmark = pytest.mark.django_db

PAST, LIVE = "candles of Binance USD-M", "live prices of Binance USD-M"


def sources() -> list[str]:
    return [round_page(number).source for number in range(1, len(slots()) + 1)]


def fill_kinds(slug: str) -> list[str]:
    return [row[7] for row in story_of(slug, serve.SLUG)["fills"]]


def buyer(contest: LiveContest) -> Any:
    """Return who buys BTC in the first live round, with a stop 3 % below."""
    return contest.trader("ann", says(buy(stop=58_200)))


def test_the_board_is_full_before_the_first_live_round(
    venue: LoopbackVenue, capsys: pytest.CaptureFixture[str]
) -> None:
    contest = LiveContest(venue)
    contest.open(house("buy_and_hold", "equal_weight", "momentum"))
    last = contest.first_live_slot - 1
    assert slots() == list(range(last - 19, last + 1))
    assert sources() == [PAST] * 20
    season = contest.season()
    assert (season.market_kind, season.market_label, season.clock) == ("live", LIVE, "wall")
    assert fill_kinds("buy-and-hold") != []
    assert problems() == []
    assert "SOL, BNB, ASTER" in capsys.readouterr().err


def test_the_past_is_settled_to_its_last_bar_and_the_gap_after_it_by_the_first_live_tick(
    venue: LoopbackVenue,
) -> None:
    contest = LiveContest(venue)
    season_id = contest.open(house("buy_and_hold"))
    last_close_ms = venue.now_ms // MINUTE_MS * MINUTE_MS
    assert season_facts(season_id).settled_ms == last_close_ms
    contest.go_to(contest.first_live_slot, seconds=-20)
    asked_ms = venue.now_ms
    jobs.sync_prices(world=contest.world)
    (tick,) = ticks(season_id, last_close_ms, asked_ms + MINUTE_MS)
    assert asked_ms < tick.market_ms < asked_ms + 100
    assert tick.source == LIVE


def test_two_live_rounds_follow_on_the_next_slots_and_name_their_source(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    contest.open([buyer(contest), *house("momentum")])
    first = contest.first_live_slot
    contest.ring()
    assert len(slots()) == 20, "no slot is due before its time"
    for slot in (first, first + 1):
        contest.go_to(slot)
        contest.ring()
        contest.ring()
    assert slots() == list(range(first - 20, first + 2))
    assert sources() == [PAST] * 20 + [LIVE] * 2
    assert fill_kinds("ann") == ["decision"]
    assert round_page(21).turns[0].decisions[0].fill is not None
    assert problems() == []


def test_a_stop_is_filled_on_the_tick_that_was_recorded_between_two_rounds(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    contest.open([buyer(contest)])
    contest.go_to(contest.first_live_slot)
    contest.ring()
    contest.go_to(contest.first_live_slot, seconds=60)
    jobs.watch_exits(world=contest.world)
    assert fill_kinds("ann") == ["decision"]
    venue.prices["BTC"] = 57_000.0
    contest.go_to(contest.first_live_slot, seconds=65)
    asked_ms = venue.now_ms
    jobs.watch_exits(world=contest.world)
    jobs.watch_exits(world=contest.world)
    fills = story_of("ann", serve.SLUG)["fills"]
    assert [row[7] for row in fills] == ["decision", "stop_loss"]
    assert asked_ms < fills[1][8] < asked_ms + 100
    assert fills[1][3] < 57_000 * fills[1][2], "a stop that was jumped over is filled at what was seen"
    assert problems() == []


def test_a_dip_that_no_tick_saw_fills_no_stop(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    contest.open([buyer(contest)])
    contest.go_to(contest.first_live_slot)
    contest.ring()
    venue.prices["BTC"] = 57_000.0
    contest.go_to(contest.first_live_slot, seconds=90)
    venue.prices["BTC"] = 60_000.0
    contest.go_to(contest.first_live_slot + 1)
    contest.ring()
    assert fill_kinds("ann") == ["decision"]


def test_while_the_venue_is_away_nothing_is_played_and_the_next_slot_goes_on(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    contest.open([buyer(contest)])
    contest.go_to(contest.first_live_slot)
    contest.ring()
    contest.go_to(contest.first_live_slot + 1)
    venue.raw = b"<html>maintenance</html>"
    for job in (jobs.sync_prices, jobs.watch_exits, jobs.play_rounds):
        with pytest.raises(MarketUnavailableError, match="cannot be used"):
            job(world=contest.world)
    venue.raw = None
    contest.go_to(contest.first_live_slot + 2)
    contest.ring()
    assert slots()[-2:] == [contest.first_live_slot, contest.first_live_slot + 2]
    assert round_page(22).held_reason == ""
    assert problems() == []


def test_an_outage_after_the_round_opened_holds_it_and_the_next_one_plays(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    contest.open([contest.trader("ann", says(), says(buy(stop=58_200)))])
    contest.go_to(contest.first_live_slot)
    venue.edit["candles"] = lambda _rows: []
    contest.ring()
    del venue.edit["candles"]
    contest.go_to(contest.first_live_slot + 1)
    contest.ring()
    assert held_reasons(serve.SLUG)[-2:] == ["market_unavailable", ""]
    turns = story_of("ann", serve.SLUG)["turns"]
    assert turns[-2][1:3] == ("forced_hold", "market_unavailable")
    assert turns[-1][1:3] == ("decided", "")
    assert problems() == []


def test_stale_prices_move_nothing(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    contest.open([buyer(contest)])
    contest.go_to(contest.first_live_slot)
    contest.ring()
    before = story_of("ann", serve.SLUG)
    old_ms = venue.now_ms
    venue.prices["BTC"] = 50_000.0
    venue.edit["book"] = lambda body: body | {"T": old_ms, "E": old_ms}
    contest.go_to(contest.first_live_slot, seconds=120)
    with pytest.raises(MarketUnavailableError, match="the answer is stale"):
        jobs.watch_exits(world=contest.world)
    assert story_of("ann", serve.SLUG) == before


def test_without_its_history_the_season_starts_live_and_says_so(
    venue: LoopbackVenue, capsys: pytest.CaptureFixture[str]
) -> None:
    contest = LiveContest(venue)
    venue.edit["candles"] = lambda _rows: []
    contest.open([buyer(contest)])
    del venue.edit["candles"]
    said = [line for line in capsys.readouterr().err.splitlines() if "history" in line]
    assert len(said) == 1
    assert said[0].startswith("no history of live prices of Binance USD-M, the board starts empty: ")
    assert slots() == []
    contest.go_to(contest.first_live_slot)
    contest.ring()
    assert (slots(), sources()) == ([contest.first_live_slot], [LIVE])


def test_a_venue_that_keeps_little_gives_a_short_past(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    venue.kept_bars = 60
    contest.open([buyer(contest)])
    last = contest.first_live_slot - 1
    assert 5 < len(slots()) < 20
    assert slots() == list(range(last - len(slots()) + 1, last + 1))


@pytest.mark.parametrize("past_slot_s", [1, 59, 61, 119, 121, 179])
def test_no_slot_is_played_twice_wherever_in_a_slot_the_season_is_opened(
    venue: LoopbackVenue, past_slot_s: int
) -> None:
    contest = LiveContest(venue, past_slot_s)
    contest.open([buyer(contest)], warm_up=4)
    for _ in range(3):
        contest.ring()
    contest.go_to(contest.first_live_slot)
    contest.ring()
    found = slots()
    assert found == list(range(found[0], contest.first_live_slot + 1))
    assert found[-1] - found[3] == (1 if past_slot_s >= 60 else 2), "the running slot is played, once"
    assert problems() == []


def test_rules_and_steps_are_those_of_what_the_venue_lists(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    season_id = contest.open(house("momentum"), warm_up=2)
    assert rule_book(contest.season().rulebook_sha256).symbols == ("BTC", "ETH")
    assert {symbol: item.tick for symbol, item in instruments(season_id).items()} == {
        "BTC": SCALE // 10,
        "ETH": SCALE // 10,
    }


def test_a_venue_that_lists_nothing_asked_for_opens_no_season(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    venue.prices = {"PEPE": 0.5}
    with pytest.raises(MarketUnavailableError, match="none of BTC, ETH, SOL, BNB, ASTER"):
        contest.open(house("momentum"))
    assert selectors.season_view(serve.SLUG, 0) is None


def test_auto_takes_the_venue_that_answers_and_keeps_it(venue: LoopbackVenue) -> None:
    contest = LiveContest(venue)
    season_id = contest.open([buyer(contest)], market="auto", warm_up=2)
    chosen = contest.season().market_label
    assert chosen in {LIVE, "live prices of Hyperliquid"}
    contest.go_to(contest.first_live_slot)
    contest.ring()
    assert sources() == [chosen.replace("live prices", "candles")] * 2 + [chosen]
    assert season_id == season_id_of(serve.SLUG)
