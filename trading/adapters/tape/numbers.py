"""Exact reading of the texts in a recording: decimals to units, timestamps to milliseconds.

A ValueError's text says what is wrong with the value; the caller adds file, row and column.
"""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

from kernel.time import parse_utc_ms
from kernel.units import DECIMALS, MAX_UNITS

_POWERS: Final[tuple[int, ...]] = tuple(10 ** (DECIMALS - count) for count in range(DECIMALS + 1))

_UNIT: Final = Decimal(1).scaleb(-DECIMALS)
_MOST_DIGITS: Final = 11
"""Power of ten of the first digit above which a number is out of bounds without a closer look."""

_MS_OF_DIGITS: Final = {10: (1_000, 1), 13: (1, 1), 16: (1, 1_000)}
"""Integer timestamps are told apart by their digits: seconds, milliseconds, microseconds (2001 to 2286)."""


def units_of(text: str) -> int:
    """Return a decimal text as units; digits past the eighth decimal are rounded half to even."""
    whole, _, part = text.partition(".")
    digits = whole + part
    if len(part) <= DECIMALS and digits.isascii() and digits.isdecimal():
        units = int(digits) * _POWERS[len(part)]
    else:
        units = _units_of_unusual(text)
    if not -MAX_UNITS <= units <= MAX_UNITS:
        raise ValueError(f"{text!r} is out of bounds")
    return units


def _units_of_unusual(text: str) -> int:
    try:
        number = Decimal(text.replace("_", "?"))  # Python's digit groups are no part of a recording
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a finite number")
    if number.adjusted() > _MOST_DIGITS:
        raise ValueError(f"{text!r} is out of bounds")
    return int(number.quantize(_UNIT, rounding=ROUND_HALF_EVEN).scaleb(DECIMALS))


def ms_of(text: str) -> int:
    """Return a timestamp as milliseconds: ISO 8601 (UTC where no zone is given), or an integer."""
    if text.isascii() and text.isdecimal():
        return ms_of_number(int(text))
    try:
        return parse_utc_ms(text)
    except ValueError:
        raise ValueError(f"{text!r} is not an ISO 8601 time or a count of milliseconds") from None


def ms_of_number(number: int) -> int:
    """Return an integer timestamp in seconds, milliseconds or microseconds as milliseconds."""
    factors = _MS_OF_DIGITS.get(len(str(number)))
    if factors is None:
        raise ValueError(f"{number} is not a time in seconds, milliseconds or microseconds")
    return number * factors[0] // factors[1]
