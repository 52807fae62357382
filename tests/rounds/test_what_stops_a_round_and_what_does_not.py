"""Gaps, outages, refusals, pauses and the kill switch: what is held, what goes on, and what is stored."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arena import selectors
from arena.models import Contestant, Round
from arena.selectors.audit import audit
from arena.services.seasons import season_id_of, set_contestant_status, set_season_status
from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.contests import (
    FIRST_ROUND_BAR,
    SLUG,
    START_MS,
    buy,
    close,
    held_reasons,
    house,
    open_contest,
    play,
    ports_for,
    says,
    scripted,
    story_of,
    write_tape,
)
from tests.factories.failing_ports import UnsteadyMarket
from trading.domain.orders import RuleResult
from trading.ports import MarketUnavailableError
from trading.services import set_trading_level

pytestmark = pytest.mark.django_db


def round_ms(number: int) -> int:
    """Return the market moment of a round."""
    return START_MS + (FIRST_ROUND_BAR + number - 1) * MINUTE_MS


def problems() -> list[str]:
    """Return what the audit says."""
    return [f"{finding.invariant}: {finding.problem}" for finding in audit() if finding.problem]


def outcomes(slug: str) -> list[tuple[str, str]]:
    """Return outcome and reason of each turn."""
    return [(row[1], row[2]) for row in story_of(slug)["turns"]]


def contestant_id(slug: str) -> str:
    """Return a contestant's id."""
    return Contestant.objects.values_list("id", flat=True).get(slug=slug)


def play_unsteadily(season: str, rounds: int, is_away: Callable[[str, int], bool]) -> None:
    """Play on a market that is away at times."""
    market = UnsteadyMarket(ports_for(season).market, is_away)
    assert len(play(season, rounds, lambda: ports_for(season, market=market))) == rounds


def test_a_round_on_a_gap_is_held_for_everybody(tmp_path: Path) -> None:
    market = f"tape:{write_tape(tmp_path, without=[3, 4])}?allow_gaps=1"
    season = open_contest([scripted("ann", says(buy()), says(close())), *house("momentum")], market)
    play(season, 5)
    # The second round would have been executed on a bar that the recording lacks.
    assert held_reasons() == ["", "no_execution_book", "market_gap", "market_gap", ""]
    for slug in ("ann", "momentum"):
        assert [row for row in outcomes(slug) if row[0] == "forced_hold"] == [
            ("forced_hold", "market_gap")
        ] * 2
    assert problems() == []


def test_a_market_that_shows_no_snapshot_holds_the_round_for_everybody(tmp_path: Path) -> None:
    season = open_contest([scripted("ann", says(buy()), says(close()))], f"tape:{write_tape(tmp_path)}")
    play_unsteadily(season, 3, lambda what, at: what == "snapshot" and at == round_ms(2))
    assert held_reasons() == ["", "market_unavailable", ""]
    assert outcomes("ann") == [("decided", ""), ("forced_hold", "market_unavailable"), ("held", "")]
    assert len(story_of("ann")["equity"]) == 3
    assert problems() == []


def test_without_an_execution_book_nothing_is_traded(tmp_path: Path) -> None:
    season = open_contest([scripted("ann", says(buy()), says(buy()))], f"tape:{write_tape(tmp_path)}")
    play_unsteadily(season, 3, lambda what, at: what == "book" and at == round_ms(1))
    assert held_reasons() == ["no_execution_book", "", ""]
    assert [row[6] for row in story_of("ann")["decisions"]] == ["approved", "approved"]
    assert [row[8] for row in story_of("ann")["fills"]] == [round_ms(2) + 1]
    assert problems() == []


def test_while_no_ticks_can_be_had_no_round_opens(tmp_path: Path) -> None:
    season = open_contest([scripted("ann", says(buy()))], f"tape:{write_tape(tmp_path)}")
    play(season, 2)
    away = UnsteadyMarket(ports_for(season).market, lambda what, _at: what == "ticks")
    with pytest.raises(MarketUnavailableError, match="the test's market has no ticks"):
        play(season, 1, lambda: ports_for(season, market=away))
    assert Round.objects.count() == 2
    assert len(play(season, 1)) == 1


def test_a_season_ends_with_its_tape(tmp_path: Path) -> None:
    season = open_contest([scripted("ann", says(buy()))], f"tape:{write_tape(tmp_path, bars=10)}")
    assert len(play(season, 50)) == 8
    view = selectors.season_view(SLUG, 0)
    assert view is not None
    assert (view.status, view.rounds_closed) == ("finished", 8)
    assert problems() == []


def test_a_denied_decision_is_stored_with_every_rules_finding(tmp_path: Path) -> None:
    over = buy(leverage=50, stop_loss=101 * SCALE, take_profit=120 * SCALE)
    season = open_contest(
        [scripted("ann", says(over)), scripted("bob", says(buy()))], f"tape:{write_tape(tmp_path)}"
    )
    play(season, 1)
    found = selectors.round_view(SLUG, 1)
    assert found is not None
    denied, approved = (turn.decisions[0] for turn in found.turns)
    assert (denied.outcome, denied.reason) == ("denied", "leverage_max")
    assert [result.rule for result in denied.verdicts] == [result.rule for result in approved.verdicts]
    assert {result.rule for result in denied.verdicts if not result.passed} == {"leverage_max", "stop_side"}
    assert RuleResult("leverage_max", False, 50, 10, "x") in denied.verdicts
    assert all(result.passed for result in approved.verdicts)
    assert denied.fill is None
    assert approved.fill is not None
    assert problems() == []


def test_what_cannot_be_sized_is_stored_with_its_code(tmp_path: Path) -> None:
    season = open_contest([scripted("ann", says(close()))], f"tape:{write_tape(tmp_path)}")
    play(season, 1)
    assert story_of("ann")["decisions"] == [
        (round_ms(1) // MINUTE_MS, "BTC", "CLOSE", SCALE, 0, None, "unsizable", "no_position")
    ]
    assert problems() == []


def test_a_paused_contestant_is_not_asked_but_its_stop_is_watched(tmp_path: Path) -> None:
    crash = (100, 100, 80, 100)
    market = f"tape:{write_tape(tmp_path, bent={5: crash})}"
    season = open_contest([scripted("ann", says(buy(stop=90)), *[says(buy())] * 9)], market)
    play(season, 1)
    set_contestant_status(contestant_id("ann"), "paused")
    play(season, 5)
    assert outcomes("ann") == [("decided", ""), *[("forced_hold", "paused")] * 5]
    assert [row[7] for row in story_of("ann")["fills"]] == ["decision", "stop_loss"]
    set_contestant_status(contestant_id("ann"), "playing")
    play(season, 1)
    assert outcomes("ann")[-1] == ("decided", "")
    assert problems() == []


def test_a_contestant_that_retires_is_out_and_the_books_still_add_up(tmp_path: Path) -> None:
    season = open_contest(
        [scripted("ann", says()), scripted("bob", says(buy(stop=95)))], f"tape:{write_tape(tmp_path)}"
    )
    play(season, 2)
    set_contestant_status(contestant_id("ann"), "retired")
    play(season, 2)
    assert len(outcomes("ann")) == 2
    assert len(outcomes("bob")) == 4
    assert problems() == []


def test_a_paused_season_stands_still_and_goes_on(tmp_path: Path) -> None:
    season = open_contest([scripted("ann", says(buy()))], f"tape:{write_tape(tmp_path)}")
    play(season, 1)
    set_season_status(season, "paused", 1_000)
    assert play(season, 3) == []
    set_season_status(season, "running", 9_000)
    assert [result.number for result in play(season, 2)] == [2, 3]
    assert [row.market_ms for row in Round.objects.order_by("number")] == [
        round_ms(number) for number in (1, 2, 3)
    ]


def test_reducing_denies_what_opens_and_lets_closes_work(tmp_path: Path) -> None:
    roster = [scripted("ann", says(buy()), says(close())), scripted("bob", says(), says(buy()), says(buy()))]
    season = open_contest(roster, f"tape:{write_tape(tmp_path)}")
    play(season, 1)
    set_trading_level("reducing", "a test", "tester", 1)
    play(season, 1)
    assert [row[1] for row in story_of("ann")["fills"]] == [1, -1]
    assert [row[6:8] for row in story_of("bob")["decisions"]] == [("denied", "trading_state")]
    set_trading_level("active", "a test", "tester", 2)
    play(season, 1)
    assert [row[6] for row in story_of("bob")["decisions"]] == ["denied", "approved"]
    assert len(story_of("bob")["fills"]) == 1
    assert problems() == []


def test_halted_opens_no_rounds_and_the_next_start_goes_on(tmp_path: Path) -> None:
    season = open_contest([scripted("ann", says(buy()))], f"tape:{write_tape(tmp_path)}")
    set_trading_level("halted", "a test", "tester", 1)
    assert play(season, 2) == []
    assert not Round.objects.exists()
    set_trading_level("active", "a test", "tester", 2)
    assert len(play(season, 2)) == 2
    assert season == season_id_of(SLUG)
