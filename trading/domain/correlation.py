"""How alike two symbols move: Pearson's correlation of bar returns, in integers, once a round for everybody.

The exposure rule asks which positions are one bet. The figure is exact up to its last step, so every machine
finds the same one; it is cut to four decimals, because a difference beyond them means nothing with so few
bars (docs/algorithms/risk.md).
"""

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from math import isqrt
from operator import mul
from typing import Final

from kernel.units import SCALE
from trading.domain.market import Candle, SymbolSnapshot

BARS: Final = 120
"""Newest bars that count."""

MIN_RETURNS: Final = 30
"""Fewer returns in common tell nothing: such a pair has no correlation."""

STEP: Final = SCALE // 10_000
"""The figure is cut towards zero to a multiple of this."""

Correlations = Mapping[tuple[str, str], int]
"""(symbol, other) -> ratio from -1 to 1 at 1e-8, both ways round; absent where it cannot be computed."""


def correlations_of(parts: Sequence[SymbolSnapshot]) -> dict[tuple[str, str], int]:
    """Return the correlation of every two symbols of a snapshot, where enough bars tell it."""
    moves = {part.symbol: bar_returns(part.candles[-BARS - 1 :]) for part in parts}
    found = {}
    for one, other in combinations(moves, 2):
        ratio = correlation(moves[one], moves[other])
        if ratio is not None:
            found[one, other] = found[other, one] = ratio
    return found


def bar_returns(candles: Sequence[Candle]) -> dict[int, int]:
    """Return opening time -> simple return of the close as a ratio, rounded down.

    A bar that stands in for a gap, and the bar after it, have none: two gaps would look alike.
    """
    return {
        after.open_ms: (after.close - before.close) * SCALE // before.close
        for before, after in pairwise(candles)
        if before.close > 0 and not (before.filled or after.filled)
    }


def correlation(one: Mapping[int, int], other: Mapping[int, int]) -> int | None:
    """Return Pearson's correlation of the returns both have, as a ratio cut to four decimals.

    None with fewer than ``MIN_RETURNS`` in common, or where one of the two never moved.
    """
    if one.keys() == other.keys():
        xs, ys = list(one.values()), list(other.values())
    else:
        times = sorted(one.keys() & other.keys())
        xs, ys = [one[time] for time in times], [other[time] for time in times]
    count = len(xs)
    if count < MIN_RETURNS:
        return None
    sum_x, sum_y = sum(xs), sum(ys)
    both = count * sum(map(mul, xs, ys)) - sum_x * sum_y
    spread = (count * sum(map(mul, xs, xs)) - sum_x**2) * (count * sum(map(mul, ys, ys)) - sum_y**2)
    if spread <= 0:
        return None
    # |both| <= sqrt(spread) by Cauchy-Schwarz; the root is rounded down, hence the bound.
    size: int = min(abs(both) * SCALE // max(1, isqrt(spread)), SCALE) // STEP * STEP
    return size if both >= 0 else -size
