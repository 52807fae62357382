"""The random process of the simulated market: moods, jumps and bridges over numpy arrays.

A mood is an Ornstein-Uhlenbeck path; volatility is the exponential of their sum, so it clusters on every
scale from a quarter of an hour to a month. Every path over a chunk of time is pinned to values at the
chunk's edges, which makes any chunk computable without the ones before it (docs/algorithms/market.md).
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernel.time import DAY_MS, HOUR_MS, MINUTE_MS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Mood(NamedTuple):
    """One component of log volatility: how long it lasts and how much it varies."""

    tau_ms: int
    variance: float


MARKET_MOODS: Final = (
    Mood(10 * MINUTE_MS, 0.10),
    Mood(5 * HOUR_MS, 0.12),
    Mood(2 * DAY_MS, 0.12),
    Mood(30 * DAY_MS, 0.05),
)
"""Moods of the whole market, calibrated on recorded candles (bench/market_moments.py)."""

OWN_MOODS: Final = (Mood(HOUR_MS, 0.08),)
"""Moods of one symbol, on top of the market's."""

FACTOR_VOLATILITY: Final = 0.025
"""Daily deviation of the market factor."""

JUMPS_PER_DAY: Final = 1.0
JUMP_SCALE: Final = 0.15
"""Scale of a jump (Laplace distribution) over the daily deviation."""

_NO_MEMORY: Final = 0.2
"""Steps a mood lasts under which it is white noise for all purposes."""

_BLOCK: Final = 500.0
"""Largest exponent inside a block of the recursion: exp(500) is still a float."""


def mood_path(noise: Floats, edges: tuple[float, float], steps: float) -> Floats:
    """Return an Ornstein-Uhlenbeck path from one edge to the other; ``steps`` is how many steps it lasts."""
    if steps < _NO_MEMORY:
        return noise
    free = _recursion(noise, edges[0], steps)
    back = np.arange(1 - len(noise), 1) / steps
    forth = np.arange(1, len(noise) + 1) / steps
    pull = np.exp(back) * np.expm1(-2 * forth) / math.expm1(-2 * len(noise) / steps)
    pinned: Floats = free + (edges[1] - free[-1]) * pull
    return pinned


def _recursion(noise: Floats, start: float, steps: float) -> Floats:
    """Return x[i] = phi x[i-1] + sqrt(1 - phi^2) noise[i] without a loop over i."""
    phi = math.exp(-1 / steps)
    size = max(1, min(len(noise), int(_BLOCK * steps)))
    powers = np.exp(-np.arange(1, size + 1) / steps)
    path = np.empty_like(noise)
    for first in range(0, len(noise), size):
        part = noise[first : first + size] * math.sqrt(1 - phi * phi)
        scale = powers[: len(part)]
        path[first : first + size] = scale * (start + np.cumsum(part / scale))
        start = float(path[first + len(part) - 1])
    return path


def averaged(mood: Mood, step_ms: int) -> float:
    """Return the variance of a mood averaged over one step: a mood shorter than a step is hardly felt."""
    ratio = step_ms / mood.tau_ms
    return mood.variance * 2 * (ratio + math.expm1(-ratio)) / ratio**2


def log_volatility(
    rng: np.random.Generator, moods: tuple[Mood, ...], edges: "tuple[Edges, Edges]", count: int, step_ms: int
) -> Floats:
    """Return log volatility at each step, normalised so that the mean of its squared exponential is 1."""
    total = np.zeros(count)
    for number, mood in enumerate(moods):
        pins = edges[0].moods[number], edges[1].moods[number]
        path = mood_path(rng.standard_normal(count), pins, mood.tau_ms / step_ms)
        variance = averaged(mood, step_ms)
        total += math.sqrt(variance) * path - variance
    return total


def returns(rng: np.random.Generator, deviation: Floats, daily: float, step_ms: int) -> Floats:
    """Return log returns with this deviation a step, and jumps."""
    count = len(deviation)
    moves: Floats = deviation * rng.standard_normal(count)
    struck = np.flatnonzero(rng.random(count) < JUMPS_PER_DAY * step_ms / DAY_MS)
    moves[struck] += rng.laplace(0.0, JUMP_SCALE * daily, len(struck))
    return moves


def bridge(moves: Floats, deviation: Floats, total: float) -> Floats:
    """Return the returns moved so that they sum to ``total``; volatile steps carry more of the correction."""
    weights = deviation * deviation
    pinned: Floats = moves + (total - float(np.sum(moves))) * weights / float(np.sum(weights))
    return pinned


class Edges(NamedTuple):
    """Values of one stream at the edge of a chunk. ``shock`` drives the return of the chunk that follows."""

    moods: tuple[float, ...]
    shock: float
