"""The condition under which a contestant says beforehand that its idea was wrong, watched between rounds.

"Above" and "below" are strict: a price exactly at the value proves nothing yet. What is judged when:

- ``price``: every price of a span, its open and its extremes; it works as a trigger beside stop and target
  (trading.domain.exits), at the first price beyond the value.
- ``close``: a bar of the timeframe ends at every multiple of it in market time, and its close is the last
  close at or before that moment. It is known, and judged, at the first tick at or after that moment. A price
  seen before the position was opened is never judged.
- ``held_minutes``: at every tick, the minutes since the position was opened.

A judgement needs the span and the close before it, nothing else: so it is the same however settlement cuts
the time into pieces.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from kernel.time import HOUR_MS, MINUTE_MS
from kernel.units import MAX_UNITS, SCALE, format_units
from trading.domain.spans import Span

TIMEFRAMES: Final = {
    "tick": 0,
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "1h": HOUR_MS,
    "4h": 4 * HOUR_MS,
}

METRICS: Final = ("price", "close", "held_minutes")
"""``price``: any price between rounds (timeframe 'tick'). ``close``: the last price of a finished bar of the
timeframe. ``held_minutes``: minutes since the position was opened (timeframe 'tick', comparison 'above')."""

COMPARISONS: Final = ("above", "below")


@dataclass(frozen=True, slots=True)
class Invalidation:
    """Close the position once ``metric`` on ``timeframe`` is above or below ``value`` (units of 1e-8)."""

    metric: str
    timeframe: str
    comparison: str
    value: int

    def __post_init__(self) -> None:
        """Refuse a condition that cannot be watched."""
        known = self.metric in METRICS and self.comparison in COMPARISONS
        if not known or not 0 < self.value <= MAX_UNITS:
            raise ValueError(f"{self.metric} {self.comparison} {self.value} cannot be watched")
        if (self.timeframe == "tick") == (self.metric == "close") or self.timeframe not in TIMEFRAMES:
            raise ValueError(f"{self.metric} cannot be watched on {self.timeframe}")
        if self.metric == "held_minutes" and self.comparison != "above":
            raise ValueError("held_minutes only grows: compare with 'above'")


def encode_invalidation(watch: Invalidation | None) -> str:
    """Return the stored form, e.g. 'close 1h below 6300000000000'; '' for none. At most 45 characters."""
    if watch is None:
        return ""
    return f"{watch.metric} {watch.timeframe} {watch.comparison} {watch.value}"


@lru_cache(maxsize=4096)
def decode_invalidation(text: str) -> Invalidation | None:
    """Return the condition of its stored form, None of ''; raises ValueError for any other text."""
    if not text:
        return None
    parts = text.split(" ")
    if len(parts) != 4 or not (parts[3].isascii() and parts[3].isdigit()):  # noqa: PLR2004 - the form's words
        raise ValueError(f"{text!r} is not a stored condition: metric, timeframe, comparison, value")
    return Invalidation(parts[0], parts[1], parts[2], int(parts[3]))


def describe_invalidation(watch: Invalidation) -> str:
    """Return the condition in plain English, e.g. '1h close below 63000'."""
    value = format_units(watch.value)
    if watch.metric == "held_minutes":
        return f"held for more than {value} minutes"
    metric = "price" if watch.metric == "price" else f"{watch.timeframe} close"
    return f"{metric} {watch.comparison} {value}"


class Trigger(NamedTuple):
    """A price that the market must come up (+1) or down (-1) to."""

    direction: int
    price: int


def price_trigger(watch: Invalidation | None) -> Trigger | None:
    """Return where a ``price`` condition fires: the first unit beyond its value; None for any other."""
    if watch is None or watch.metric != "price":
        return None
    direction = 1 if watch.comparison == "above" else -1
    return Trigger(direction, watch.value + direction)


def fires_at_end(watch: Invalidation, span: Span, opened_ms: int) -> bool:
    """Return whether a ``close`` or ``held_minutes`` condition is found true at the end of a span.

    The caller sees to it that the span ends after ``opened_ms``, when the position was opened.
    """
    if watch.metric == "held_minutes":
        return (span.market_ms - opened_ms) * SCALE > watch.value * MINUTE_MS
    if watch.metric != "close":
        return False
    direction = 1 if watch.comparison == "above" else -1
    closes = _bar_closes(TIMEFRAMES[watch.timeframe], span, opened_ms)
    return any(direction * (price - watch.value) > 0 for price in closes)


def _bar_closes(bar_ms: int, span: Span, opened_ms: int) -> Iterator[int]:
    """Yield the closes of the bars whose end this span reached or passed, oldest first.

    Bars that ended inside the span all closed where the tick before it did: nothing was seen since.
    """
    before = span.before
    passed_ms = (span.market_ms - 1) // bar_ms * bar_ms
    if before is not None and opened_ms < before.market_ms < passed_ms:
        yield before.price
    if span.market_ms % bar_ms == 0:
        yield span.part.close
