"""Money, prices, quantities and fractions as integers at 1e-8.

Floats lose cents and SQLite rounds decimals without saying so (docs/adr/0002); integers do neither.
A product of two scaled integers no longer fits 64 bits, so products are taken with ``mul_div`` in
Python integers, never in SQL or numpy.
"""

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext
from enum import Enum
from typing import Final

SCALE: Final = 100_000_000
"""Units in one whole: 1 USDT, 1 BTC, a ratio of 1."""

DECIMALS: Final = 8

MAX_UNITS: Final = 10**18
"""Bound of every stored amount (1e10 whole units): a sum of nine of them still fits 63 bits."""

BASIS_POINT: Final = SCALE // 10_000

_DECIMAL_TEXT = re.compile(r"[+-]?(\d{1,30})(\.\d{1,30})?")
_EXACT = Context(prec=80)


class Rounding(Enum):
    """Where the part that does not fit goes."""

    DOWN = "towards minus infinity"
    UP = "towards plus infinity"


class UnitsError(ValueError):
    """A text or number that is not an amount in range."""


def mul_div(a: int, b: int, divisor: int, rounding: Rounding) -> int:
    """Return ``a * b / divisor`` as an integer, exact but for the one named rounding."""
    if rounding is Rounding.DOWN:
        return a * b // divisor
    return -(-a * b // divisor)


def div(a: int, divisor: int, rounding: Rounding) -> int:
    """Return ``a / divisor`` as an integer with the named rounding."""
    if rounding is Rounding.DOWN:
        return a // divisor
    return -(-a // divisor)


def round_to_step(units: int, step: int, rounding: Rounding) -> int:
    """Return ``units`` moved to a multiple of ``step`` (a tick or a lot)."""
    return div(units, step, rounding) * step


def to_units(value: str | Decimal | int, rounding: Rounding | None = None) -> int:
    """Return a decimal number as units.

    Without ``rounding`` a number with more than eight decimals is refused, so nothing is lost unseen.
    Raises UnitsError for text that is not a plain decimal, and for amounts out of bounds.
    """
    if isinstance(value, str) and _DECIMAL_TEXT.fullmatch(value) is None:
        raise UnitsError(f"{value!r} is not a plain decimal number")
    with localcontext(_EXACT):
        number = Decimal(value)
        if not number.is_finite():
            raise UnitsError(f"{value!r} is not a finite number")
        scaled = number * SCALE
        if rounding is not None:
            mode = ROUND_FLOOR if rounding is Rounding.DOWN else ROUND_CEILING
            scaled = scaled.to_integral_value(rounding=mode)
    if scaled != scaled.to_integral_value():
        raise UnitsError(f"{value!r} has more than {DECIMALS} decimals")
    units = int(scaled)
    if abs(units) > MAX_UNITS:
        raise UnitsError(f"{value!r} is out of bounds")
    return units


def float_to_units(value: float) -> int:
    """Return a float (a statistic, a simulated price) as the nearest unit; NaN and infinity are refused."""
    if not abs(value) <= MAX_UNITS / SCALE:  # also false for NaN
        raise UnitsError(f"{value!r} is out of bounds")
    return round(value * SCALE)


def format_units(units: int) -> str:
    """Return units as the shortest exact decimal text: 150000000 -> '1.5'."""
    whole, rest = divmod(abs(units), SCALE)
    sign = "-" if units < 0 else ""
    digits = f"{rest:08d}".rstrip("0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"
