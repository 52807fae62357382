"""The figures of an item: exact, finite, never rescaled, never guessed (docs/algorithms/answers.md)."""

import re
from decimal import Decimal
from typing import Any, Final

from agents.domain.answers.values import MAX_LEVERAGE
from agents.domain.strict_json import NumberText, RefusedError
from kernel.units import DECIMALS, MAX_UNITS, SCALE, Rounding, UnitsError, to_units

PERCENT: Final = 100

_PLAIN: Final = re.compile(r"(0|[1-9][0-9]{0,17})(?:\.([0-9]{1,30}))?")
_WITH_EXPONENT: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,30})?[eE][+-]?[0-9]{1,2}")
_WHOLE: Final = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:\.0{1,8})?")
_PERCENT_MARK: Final = re.compile(r"([0-9.]{1,50}) ?%")
_LEVERAGE_MARK: Final = re.compile(r"([0-9.]{1,40}) ?[xX]")
_PRICE_MARK: Final = re.compile(
    r"(?P<dollar>\$ ?)?(?P<number>[0-9]{1,3}(?:,[0-9]{3}){1,5}(?:\.[0-9]{1,30})?|[0-9.]{1,50})"
    r"(?P<quote> ?(?:USDT|USD))?"
)


def number_of(value: Any, field: str) -> int:
    """Return a number in units; digits beyond the eighth decimal are dropped. Raises RefusedError."""
    if value is None:
        raise RefusedError(f"{field}_missing")
    if not isinstance(value, str):  # also true, NaN, lists: none of them is a number
        raise RefusedError(f"{field}_not_a_number")
    plain = _PLAIN.fullmatch(value)
    if plain is not None:
        whole, decimals = plain.group(1), plain.group(2)
        return int(whole) * SCALE + (int(decimals[:DECIMALS].ljust(DECIMALS, "0")) if decimals else 0)
    return _unusual_number(value, field)


def _unusual_number(value: str, field: str) -> int:
    if value.startswith("-"):
        known = isinstance(value, NumberText) or _PLAIN.fullmatch(value, 1) is not None
        raise RefusedError(f"{field}_out_of_bounds" if known else f"{field}_not_a_number")
    if not isinstance(value, NumberText):
        raise RefusedError(f"{field}_not_a_number")
    if _WITH_EXPONENT.fullmatch(value) is None:
        raise RefusedError(f"{field}_out_of_bounds")
    try:
        return to_units(Decimal(value), Rounding.DOWN)
    except UnitsError:
        raise RefusedError(f"{field}_out_of_bounds") from None


def _is_above(text: Any, floor: int, bound: int) -> bool:
    """Tell whether a number is above a bound, judged with the digits that ``number_of`` dropped."""
    return floor > bound or (floor == bound and Decimal(text) > Decimal(bound) / SCALE)


def _without(value: Any, mark: re.Pattern[str]) -> tuple[Any, bool]:
    """Return a value without its unit mark, and whether it had one. JSON numbers bear none."""
    if not isinstance(value, str) or isinstance(value, NumberText):
        return value, False
    found = mark.fullmatch(value)
    return (found.group(1), True) if found else (value, False)


def size_of(value: Any, max_size: int) -> int:
    """Return a size in percent as a ratio in units, above 0 and up to ``max_size``.

    A bare number between 0 and 1 may mean a ratio or a percentage: only '0.5%' is read.
    """
    text, is_marked = _without(value, _PERCENT_MARK)
    percent = number_of(text, "size")
    if not is_marked and 0 < percent < SCALE:
        raise RefusedError("size_ambiguous")
    if percent < PERCENT or _is_above(text, percent, PERCENT * max_size):
        raise RefusedError("size_out_of_bounds")
    return percent // PERCENT


def leverage_of(value: Any, least: int, most: int) -> int:
    """Return a whole leverage between the bounds, both included: 5, 5.0, '5' or '5x'."""
    if value is None:
        raise RefusedError("leverage_missing")
    text, _ = _without(value, _LEVERAGE_MARK)
    whole = _WHOLE.fullmatch(text) if isinstance(text, str) else None
    if whole is None:
        raise RefusedError("leverage_not_whole")
    digits = whole.group(1)
    if len(digits) > len(str(MAX_LEVERAGE)) or not least <= int(digits) <= most:
        raise RefusedError("leverage_out_of_bounds")
    return int(digits)


def confidence_of(value: Any, *, required: bool) -> int:
    """Return a probability in units: 0.7 or '70%'."""
    if value is None and not required:
        return 0
    text, is_marked = _without(value, _PERCENT_MARK)
    confidence = number_of(text, "confidence")
    whole = PERCENT if is_marked else 1
    if _is_above(text, confidence, SCALE * whole):
        raise RefusedError("confidence_out_of_bounds")
    return confidence // whole


def price_of(value: Any, field: str) -> int | None:
    """Return a price in units, None for none: 63000.5, '63000.5', '$63,000.5' or '63000.5 USDT'."""
    if value is None:
        return None
    price = number_of(_bare_price(value), field)
    if not 0 < price <= MAX_UNITS:
        raise RefusedError(f"{field}_out_of_bounds")
    return price


def _bare_price(value: Any) -> Any:
    if not isinstance(value, str) or isinstance(value, NumberText):
        return value
    found = _PRICE_MARK.fullmatch(value)
    if found is None or (found["dollar"] and found["quote"]):
        return value
    return found["number"].replace(",", "")
