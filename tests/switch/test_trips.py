"""Trading that stops by itself: once an episode, never the other way."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.models import Contestant, Season, Standing
from arena.services.switch import turn
from arena.services.trips import look_for_trips, trip_on_books
from config.trips import limits_of_settings, watch_trips
from kernel.units import SCALE
from tests.factories.played_season import play_season
from trading.domain.trips import (
    AccountHealth,
    FeedHealth,
    Trip,
    TripLimits,
    drawdown_trips,
    due_trips,
    stale_trips,
    unknown_trips,
)
from trading.models import ControlChange, Order, TradingState, VenueAccount
from trading.selectors import control_changes, latest_tick, levels
from trading.services import Turn, record_deployment

LIMITS = TripLimits(drawdown=SCALE // 4, unknown=3, stale_ms=180_000)
OFF = TripLimits(0, 0, 0)


@pytest.fixture(autouse=True)
def stop_path(tmp_path: Path, settings: Any) -> Path:
    settings.ARENA_STOP_FILE = tmp_path / "ARENA_STOP"
    return tmp_path / "ARENA_STOP"


@pytest.fixture
def account() -> str:
    """Return the account of a contestant that trades at a venue."""
    season = play_season(rounds=1)
    found: str = Contestant.objects.get(slug="momentum").account_id
    VenueAccount.objects.create(
        account_id=found, feed=season, venue="aster", profile="live", enabled=True, created_wall_ms=0
    )
    return found


def stand(account: str, equity: int, peak: int) -> None:
    """Let an account stand at this equity, in whole USDT."""
    rows = Standing.objects.filter(contestant__account_id=account)
    rows.update(marked_equity=equity * SCALE, peak=peak * SCALE)


def carried_out(now_ms: int = 1, limits: TripLimits = LIMITS) -> list[str]:
    """Look once; return the rules that tripped."""
    return [trip.rule for trip in look_for_trips(limits, now_ms)]


@pytest.mark.parametrize(("equity", "trips"), [(7_501, 0), (7_500, 1), (0, 1), (-5, 1), (12_000, 0)])
def test_an_account_trips_exactly_at_its_drawdown(equity: int, trips: int) -> None:
    assert len(drawdown_trips([AccountHealth("a", equity, 10_000)], LIMITS)) == trips


def test_an_account_without_money_has_no_drawdown() -> None:
    assert drawdown_trips([AccountHealth("a", 0, 0)], LIMITS) == []


def test_orders_in_doubt_stop_their_account_and_of_two_accounts_the_arena() -> None:
    bad, worse = AccountHealth("a", 1, 1, ("o1", "o2", "o3")), AccountHealth("b", 1, 1, ("p",) * 4)
    assert unknown_trips([AccountHealth("c", 1, 1, ("q", "r"))], LIMITS) == []
    assert [trip.scope for trip in unknown_trips([bad], LIMITS)] == ["a"]
    assert [(trip.scope, trip.depth) for trip in unknown_trips([bad, worse], LIMITS)] == [
        ("a", 3),
        ("b", 4),
        ("global", 7),
    ]


def test_a_stale_feed_stops_its_venue_accounts() -> None:
    feed = FeedHealth("cup", 7, 180_000, ("a", "b"))
    assert [trip.scope for trip in stale_trips([feed, feed._replace(age_ms=179_999)], LIMITS)] == ["a", "b"]


@given(
    st.lists(st.tuples(st.integers(-(10**15), 10**15), st.integers(0, 10**15))),
    st.sampled_from(["active", "reducing", "halted"]),
)
def test_what_tripped_once_never_trips_again_at_the_same_figures(
    figures: list[tuple[int, int]], level: str
) -> None:
    accounts = [AccountHealth(f"a{n}", equity, peak) for n, (equity, peak) in enumerate(figures)]
    trips = drawdown_trips(accounts, LIMITS)
    standing = dict.fromkeys([trip.scope for trip in trips], level)
    due = due_trips(trips, standing, {})
    assert due == ([] if level != "active" else trips)
    noted = {(trip.scope, trip.rule, trip.episode): trip.depth for trip in due}
    assert due_trips(trips, {}, noted) == [trip for trip in trips if trip not in due]


def test_switched_off_rules_trip_nothing() -> None:
    account = AccountHealth("a", 0, 100, ("o",) * 9)
    feed = FeedHealth("cup", 0, 10**9, ("a",))
    assert not drawdown_trips([account], OFF)
    assert not unknown_trips([account], OFF)
    assert not stale_trips([feed], OFF)


def test_a_worse_episode_trips_again() -> None:
    trip = Trip("a", "reducing", "drawdown", "100", 30, 5, "auto: x")
    noted = {("a", "drawdown", "100"): 26}
    assert due_trips([trip], {"a": "active"}, noted) == []
    assert due_trips([trip._replace(depth=31)], {"a": "active"}, noted) == [trip._replace(depth=31)]


@pytest.mark.django_db
def test_a_drawdown_trips_once_and_a_person_may_go_on(account: str) -> None:
    stand(account, 7_400, 10_000)
    assert carried_out() == ["drawdown"]
    assert levels([account]) == {account: "reducing"}
    state = TradingState.objects.get(id=account)
    assert state.reason == "auto: equity 26.0 % below its highest, limit 25.0 %"
    assert state.changed_by == "arena"
    assert carried_out() == []
    turn(Turn(account, "active", "I have looked", "ann", 2))
    assert carried_out(3) == []
    assert levels([account]) == {account: "active"}
    stand(account, 6_700, 10_000)
    assert carried_out(4) == ["drawdown"]
    kinds = [change.what for change in control_changes()]
    assert kinds == ["trip", "level", "level", "trip", "level"]


@pytest.mark.django_db
def test_a_new_high_begins_a_new_episode(account: str) -> None:
    stand(account, 7_400, 10_000)
    carried_out()
    turn(Turn(account, "active", "I have looked", "ann", 2))
    stand(account, 8_000, 12_000)
    assert carried_out(3) == ["drawdown"]


@pytest.mark.django_db
def test_orders_in_doubt_are_counted_from_the_table(account: str) -> None:
    stand(account, 10_000, 10_000)
    rows = [
        Order(
            id=f"{number:032x}",
            feed="f",
            account_id=account,
            symbol="BTC",
            kind="decision",
            side=1,
            qty=1,
            leverage=1,
            reduce_only=False,
            market_ms=number,
            state="unknown",
        )
        for number in range(3)
    ]
    Order.objects.bulk_create(rows[:2])
    assert carried_out() == []
    rows[2].save()
    assert carried_out() == ["unknown"]
    assert levels([account]) == {account: "reducing"}


@pytest.mark.django_db
def test_a_paper_account_is_left_to_the_rules_of_its_season(account: str) -> None:
    VenueAccount.objects.all().delete()
    stand(account, 1, 10_000)
    assert carried_out() == []


@pytest.mark.django_db
def test_a_live_feed_without_prices_stops_its_venue_account(account: str) -> None:
    stand(account, 10_000, 10_000)
    season = Season.objects.get()
    newest = latest_tick(season.id)
    assert newest is not None
    Season.objects.update(clock="wall", market_kind="live")
    assert carried_out(newest.market_ms + 179_999) == []
    assert carried_out(newest.market_ms + 180_000) == ["stale"]
    assert levels([account]) == {account: "reducing"}
    turn(Turn(account, "active", "I have looked", "ann", 2))
    assert carried_out(newest.market_ms + 400_000) == []


@pytest.mark.django_db
def test_books_that_break_halt_the_arena_once_a_problem(account: str) -> None:
    assert [trip.rule for trip in trip_on_books("entry x does not sum to zero", 1)] == ["books"]
    assert levels([account]) == {account: "halted"}
    turn(Turn("global", "active", "I have looked", "ann", 2))
    assert trip_on_books("entry x does not sum to zero", 3) == []
    assert len(trip_on_books("entry y does not sum to zero", 4)) == 1


@pytest.mark.django_db
def test_the_stop_file_turns_the_switch_and_its_end_turns_nothing_back(account: str, stop_path: Path) -> None:
    stop_path.write_text("reducing prices look odd")
    carried_out()
    carried_out()
    state = TradingState.objects.get(id="global")
    assert (state.level, state.reason) == ("reducing", "auto: stop file: reducing prices look odd")
    stop_path.write_text("flatten now")
    carried_out()
    carried_out()
    stop_path.unlink()
    carried_out()
    assert levels([account]) == {account: "halted"}
    asked = ControlChange.objects.filter(what="level").order_by("id").values_list("after", flat=True)
    assert list(asked) == ["reducing", "flatten"]


@pytest.mark.django_db
def test_the_job_runs_by_the_settings_and_says_what_the_deployment_is_for(settings: Any) -> None:
    settings.ARENA_TRIP_DRAWDOWN, settings.ARENA_TRIP_UNKNOWN, settings.ARENA_TRIP_STALE_S = 10, 2, 60
    assert limits_of_settings() == TripLimits(SCALE // 10, 2, 60_000)
    watch_trips()
    assert not ControlChange.objects.exists()
    settings.ARENA_TRADING = "testnet"
    watch_trips()
    watch_trips()
    change = ControlChange.objects.get()
    assert (change.what, change.before, change.after) == ("deployment", "paper", "testnet")
    assert record_deployment("paper", 9)
