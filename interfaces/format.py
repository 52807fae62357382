"""How figures are written for people: one place, so that two pages cannot write the same figure differently.

Amounts and ratios come in units of 1e-8 and leave as text: true minus, commas between thousands, a narrow
no-break space before a unit. Rounding is half away from zero, exact in integers; a zero carries no sign.
"""

from typing import Final

from kernel.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from kernel.units import DECIMALS, SCALE

MINUS: Final = "\u2212"
THIN: Final = "\u202f"
"""Narrow no-break space: a figure and its unit stay on one line."""
NONE: Final = "\u2013"
"""Stands where there is no figure."""

_PRICE_STEPS: Final = ((10_000, 1), (100, 2), (1, 4))
"""From this price on, so many decimals; below 1, five and below 0.01, all eight."""

_HASH_HEAD = 4


def fixed(units: int, places: int, *, signed: bool = False) -> str:
    """Return units with exactly ``places`` decimals (0 to 8); ``signed`` puts a plus before gains."""
    step = 10 ** (DECIMALS - places)
    rounded = (abs(units) + step // 2) // step
    whole, rest = divmod(rounded, 10**places)
    text = f"{whole:,}.{rest:0{places}d}" if places else f"{whole:,}"
    if rounded == 0:
        return text
    return (MINUS if units < 0 else "+" if signed else "") + text


def money(units: int, *, signed: bool = False) -> str:
    """Return USDT with two decimals; the unit stands in the head of the column or sentence."""
    return fixed(units, 2, signed=signed)


def percent(ratio: int, places: int = 2, *, signed: bool = False) -> str:
    """Return a ratio as per cent."""
    return f"{fixed(ratio * 100, places, signed=signed)}{THIN}%"


def short_percent(ratio: int, places: int = 2) -> str:
    """Return a ratio as per cent without trailing zeros: a limit of 20 % is written 20 %."""
    return f"{_strip(fixed(ratio * 100, places))}{THIN}%"


def cost(units: int) -> str:
    """Return USD with four decimals, or as many as it takes to be more than nothing."""
    return _fine(units, (4, 6, 8))


def fine_percent(ratio: int, *, signed: bool = False) -> str:
    """Return a ratio as per cent without its unit: two decimals, or as many as show that it is not zero."""
    return _fine(ratio * 100, (2, 4, 6), signed=signed)


def _fine(units: int, places: tuple[int, ...], *, signed: bool = False) -> str:
    for digits in places:
        text = fixed(units, digits, signed=signed)
        if not units or text.strip("0."):
            break
    return text


def price(units: int) -> str:
    """Return a price with about as many digits as its tick."""
    whole = abs(units) // SCALE
    for least, places in _PRICE_STEPS:
        if whole >= least:
            return fixed(units, places)
    return fixed(units, 5) if abs(units) * 100 >= SCALE else fixed(units, DECIMALS)


def quantity(units: int) -> str:
    """Return a quantity without trailing zeros."""
    return _strip(fixed(units, DECIMALS))


def feature(units: int) -> str:
    """Return a feature with up to four decimals."""
    return _strip(fixed(units, 4))


def count(number: int) -> str:
    """Return a whole number."""
    return f"{number:,}".replace("-", MINUS)


def share(part: int, whole: int) -> str:
    """Return part of whole as per cent with one decimal; a dash where there is no whole."""
    return percent(part * SCALE // whole, 1) if whole else NONE


def statistic(value: float | None) -> str:
    """Return a statistic with two decimals, 'n/a' where it cannot be computed yet."""
    if value is None:
        return "n/a"
    return fixed(round(value * 100) * (SCALE // 100), 2)


def leverage(times: int) -> str:
    """Return a leverage."""
    return f"\u00d7{times}"


def duration(ms: int) -> str:
    """Return a span in its two largest units: '2 d 3 h', '41 min', '1.2 s', '85 ms'."""
    if ms >= DAY_MS:
        return f"{ms // DAY_MS}{THIN}d {ms % DAY_MS // HOUR_MS}{THIN}h"
    if ms >= HOUR_MS:
        return f"{ms // HOUR_MS}{THIN}h {ms % HOUR_MS // MINUTE_MS}{THIN}min"
    if ms >= 2 * MINUTE_MS:
        return f"{ms // MINUTE_MS}{THIN}min"
    if ms >= SECOND_MS:
        return f"{_strip(fixed(ms * (SCALE // SECOND_MS), 1))}{THIN}s"
    return f"{ms}{THIN}ms"


def short_hash(digest: str) -> str:
    """Return the two ends of a hash; the whole stands in the title beside it."""
    if len(digest) <= 3 * _HASH_HEAD:
        return digest or NONE
    return f"{digest[:_HASH_HEAD]}\u2026{digest[-_HASH_HEAD:]}"


def side(direction: int) -> str:
    """Return the word for a position's side."""
    return "long" if direction > 0 else "short"


def _strip(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
