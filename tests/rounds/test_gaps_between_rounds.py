"""A gap anywhere since the last round holds the round; in a gap nobody can trade."""

from pathlib import Path

import pytest

from arena.selectors.audit import audit
from kernel.time import MINUTE_MS
from tests.factories.contests import (
    START_MS,
    buy,
    close,
    held_reasons,
    open_contest,
    play,
    ports_for,
    says,
    scripted,
    story_of,
    write_tape,
)
from trading.ports import MarketUnavailableError

pytestmark = pytest.mark.django_db


def play_with_gap(folder: Path, *missing: int) -> str:
    """Play three rounds, one every three bars, at the opens of bars 3, 6 and 9; return the season."""
    market = f"tape:{write_tape(folder, without=missing)}?allow_gaps=1"
    first_slot = START_MS // (3 * MINUTE_MS) + 1
    ann = scripted("ann", says(buy()), says(close()), says(close()), from_slot=first_slot)
    season = open_contest([ann], market, interval_s=180)
    assert len(play(season, 3)) == 3
    return season


@pytest.mark.parametrize(
    ("missing", "held"),
    [
        ((4,), ["", "market_gap", ""]),
        ((5,), ["", "market_gap", ""]),
        ((4, 5), ["", "market_gap", ""]),
        ((7,), ["", "", "market_gap"]),
        ((3,), ["no_execution_book", "market_gap", ""]),
        ((6,), ["", "no_execution_book", "market_gap"]),
        ((5, 6, 7), ["", "market_gap", "market_gap"]),
        ((1,), ["market_gap", "", ""]),
    ],
)
def test_a_gap_anywhere_since_the_last_round_holds_it(
    tmp_path: Path, missing: tuple[int, ...], held: list[str]
) -> None:
    play_with_gap(tmp_path, *missing)
    assert held_reasons() == held
    assert [finding.problem for finding in audit() if finding.problem] == []


@pytest.mark.parametrize("missing", [4, 5])
def test_nobody_is_asked_about_news_that_never_came(tmp_path: Path, missing: int) -> None:
    play_with_gap(tmp_path, missing)
    assert [row[1:3] for row in story_of("ann")["turns"]] == [
        ("decided", ""),
        ("forced_hold", "market_gap"),
        ("decided", ""),
    ]


def test_an_execution_book_in_a_gap_is_refused(tmp_path: Path) -> None:
    market = ports_for(play_with_gap(tmp_path, 4, 5)).market
    for bar in (4, 5):
        with pytest.raises(MarketUnavailableError, match=f"the recording has no .*00:0{bar}:00"):
            market.fetch_execution_book(START_MS + bar * MINUTE_MS)
    for bar in (3, 6):
        book = market.fetch_execution_book(START_MS + bar * MINUTE_MS)
        assert book.market_ms == START_MS + bar * MINUTE_MS + 1
