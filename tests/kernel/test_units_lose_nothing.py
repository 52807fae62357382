"""Amounts are integers: products, steps and texts are exact but for the one rounding that is named."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.units import (
    MAX_UNITS,
    SCALE,
    Rounding,
    UnitsError,
    div,
    float_to_units,
    format_units,
    mul_div,
    round_to_step,
    to_units,
)

amounts = st.integers(-MAX_UNITS, MAX_UNITS)
divisors = st.integers(1, MAX_UNITS)


@given(amounts, amounts, divisors)
def test_a_product_over_a_divisor_is_the_fraction_rounded_down_or_up(a: int, b: int, divisor: int) -> None:
    exact = Fraction(a * b, divisor)
    assert mul_div(a, b, divisor, Rounding.DOWN) == math.floor(exact)
    assert mul_div(a, b, divisor, Rounding.UP) == math.ceil(exact)


@given(amounts, divisors)
def test_a_quotient_is_the_fraction_rounded_down_or_up(a: int, divisor: int) -> None:
    assert div(a, divisor, Rounding.DOWN) == math.floor(Fraction(a, divisor))
    assert div(a, divisor, Rounding.UP) == math.ceil(Fraction(a, divisor))


@given(amounts, divisors)
def test_a_step_is_a_multiple_less_than_one_step_away(units: int, step: int) -> None:
    below, above = round_to_step(units, step, Rounding.DOWN), round_to_step(units, step, Rounding.UP)
    assert below % step == above % step == 0
    assert units - step < below <= units <= above < units + step


@given(amounts)
def test_units_written_and_read_again_are_the_same_units(units: int) -> None:
    assert to_units(format_units(units)) == units
    assert Decimal(format_units(units)) * SCALE == units


@given(amounts)
def test_the_text_of_units_has_no_digit_too_many(units: int) -> None:
    text = format_units(units)
    assert "e" not in text.lower()
    assert not (text.endswith("0") and "." in text)
    assert not text.endswith(".")


@given(st.decimals(-10_000_000_000, 10_000_000_000, places=12))
def test_a_rounded_number_is_off_by_less_than_one_unit_on_the_named_side(number: Decimal) -> None:
    below, above = to_units(number, Rounding.DOWN), to_units(number, Rounding.UP)
    exact = Fraction(number) * SCALE
    assert (below, above) == (math.floor(exact), math.ceil(exact))


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1.5", 150_000_000),
        ("-0.00000001", -1),
        ("+2", 200_000_000),
        ("10000000000", MAX_UNITS),
        ("-10000000000", -MAX_UNITS),
        (7, 700_000_000),
        (Decimal("0.1"), 10_000_000),
    ],
)
def test_plain_decimals_are_read_exactly(text: str | int | Decimal, units: int) -> None:
    assert to_units(text) == units


@pytest.mark.parametrize(
    "text",
    ["", ".", "1.", ".5", "1e3", "1,5", "1_000", " 1", "1 ", "nan", "inf", "0x10", "--1", "1.2.3", "²"],
)
def test_text_that_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(UnitsError, match="is not a plain decimal number"):
        to_units(text)


def test_a_ninth_decimal_is_refused_unless_a_rounding_is_named() -> None:
    with pytest.raises(UnitsError, match=r"^'0\.000000001' has more than 8 decimals$"):
        to_units("0.000000001")
    assert to_units("0.000000001", Rounding.DOWN) == 0
    assert to_units("0.000000001", Rounding.UP) == 1
    assert to_units("-0.000000001", Rounding.DOWN) == -1


@pytest.mark.parametrize("number", ["10000000000.00000001", "-10000000000.00000001", Decimal("1e11")])
def test_an_amount_beyond_the_bound_is_refused(number: str | Decimal) -> None:
    with pytest.raises(UnitsError, match="out of bounds"):
        to_units(number)


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")])
def test_a_number_that_is_not_finite_is_refused(number: Decimal) -> None:
    with pytest.raises(UnitsError, match="is not a finite number"):
        to_units(number)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1.1e10, -1.1e10])
def test_a_float_without_a_place_in_range_is_refused(value: float) -> None:
    with pytest.raises(UnitsError, match="out of bounds"):
        float_to_units(value)


@given(st.floats(-1e6, 1e6))
def test_a_float_becomes_the_nearest_unit(value: float) -> None:
    # The product itself is a float: half a unit, and one step of the float beside it.
    off = abs(Fraction(float_to_units(value)) - Fraction(value) * SCALE)
    assert off <= Fraction(1, 2) + Fraction(math.ulp(value * SCALE))


def test_nine_amounts_at_the_bound_still_fit_sixty_three_bits() -> None:
    assert 9 * MAX_UNITS < 2**63
