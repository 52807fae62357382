"""Geometry of the drawn curves: scales, ticks, paths and labels that do not overlap. Pure, in integers.

A drawing's own coordinates run right and down from the upper left corner, as SVG's do. Amounts are units of
1e-8 and times market milliseconds; both become drawing coordinates through a ``Scale``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from kernel.units import SCALE, Rounding, mul_div

Point = tuple[int, int]

PAD: Final = SCALE // 20
"""Room above and below the curves, as a ratio of their span."""
FLAT_SPAN: Final = SCALE // 50
"""Span around a value that never moved, as a ratio of it: a flat line is drawn in the middle."""
_NICE: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight map from values ``low..high`` to coordinates ``start..end`` (end < start turns it over)."""

    low: int
    high: int
    start: int
    end: int

    def at(self, value: int) -> int:
        """Return the coordinate of a value, to the nearest; values outside land on the border."""
        span = self.high - self.low
        if span <= 0:
            return (self.start + self.end) // 2
        inside = min(max(value, self.low), self.high)
        return self.start + ((self.end - self.start) * (inside - self.low) * 2 + span) // (2 * span)


def value_range(values: Iterable[int]) -> tuple[int, int]:
    """Return the range to draw: all values with a little room, or a band around a value that never moved."""
    seen = list(values)
    low, high = min(seen, default=0), max(seen, default=0)
    if low == high:
        room = max(mul_div(abs(low), FLAT_SPAN, SCALE, Rounding.UP), 1)
    else:
        room = mul_div(high - low, PAD, SCALE, Rounding.UP)
    return low - room, high + room


def ticks(low: int, high: int, most: int) -> tuple[int, ...]:
    """Return at most ``most`` round values within the range: multiples of 1, 2 or 5 times a power of ten."""
    if high <= low or most < 1:
        return ()
    power = 10 ** max(0, len(str((high - low) // most)) - 1)
    for nice in _NICE:
        step = nice * power
        first = -(-low // step) * step
        found = range(first, high + 1, step)
        if len(found) <= most:
            return tuple(found)
    return ()


def path_of(points: Sequence[Point], across: Scale, down: Scale) -> str:
    """Return an SVG path through the points: the first absolute, the others as short steps."""
    drawn = [(across.at(x), down.at(y)) for x, y in points]
    if not drawn:
        return ""
    steps = [(x - last_x, y - last_y) for (last_x, last_y), (x, y) in pairwise(drawn)]
    text = "".join(
        f"{dx}{_joined(dy)}" if n == 0 else f"{_joined(dx)}{_joined(dy)}" for n, (dx, dy) in enumerate(steps)
    )
    # A lone point is drawn as a line of no length, which a round cap shows as a dot.
    return f"M{drawn[0][0]} {drawn[0][1]}l{text or '0 0'}"


def _joined(number: int) -> str:
    """Return a number with the space before it that a minus sign makes needless."""
    return str(number) if number < 0 else f" {number}"


def spread(wanted: Sequence[int], gap: int, low: int, high: int) -> tuple[int, ...]:
    """Return a place for each label, at least ``gap`` apart within ``low..high``, as near as wanted.

    Pooling of neighbours that collide gives the least sum of squared shifts; order by wanted place is kept,
    equal ones stay in the order given. Raises ValueError if the labels cannot fit.
    """
    if not wanted:
        return ()
    room = high - low - (len(wanted) - 1) * gap
    if room < 0:
        raise ValueError(f"{len(wanted)} labels {gap} apart do not fit between {low} and {high}")
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    shifted = [wanted[index] - rank * gap for rank, index in enumerate(order)]
    placed = [0] * len(wanted)
    for rank, (index, place) in enumerate(zip(order, _pooled(shifted), strict=True)):
        placed[index] = min(max(place, low), low + room) + rank * gap
    return tuple(placed)


def _pooled(values: Sequence[int]) -> list[int]:
    """Return the rising sequence nearest to the values (pool adjacent violators)."""
    pools: list[tuple[int, int]] = []
    for value in values:
        total, size = value, 1
        while pools and pools[-1][0] * size > total * pools[-1][1]:
            last_total, last_size = pools.pop()
            total, size = total + last_total, size + last_size
        pools.append((total, size))
    return [total // size for total, size in pools for _ in range(size)]
