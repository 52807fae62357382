"""Between rounds, what a contestant named beforehand as proof of its error closes its position, once."""

from pathlib import Path
from typing import Any

import pytest
from django.db import models

from accounts.models import Posting
from arena import selectors
from arena.models import Season
from arena.rounds import play_next_round
from arena.selectors.audit import audit
from arena.selectors.roster import season_facts
from arena.services.settlement import record_new_ticks, settle_ticks
from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.contests import (
    SLUG,
    START_MS,
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
from trading.domain.decisions import Decision
from trading.domain.invalidation import Invalidation
from trading.domain.market import SymbolTick, Tick
from trading.models import ClosedTrade, Fill, Order, Position
from trading.models import Decision as DecisionRow
from trading.selectors import decision_records
from trading.services import record_ticks

pytestmark = pytest.mark.django_db
DIP: Bar = (100, 100, 94, 100)
FALL: Bar = (100, 100, 94, 95)
SLUMP: Bar = (100, 100, 80, 85)
LOW: Bar = (95, 95, 95, 95)
BELOW_96 = Invalidation("price", "tick", "below", 96 * SCALE)


def closes(timeframe: str, below: int = 96) -> Invalidation:
    """Return a watched close of a bar."""
    return Invalidation("close", timeframe, "below", below * SCALE)


def watched(watch: Invalidation, **changes: Any) -> str:
    """Return an answer that buys and names what proves it wrong."""
    return says(buy(**{"watch": watch, **changes}))


def open_slow_contest(folder: Path, bent: dict[int, Bar], *answers: str, slug: str = SLUG) -> str:
    """Open a contest with a round every three bars; the first one sees three bars, so bar 3 is its future."""
    market = f"tape:{write_tape(folder, bent=bent)}"
    first_slot = START_MS // (3 * MINUTE_MS) + 1
    roster = [scripted("ann", *answers, from_slot=first_slot), *house("always_flat")]
    return open_contest(roster, market, slug=slug, interval_s=180)


def kinds(slug: str = SLUG) -> list[tuple[str, int]]:
    """Return kind and minute of each of the contestant's fills."""
    return [(row[7], (row[8] - START_MS) // MINUTE_MS) for row in story_of("ann", slug)["fills"]]


def settle_each_minute(season_id: str, first: int, last: int) -> int:
    """Settle one tick after the other, as a watcher does; return how many exits were booked."""
    booked = 0
    for minute in range(first, last + 1):
        season = season_facts(season_id)
        record_new_ticks(ports_for(season_id).market, season, START_MS + minute * MINUTE_MS)
        booked += settle_ticks(season, START_MS + minute * MINUTE_MS)
    return booked


def problems() -> list[str]:
    """Return what the audit objects to."""
    return [finding.problem for finding in audit() if finding.problem]


def test_a_watched_price_closes_the_position_in_its_bar_and_the_trade_says_so(tmp_path: Path) -> None:
    season = open_slow_contest(tmp_path, {4: DIP, 7: DIP}, watched(BELOW_96))
    play(season, 3)
    assert kinds() == [("decision", 3), ("invalidated", 5)]
    position, trade = Position.objects.get(), ClosedTrade.objects.get()
    assert (position.qty, position.watch, trade.exit_kind) == (0, "", "invalidated")
    booked = Order.objects.filter(kind="invalidated", decision=None)
    assert list(booked.values_list("reduce_only", "state")) == [(True, "filled")]
    assert [fill.kind for fill in selectors.fills(SLUG)] == ["invalidated", "decision"]
    assert problems() == []


def test_nothing_is_lost_or_made_when_a_position_is_invalidated(tmp_path: Path) -> None:
    season = open_slow_contest(tmp_path, {4: DIP}, watched(BELOW_96))
    play(season, 3)
    assert Posting.objects.aggregate(total=models.Sum("amount"))["total"] == 0
    paid = Fill.objects.aggregate(result=models.Sum(models.F("pnl") - models.F("fee")))["result"]
    assert story_of("ann")["equity"][-1][1] == 10_000 * SCALE + paid


def test_a_close_is_judged_only_where_its_bar_ends(tmp_path: Path) -> None:
    season = open_slow_contest(tmp_path, {3: FALL, 4: DIP, 6: FALL, 9: LOW}, watched(closes("5m")))
    play(season, 5)
    assert kinds() == [("decision", 3), ("invalidated", 10)]
    assert problems() == []


def test_a_holding_time_ends_a_position(tmp_path: Path) -> None:
    watch = Invalidation("held_minutes", "tick", "above", 4 * SCALE)
    play(open_slow_contest(tmp_path, {}, watched(watch)), 3)
    # Opened a millisecond after minute 3: at minute 7 it is held for not quite four minutes.
    assert kinds() == [("decision", 3), ("invalidated", 8)]
    assert problems() == []


def test_a_stop_nearer_to_the_open_fires_first_and_a_farther_one_never(tmp_path: Path) -> None:
    near = open_slow_contest(tmp_path, {4: SLUMP}, watched(BELOW_96, stop=98))
    far = open_slow_contest(tmp_path, {4: SLUMP}, watched(BELOW_96, stop=90), slug="far")
    play(near, 2)
    play(far, 2)
    assert kinds() == [("decision", 3), ("stop_loss", 5)]
    assert kinds("far") == [("decision", 3), ("invalidated", 5)]


def test_what_happened_before_the_position_existed_does_not_close_it(tmp_path: Path) -> None:
    season = open_slow_contest(tmp_path, {0: LOW, 1: LOW, 2: LOW, 3: (100, 100, 100, 100)}, watched(BELOW_96))
    play(season, 3)
    assert kinds() == [("decision", 3)]
    assert Position.objects.get().watch == "price tick below 9600000000"


@pytest.mark.parametrize("watch", [BELOW_96, closes("1m"), closes("3m"), closes("5m")])
@pytest.mark.parametrize("bent", [{4: FALL}, {5: FALL, 8: LOW}, {3: DIP, 9: LOW}, {4: (85, 90, 80, 90)}])
def test_invalidations_are_equal_tick_by_tick_and_in_one_go(
    tmp_path: Path, watch: Invalidation, bent: dict[int, Bar]
) -> None:
    answers = watched(watch), watched(watch), says(close())
    season, calm = (open_slow_contest(tmp_path, bent, *answers, slug=slug) for slug in (SLUG, "calm"))
    play(calm, 4)
    for minute in (3, 6, 9):
        play(season, 1)
        settle_each_minute(season, minute + 1, minute + 3)
    play(season, 1)
    assert story_of("ann") == story_of("ann", "calm")
    assert len(set(Season.objects.values_list("replay_head", flat=True))) == 1
    assert problems() == []


@pytest.mark.parametrize("is_restarted", [True, False])
def test_a_close_that_an_earlier_settlement_saw_counts_in_the_next(
    tmp_path: Path, *, is_restarted: bool
) -> None:
    season = open_slow_contest(tmp_path, {}, watched(closes("5m")))
    play(season, 1)
    # Nothing is seen between the ticks: the bar that ended at minute 5 closed where the first one ended.
    seen = [(4.5, 95), (6, 99)]
    for at, price in seen:
        point = SymbolTick("BTC", price * SCALE, price * SCALE, price * SCALE, price * SCALE, 0)
        record_ticks(season, [Tick(START_MS + round(at * MINUTE_MS), "test", (point,))])
        if is_restarted or at == 6:
            settle_ticks(season_facts(season), START_MS + 6 * MINUTE_MS)
    assert kinds() == [("decision", 3), ("invalidated", 6)]
    assert story_of("ann")["fills"][1][3] == story_of("ann")["fills"][1][2] * 99
    assert problems() == []


def test_an_addition_without_a_condition_keeps_the_old_one_and_one_with_replaces_it(tmp_path: Path) -> None:
    small: dict[str, Any] = {"size": SCALE // 20}
    other = closes("15m")
    answers = watched(BELOW_96, **small), says(buy(**small)), watched(other, **small)
    season = open_slow_contest(tmp_path, {}, *answers)
    seen = []
    for _ in range(3):
        play(season, 1)
        seen.append(Position.objects.get().watch)
    assert seen == ["price tick below 9600000000"] * 2 + ["close 15m below 9600000000"]
    assert problems() == []


def test_a_partial_close_keeps_watching(tmp_path: Path) -> None:
    half = Decision(close().action, "BTC", size=SCALE // 2, confidence=SCALE)
    season = open_slow_contest(tmp_path, {7: DIP}, watched(BELOW_96), says(half))
    play(season, 3)
    assert [kind for kind, _ in kinds()] == ["decision", "decision", "invalidated"]
    assert problems() == []


def test_a_decision_is_stored_with_what_it_watches_and_what_it_rests_on(tmp_path: Path) -> None:
    keys = ("BTC.rsi_14", "BTC.mark")
    season = open_slow_contest(tmp_path, {}, watched(BELOW_96, evidence=keys))
    play_next_round(ports_for(season), season)
    record = decision_records(season)[0]
    assert (record.watch, record.evidence) == (BELOW_96, keys)
    assert DecisionRow.objects.get().watch == "price tick below 9600000000"
    assert Order.objects.get().watch == "price tick below 9600000000"


@pytest.mark.parametrize("model", [Position, Order])
def test_the_audit_sees_a_condition_that_was_changed(tmp_path: Path, model: Any) -> None:
    season = open_slow_contest(tmp_path, {}, watched(BELOW_96))
    play(season, 1)
    assert problems() == []
    model.objects.update(watch="price tick below 9500000000")
    assert problems() != []
