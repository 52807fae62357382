"""How the switch stands for an account: the strictest of the stop file, the arena's row and its own."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from trading.domain.levels import LEVELS, STOPS, asked_by_stop_text, level_of, strictest
from trading.models import TradingState
from trading.selectors import levels, levels_for_update, stop_file, trading_level
from trading.services import set_trading_level

ANN, BOB = "a" * 32, "b" * 32


def turn_row(scope: str, level: str) -> None:
    """Leave a switch as it stands in the table."""
    TradingState.objects.create(id=scope, level=level, reason="a test", changed_ms=1, changed_by="tester")


@pytest.fixture(autouse=True)
def stop_path(tmp_path: Path, settings: Any) -> Path:
    settings.ARENA_STOP_FILE = tmp_path / "ARENA_STOP"
    return tmp_path / "ARENA_STOP"


@given(st.lists(st.sampled_from([*LEVELS, "nonsense"])))
def test_no_mixture_is_milder_than_its_strictest_part(found: list[str]) -> None:
    ranks = [LEVELS.index(level) if level in LEVELS else 2 for level in found]
    assert LEVELS.index(strictest(found)) == max(ranks, default=0)


@given(st.text(max_size=60))
def test_any_stop_text_stops(text: str) -> None:
    assert asked_by_stop_text(text) in STOPS
    assert level_of(asked_by_stop_text(text)) in {"reducing", "halted"}


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", "halted"),
        ("  \n", "halted"),
        ("reducing until noon", "reducing"),
        ("FLATTEN", "flatten"),
        ("active", "halted"),
        ("stop it!", "halted"),
    ],
)
def test_the_first_word_is_the_level_and_any_other_halts(text: str, asked: str) -> None:
    assert asked_by_stop_text(text) == asked


@pytest.mark.django_db
@pytest.mark.parametrize("general", LEVELS)
@pytest.mark.parametrize("own", LEVELS)
@pytest.mark.parametrize("filed", [None, "reducing", "halted", "flatten"])
def test_the_strictest_of_three_counts(general: str, own: str, filed: str | None, stop_path: Path) -> None:
    turn_row("global", general)
    turn_row(ANN, own)
    if filed:
        stop_path.write_text(f"{filed} because of a test")
    of_file = level_of(filed) if filed else "active"
    assert levels([ANN, BOB]) == {ANN: strictest([general, own, of_file]), BOB: strictest([general, of_file])}
    assert trading_level() == strictest([general, of_file])


def test_a_halting_file_needs_no_database(stop_path: Path) -> None:
    """Without the django_db mark any query raises."""
    stop_path.write_text("halted the database is gone")
    assert trading_level() == "halted"
    assert levels([ANN]) == {ANN: "halted"}


def test_a_file_that_cannot_be_read_halts(stop_path: Path) -> None:
    stop_path.mkdir()
    assert trading_level() == "halted"
    found = stop_file()
    assert found is not None
    assert "cannot be read" in found.reason


def test_the_reason_of_the_file_is_one_clean_line(stop_path: Path) -> None:
    stop_path.write_bytes(b"halted \x1b[31mprices\x00 look\todd\nsecond line\xff")
    assert stop_file() == ("halted", "halted [31mprices lookodd")


@pytest.mark.django_db
def test_the_switch_is_held_inside_of_a_transaction_only() -> None:
    set_trading_level("reducing", "a test", "tester", 1)
    with transaction.atomic():
        assert levels_for_update([ANN]) == {ANN: "reducing"}


@pytest.mark.django_db(transaction=True)
def test_held_outside_of_a_transaction_it_would_hold_nothing() -> None:
    with pytest.raises(RuntimeError, match="open one first"):
        levels_for_update([ANN])
