"""Money, ratios, prices and spans as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces import format as written
from kernel.units import MAX_UNITS, SCALE

THIN = "\u202f"


@pytest.mark.parametrize(
    ("units", "text"),
    [
        (1_023_456_000_000, "10,234.56"),
        (-1_500_000, "\u22120.02"),
        (-400_000, "0.00"),
        (0, "0.00"),
        (500_000, "0.01"),
        (-1_023_456_000_000, "\u221210,234.56"),
    ],
)
def test_money_has_two_decimals_a_true_minus_and_no_signed_zero(units: int, text: str) -> None:
    assert written.money(units) == text


def test_a_gain_carries_a_plus_and_a_narrow_space_before_the_unit() -> None:
    assert written.percent(1_450 * SCALE // 10_000, signed=True) == f"+14.50{THIN}%"
    assert written.percent(-84 * SCALE // 1000, 1) == f"\u22128.4{THIN}%"


@pytest.mark.parametrize(
    ("units", "text"),
    [
        (9_721_450_000_000, "97,214.5"),
        (347_612_000_000, "3,476.12"),
        (118_300_000, "1.1830"),
        (1_234_567, "0.01235"),
        (1_234, "0.00001234"),
    ],
)
def test_a_price_has_about_as_many_digits_as_its_tick(units: int, text: str) -> None:
    assert written.price(units) == text


@given(st.integers(-MAX_UNITS, MAX_UNITS), st.integers(0, 8))
def test_a_figure_is_within_half_a_step_of_what_it_stands_for(units: int, places: int) -> None:
    text = written.fixed(units, places, signed=True)
    digits = text.replace(",", "").replace("\u2212", "-").replace("+", "").replace(".", "")
    step = 10 ** (8 - places)
    assert abs(int(digits) * step - units) * 2 <= step
    assert "-" not in text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (85, f"85{THIN}ms"),
        (1_234, f"1.2{THIN}s"),
        (90_000, f"90{THIN}s"),
        (180_000, f"3{THIN}min"),
        (3_700_000, f"1{THIN}h 1{THIN}min"),
        (90_000_000, f"1{THIN}d 1{THIN}h"),
    ],
)
def test_a_span_is_said_in_its_largest_units(ms: int, text: str) -> None:
    assert written.duration(ms) == text


def test_a_statistic_that_cannot_be_computed_is_not_available() -> None:
    assert written.statistic(None) == "n/a"
    assert written.statistic(-2.005) == "\u22122.00"


def test_a_share_of_nothing_is_a_dash() -> None:
    assert written.share(0, 0) == "\u2013"
    assert written.share(1, 3) == f"33.3{THIN}%"
