"""Rule books by name."""

import pytest

from kernel.time import SECOND_MS
from trading.domain.presets import ARENA, PRESETS, SCALPING, preset_of
from trading.domain.rules import PERCENT, PROFILES, RuleBook, rule_book_from


def test_the_arena_plays_five_symbols_every_three_minutes_at_3_to_10x() -> None:
    assert RuleBook() == ARENA
    assert ARENA.symbols == ("BTC", "ETH", "SOL", "BNB", "ASTER")
    assert ARENA.interval_ms == 180 * SECOND_MS
    assert (ARENA.limits.min_leverage, ARENA.limits.max_leverage) == (3, 10)


def test_scalping_plays_eight_pairs_every_five_seconds_at_most_20x() -> None:
    assert set(SCALPING.symbols) == {"ADA", "SOL", "LTC", "DOGE", "BTC", "ETH", "XRP", "BNB"}
    assert SCALPING.interval_ms == 5 * SECOND_MS
    assert SCALPING.deadline_ms < SCALPING.interval_ms
    assert SCALPING.limits.max_leverage == 20
    assert SCALPING.limits.max_risk == 2 * PERCENT


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_is_found_by_name_and_reads_back_from_its_form(name: str) -> None:
    book = preset_of(name)
    assert book.preset == name
    assert rule_book_from(book.canonical()) == book


def test_an_unknown_preset_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="there is no preset 'wild'; known: arena, scalping"):
        preset_of("wild")


def test_profiles_are_those_a_risk_tolerance_stands_for() -> None:
    found = {name: (one.min_confidence, one.max_position, one.size_factor) for name, one in PROFILES.items()}
    assert found == {
        "conservative": (75 * PERCENT, 10 * PERCENT, 50 * PERCENT),
        "moderate": (65 * PERCENT, 20 * PERCENT, 100 * PERCENT),
        "aggressive": (55 * PERCENT, 30 * PERCENT, 150 * PERCENT),
    }
