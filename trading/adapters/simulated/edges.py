"""Values at the edges of chunks: the coarse path that makes the simulated market open to random access."""

import math
import threading
from typing import Final

import numpy as np

from kernel.ids import derive_seed
from kernel.time import DAY_MS
from trading.adapters.simulated.process import (
    FACTOR_VOLATILITY,
    MARKET_MOODS,
    OWN_MOODS,
    Edges,
    Mood,
)

_BLOCK: Final = 64
"""Chunks drawn by one generator."""

_SHOCK_FREEDOM: Final = 6.0
"""Degrees of freedom of the Student distribution of a chunk's return."""

_HOME_MS: Final = 365 * DAY_MS
"""Time over which a price forgets its distance from the reference price, so that no price wanders off."""


def generator(*key: str | int) -> np.random.Generator:
    """Return the generator of a natural key."""
    return np.random.Generator(np.random.PCG64(derive_seed("simulated market", *key)))


class EdgeStream:
    """The edges of one stream (the market, or one symbol), grown on demand and the same in any order."""

    def __init__(self, seed: int, name: str, moods: tuple[Mood, ...], chunk_ms: int) -> None:
        self._key = (seed, name)
        self._memory = [math.exp(-chunk_ms / mood.tau_ms) for mood in moods]
        self._edges: list[Edges] = []
        self._lock = threading.Lock()

    def at(self, number: int) -> Edges:
        """Return the edge at which chunk ``number`` starts."""
        with self._lock:
            while len(self._edges) <= number:
                self._grow()
            return self._edges[number]

    def _grow(self) -> None:
        block = len(self._edges) // _BLOCK
        rng = generator(*self._key, "edges", block)
        draws = rng.standard_normal((_BLOCK, len(self._memory)))
        scale = math.sqrt((_SHOCK_FREEDOM - 2) / _SHOCK_FREEDOM)
        shocks = rng.standard_t(_SHOCK_FREEDOM, _BLOCK) * scale
        for row, shock in zip(draws.tolist(), shocks.tolist(), strict=True):
            self._edges.append(Edges(self._next_moods(row), shock))

    def _next_moods(self, draws: list[float]) -> tuple[float, ...]:
        if not self._edges:
            return tuple(draws)
        last = self._edges[-1].moods
        return tuple(
            phi * before + math.sqrt(1 - phi * phi) * draw
            for phi, before, draw in zip(self._memory, last, draws, strict=True)
        )


class PriceEdges:
    """Log price of one symbol at the edges of chunks."""

    def __init__(
        self, stream: EdgeStream, market: "MarketEdges", start: float, figures: tuple[float, float]
    ) -> None:
        self.stream = stream
        self._market = market
        self._start = start
        self._beta, self._own = figures
        self._home = -math.expm1(-market.chunk_ms / _HOME_MS)
        self._logs = [start]
        self._lock = threading.Lock()

    def at(self, number: int) -> float:
        """Return the log price at the start of chunk ``number``."""
        with self._lock:
            while len(self._logs) <= number:
                self._logs.append(self._after(len(self._logs) - 1))
            return self._logs[number]

    def _after(self, number: int) -> float:
        before = self._logs[number]
        calm = self._own * math.sqrt(self._market.chunk_ms / DAY_MS) * self._market.volatility(number)
        own = calm * self.stream.at(number).shock
        return before + self._beta * self._market.move(number) + own - self._home * (before - self._start)


class MarketEdges:
    """Edges of the market factor, and what they say about each chunk."""

    def __init__(self, seed: int, chunk_ms: int) -> None:
        self.chunk_ms = chunk_ms
        self.stream = EdgeStream(seed, "market", MARKET_MOODS, chunk_ms)
        self._slow = [number for number, mood in enumerate(MARKET_MOODS) if 4 * mood.tau_ms >= chunk_ms]

    def volatility(self, number: int) -> float:
        """Return the chunk's volatility over the usual one: the slow moods between its two edges."""
        first, last = self.stream.at(number).moods, self.stream.at(number + 1).moods
        level = 0.0
        for mood in self._slow:
            variance = MARKET_MOODS[mood].variance
            phi = math.exp(-self.chunk_ms / MARKET_MOODS[mood].tau_ms)
            level += math.sqrt(variance) * (first[mood] + last[mood]) / 2 - variance * (1 + phi) / 2
        return math.exp(level)

    def move(self, number: int) -> float:
        """Return the factor's log return over the chunk."""
        calm = FACTOR_VOLATILITY * math.sqrt(self.chunk_ms / DAY_MS)
        return calm * self.volatility(number) * self.stream.at(number).shock


def own_stream(seed: int, symbol: str, chunk_ms: int) -> EdgeStream:
    """Return the edges of one symbol's own part."""
    return EdgeStream(seed, f"symbol {symbol}", OWN_MOODS, chunk_ms)
