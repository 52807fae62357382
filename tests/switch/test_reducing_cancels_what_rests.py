"""Turned to 'reducing', what rests is cancelled like at 'halted': an opening must not fill after the turn."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from arena.models import Contestant, Season
from arena.ports import Silence
from arena.rounds import play_next_round
from arena.selectors.audit import audit
from arena.selectors.roster import season_facts
from arena.services.settlement import record_new_ticks, settle_ticks
from arena.services.switch import scope_of, turn
from config.recording import open_recorded_season, play_recorded, season_header
from config.wiring import ports_of
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
    write_tape,
)
from trading.domain.terms import Terms
from trading.models import Command, Fill, Order
from trading.selectors import portfolio
from trading.services import Turn

pytestmark = pytest.mark.django_db
DIP: Bar = (100, 100, 98.4, 99)
WAITING = says(replace(buy(stop=95, target=110), size=SCALE // 50, terms=Terms("limit", 99 * SCALE, "gtc")))


@pytest.fixture(autouse=True)
def stop_path(tmp_path: Path, settings: Any) -> None:
    settings.ARENA_STOP_FILE = tmp_path / "ARENA_STOP"


@pytest.fixture
def tape(tmp_path: Path) -> str:
    """Return a market that dips to where the limits wait, two bars after they were placed."""
    return f"tape:{write_tape(tmp_path, bent={5: DIP})}"


def with_limits_that_rest(tape: str) -> str:
    """Open a season with a round every three bars, whose two contestants each leave a limit in the first."""
    first = START_MS // (3 * MINUTE_MS) + 1
    roster = [scripted(slug, WAITING, from_slot=first) for slug in ("ann", "bob")]
    season = open_contest(roster, tape, interval_s=180, symbols=("BTC",))
    play(season, 1)
    assert [order.state for order in Order.objects.all()] == ["accepted"] * 2
    return season


def settle_to(season: str, minute: int) -> None:
    """Settle up to a minute after the start, as a watcher does."""
    facts = season_facts(season)
    record_new_ticks(ports_for(season).market, facts, START_MS + minute * MINUTE_MS)
    settle_ticks(facts, START_MS + minute * MINUTE_MS)


def state_of(slug: str) -> tuple[str, str]:
    """Return how a contestant's only order stands, and why."""
    account = Contestant.objects.get(season__slug=SLUG, slug=slug).account_id
    order = Order.objects.get(account_id=account)
    return order.state, order.reason


@pytest.mark.parametrize(
    ("stopped", "ann", "bob"),
    [
        ("", ("canceled", "kill_switch"), ("canceled", "kill_switch")),
        ("ann", ("canceled", "kill_switch"), ("filled", "")),
    ],
)
def test_a_resting_limit_does_not_fill_after_reducing(
    tape: str, stopped: str, ann: tuple[str, str], bob: tuple[str, str]
) -> None:
    season = with_limits_that_rest(tape)
    turn(Turn(scope_of(SLUG, stopped) if stopped else "global", "reducing", "a test", "tester", 1))
    settle_to(season, 4)
    settle_to(season, 6)
    assert (state_of("ann"), state_of("bob")) == (ann, bob)
    assert Fill.objects.count() == [ann, bob].count(("filled", ""))
    account = Contestant.objects.get(slug="ann").account_id
    assert portfolio(account).available == 10_000 * SCALE
    assert [finding.problem for finding in audit() if finding.problem] == []


def test_left_alone_the_same_limit_fills(tape: str) -> None:
    season = with_limits_that_rest(tape)
    settle_to(season, 4)
    settle_to(season, 6)
    assert (state_of("ann"), state_of("bob")) == (("filled", ""), ("filled", ""))


def test_such_a_season_is_played_again_to_the_same_hash(tape: str) -> None:
    season = with_limits_that_rest(tape)
    turn(Turn("global", "reducing", "a test", "tester", 1))
    settle_to(season, 4)
    turn(Turn("global", "active", "a test", "tester", 2))
    while play_next_round(ports_for(season), season) is not None:
        pass
    header = season_header(SLUG)
    again = open_recorded_season(header, tape)
    play_recorded(header, again, lambda: ports_of(again, Silence()), lambda _result: None)
    heads = [Season.objects.get(id=found).replay_head for found in (season, again)]
    assert heads[0] == heads[1] == header["replay_hash"]
    told = [
        list(Command.objects.filter(feed=found).values_list("kind", "effective_ms"))
        for found in (season, again)
    ]
    assert told[0] == told[1] == [("cancel", START_MS + 4 * MINUTE_MS)]
    ends = [
        sorted(Order.objects.filter(feed=found).values_list("state", "reason")) for found in (season, again)
    ]
    assert ends[0] == ends[1]
