"""Why a contestant holds what it holds, and how its earlier trades ended."""

from pathlib import Path
from typing import Any

import pytest

from arena.models import Contestant
from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.contests import START_MS, Bar, buy, close, open_contest, play, says, scripted, write_tape
from trading.domain.invalidation import Invalidation
from trading.domain.observation import PastTrade, Thesis
from trading.models import ClosedTrade
from trading.selectors import past_trades, theses

pytestmark = pytest.mark.django_db
SLUMP: Bar = (100, 100, 80, 100)
WATCH = Invalidation("price", "tick", "below", 70 * SCALE)
FIRST_MS = START_MS + 2 * MINUTE_MS


def accounts(season: str) -> dict[str, str]:
    """Return slug -> account."""
    return dict(Contestant.objects.filter(season_id=season).values_list("slug", "account_id"))


def play_contest(
    folder: Path, bent: dict[int, Bar], rounds: int, **scripts: list[str]
) -> tuple[str, dict[str, str]]:
    """Play these scripts; return the season and its accounts by slug."""
    tapes = [str(write_tape(folder, bent=bent, symbol=symbol)) for symbol in ("BTC", "ETH")]
    market = f"tape:{','.join(tapes)}"
    season = open_contest([scripted(slug, *answers) for slug, answers in scripts.items()], market)
    play(season, rounds)
    return season, accounts(season)


def test_the_thesis_of_a_position_is_that_of_the_decision_that_opened_it(tmp_path: Path) -> None:
    opening = buy(watch=WATCH, reasoning="a new idea", confidence=SCALE * 8 // 10)
    ann = [says(buy(reasoning="an old idea")), says(close()), says(opening), says(), says()]
    season, who = play_contest(tmp_path, {}, 5, ann=ann, bob=[says()])
    found = theses(season, list(who.values()))
    thesis = Thesis("BTC", FIRST_MS + 2 * MINUTE_MS, SCALE * 8 // 10, "a new idea", "price below 70", WATCH)
    assert found == {who["ann"]: (thesis,), who["bob"]: ()}


def test_an_addition_brings_its_own_reasons_and_keeps_what_is_watched(tmp_path: Path) -> None:
    first = buy(watch=WATCH, reasoning="an idea", size=SCALE // 20)
    more = buy(reasoning="it works", invalidation="the trend breaks", size=SCALE // 20)
    season, who = play_contest(tmp_path, {}, 3, ann=[says(first), says(more), says()])
    (thesis,) = theses(season, [who["ann"]])[who["ann"]]
    assert thesis.decided_ms == FIRST_MS + MINUTE_MS
    assert (thesis.reasoning, thesis.invalidation, thesis.watch) == ("it works", "the trend breaks", WATCH)


def test_a_refused_addition_changes_no_thesis(tmp_path: Path) -> None:
    wild = buy(reasoning="all in", leverage=50)
    season, who = play_contest(tmp_path, {}, 3, ann=[says(buy()), says(wild), says()])
    (thesis,) = theses(season, [who["ann"]])[who["ann"]]
    assert thesis.reasoning == "it may rise"


def test_past_trades_come_newest_first_with_what_ended_them(tmp_path: Path) -> None:
    ann = [says(buy(stop=95)), says(), says(buy()), says(close()), says()]
    _season, who = play_contest(tmp_path, {3: SLUMP}, 5, ann=ann, bob=[says()])
    trades = past_trades(list(who.values()), 5)
    assert [trade.exit_kind for trade in trades[who["ann"]]] == ["decision", "stop_loss"]
    assert trades[who["bob"]] == ()
    stored = ClosedTrade.objects.get(exit_kind="stop_loss")
    figures = (stored.opened_ms, stored.closed_ms, stored.pnl, stored.fees)
    assert trades[who["ann"]][1] == PastTrade("BTC", 1, *figures, "stop_loss")
    assert past_trades([who["ann"]], 1) == {who["ann"]: trades[who["ann"]][:1]}


def test_past_trades_on_several_symbols_stand_in_one_line(tmp_path: Path) -> None:
    both = says(buy("BTC"), buy("ETH", size=SCALE // 20))
    _season, who = play_contest(tmp_path, {}, 5, ann=[both, says(close("ETH")), says(close("BTC")), both])
    trades = past_trades([who["ann"]], 5)[who["ann"]]
    assert [trade.symbol for trade in trades] == ["BTC", "ETH"]
    assert [trade.symbol for trade in past_trades([who["ann"]], 1)[who["ann"]]] == ["BTC"]


def test_a_trade_that_was_invalidated_between_rounds_is_told_as_such(tmp_path: Path) -> None:
    watch = Invalidation("price", "tick", "below", 90 * SCALE)
    _season, who = play_contest(tmp_path, {3: SLUMP}, 4, ann=[says(buy(stop=82, leverage=3, watch=watch))])
    assert [trade.exit_kind for trade in past_trades([who["ann"]], 3)[who["ann"]]] == ["invalidated"]


def test_the_past_of_many_takes_as_many_queries_as_that_of_one(
    tmp_path: Path, django_assert_num_queries: Any
) -> None:
    scripts = {f"c{number}": [says(buy(stop=95)), says(), says(buy())] for number in range(5)}
    season, who = play_contest(tmp_path, {3: SLUMP}, 3, **scripts)
    for asked in ([who["c0"]], list(who.values())):
        with django_assert_num_queries(2):
            held = theses(season, asked)
        with django_assert_num_queries(2):
            closed = past_trades(asked, 5)
        assert {len(found) for found in (*held.values(), *closed.values())} == {1}
        assert set(held) == set(closed) == set(asked)
