"""Figures as a sentence shows them, and prices as a person would write them."""

from typing import Final

from kernel.units import DECIMALS, format_units

PRICE_DIGITS: Final = 6
"""Significant digits of a stop, a target or a shown price: finer than any distance that matters."""


def to_price(units: int) -> int:
    """Return a price cut to six significant digits, in units."""
    step = int(10 ** max(0, len(str(units)) - PRICE_DIGITS))
    return units // step * step


def show_price(units: int) -> str:
    """Return a price as text."""
    return format_units(to_price(units))


def show(units: int, decimals: int = 1) -> str:
    """Return a figure as text with at most so many decimals, cut towards zero."""
    step = int(10 ** (DECIMALS - decimals))
    cut = abs(units) // step * step
    return format_units(-cut if units < 0 else cut)


def show_percent(ratio: int, decimals: int = 2) -> str:
    """Return a ratio as text in percent, rounded to the nearest."""
    half = int(10 ** (DECIMALS - decimals)) // 2
    return f"{show(ratio * 100 + (half if ratio >= 0 else -half), decimals)} %"


def show_bar(bar_ms: int) -> str:
    """Return the length of a bar: '1-minute', '1-hour'."""
    minutes = max(1, bar_ms // 60_000)
    return f"{minutes // 60}-hour" if minutes % 60 == 0 else f"{minutes}-minute"
