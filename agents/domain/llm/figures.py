"""How figures are written for a language model: ASCII, rounded as the board rounds, no digit in vain.

Amounts, prices and ratios come in units of 1e-8. Rounding is half away from zero, exact in integers, the same
as on every page (tests/agents/test_prompt_says_what_the_board_says.py); only the signs differ: a plain minus
and no commas between thousands, because digits are what a prompt costs.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from kernel.units import DECIMALS, SCALE
from trading.domain.instruments import Instrument

MAX_SYMBOL: Final = 20
_PLAIN_SYMBOL: Final = re.compile(rf"[A-Z0-9]{{1,{MAX_SYMBOL}}}")

_POINTS: Final = tuple(10**places for places in range(DECIMALS + 1))
_STEPS: Final = tuple(10 ** (DECIMALS - places) for places in range(DECIMALS + 1))

DIGITS: Final = 6
"""Digits of a price where no instrument names the tick."""


@lru_cache(maxsize=4096)
def is_plain_symbol(symbol: str) -> bool:
    """Return whether a symbol may be named to a model: a few upper-case ASCII letters and digits.

    Anything else cannot be traded either (``Instrument`` refuses it), so it is never mentioned.
    """
    return _PLAIN_SYMBOL.fullmatch(symbol) is not None


def plain_symbols(symbols: Sequence[str]) -> tuple[str, ...]:
    """Return the symbols that may be named, in order."""
    return tuple(symbol for symbol in symbols if is_plain_symbol(symbol))


def fixed(units: int, places: int, *, signed: bool = False) -> str:
    """Return units with exactly ``places`` decimals (0 to 8); ``signed`` puts a plus before gains."""
    step = _STEPS[places]
    rounded = (abs(units) + step // 2) // step
    if places:
        point = _POINTS[places]
        text = f"{rounded // point}.{rounded % point:0{places}d}"
    else:
        text = str(rounded)
    if not rounded:
        return text
    return "-" + text if units < 0 else "+" + text if signed else text


def money(units: int, *, signed: bool = False) -> str:
    """Return USDT with two decimals."""
    return fixed(units, 2, signed=signed)


def percent(ratio: int, places: int = 2, *, signed: bool = False) -> str:
    """Return a ratio as per cent."""
    return fixed(ratio * 100, places, signed=signed) + "%"


@lru_cache(maxsize=4096)
def short(units: int, places: int = DECIMALS) -> str:
    """Return units without trailing zeros."""
    text = fixed(units, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=1024)
def short_percent(ratio: int, places: int = 4) -> str:
    """Return a ratio as per cent without trailing zeros: a limit of 20 % is written 20%."""
    return short(ratio * 100, places) + "%"


def coarse(units: int, digits: int = 4) -> str:
    """Return a large amount as whole USDT of which ``digits`` digits count: depth is known no better."""
    whole = (abs(units) + SCALE // 2) // SCALE
    spare = 10 ** max(0, len(str(whole)) - digits)
    return str((whole + spare // 2) // spare * spare)


class Grid(NamedTuple):
    """The steps a symbol's prices are written in."""

    tick: int
    places: int

    def text(self, units: int) -> str:
        """Return a price, or a difference of prices, at the nearest tick."""
        tick, places = self.tick, self.places
        ticks = (abs(units) + tick // 2) // tick
        rounded = ticks * tick // _STEPS[places]
        if places:
            point = _POINTS[places]
            text = f"{rounded // point}.{rounded % point:0{places}d}"
        else:
            text = str(rounded)
        return "-" + text if units < 0 and ticks else text

    @property
    def finer(self) -> "Grid":
        """The grid with one digit more, for averages of differences."""
        return _grid(max(1, self.tick // 10))


def grid_of(instrument: Instrument | None, mark: int) -> Grid:
    """Return the grid of an instrument; without one, six digits of the mark."""
    if instrument is not None:
        return _grid(instrument.tick)
    return _grid(10 ** max(0, len(str(max(mark, 1))) - DIGITS))


@lru_cache(maxsize=256)
def _grid(tick: int) -> Grid:
    decimals = f"{tick % SCALE:0{DECIMALS}d}".rstrip("0")
    return Grid(tick, len(decimals))
