"""Numbers as venues write them, to and from integers at 1e-8. What is no finite number is refused."""

from decimal import Decimal, DecimalException
from typing import Any, Final

from kernel.units import DECIMALS, SCALE, Rounding, UnitsError, format_units, round_to_step, to_units

_SIGNIFICANT: Final = 5
_PRICE_DECIMALS: Final = 6


class UnreadableError(ValueError):
    """An answer that does not hold what it must hold."""


def units_of(value: Any, rounding: Rounding = Rounding.DOWN) -> int:
    """Return a venue's figure in units; raises UnreadableError for nothing, NaN, infinity and bounds.

    Floats (JSON numbers without quotes) are taken by their shortest decimal form.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise UnreadableError(f"{value!r} is no figure")
    try:
        return to_units(Decimal(str(value)), rounding)
    except (UnitsError, DecimalException) as error:
        raise UnreadableError(f"{value!r} is no figure") from error


def units_or_none(value: Any) -> int | None:
    """Return a figure above zero in units; None for nothing, '' and zero, which venues use for 'none'."""
    if value in {None, ""}:
        return None
    return units_of(value) or None


def text_of(units: int) -> str:
    """Return units as the shortest exact decimal text, as each of the four venues takes it."""
    return format_units(units)


def id_of(value: Any) -> str:
    """Return a venue's id as text; raises UnreadableError where there is none."""
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value) not in {"", "0"}:
        return str(value)
    raise UnreadableError("an id is missing")


def moment_of(value: Any) -> int:
    """Return a time in UTC milliseconds; raises UnreadableError for anything but a positive whole number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).isdigit():
        raise UnreadableError(f"{value!r} is no time")
    return int(value)


def significant_tick(price: int, size_decimals: int) -> int:
    """Return the step of a price where five digits count, whole numbers always do, and decimals are few.

    Hyperliquid's rule: at most 6 - size decimals behind the point, five significant digits, integers free.
    """
    by_digits = min(10 ** max(len(str(price)) - _SIGNIFICANT, 0), SCALE)
    by_decimals = 10 ** (DECIMALS - max(_PRICE_DECIMALS - size_decimals, 0))
    return int(max(by_digits, by_decimals))


def towards(price: int, tick: int, *, up: bool) -> int:
    """Return a price on the tick, moved up or down."""
    return round_to_step(price, tick, Rounding.UP if up else Rounding.DOWN)
