"""Chunks of the simulated market: ticks and bars of a symbol over a stretch of time, in integer units."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from kernel.time import DAY_MS
from kernel.units import MAX_UNITS, SCALE
from trading.adapters.listing import listing_of
from trading.adapters.simulated.edges import MarketEdges, PriceEdges, generator, own_stream
from trading.adapters.simulated.process import (
    FACTOR_VOLATILITY,
    MARKET_MOODS,
    OWN_MOODS,
    Floats,
    Ints,
    bridge,
    log_volatility,
    returns,
)
from trading.domain.instruments import Instrument
from trading.domain.market import Candle

KEPT_CHUNKS: Final = 3
"""Chunks of each path in memory: a snapshot needs two, a look back a third."""

_BUSY: Final = 1.2
"""Turnover grows with volatility to this power."""

_BUSY_NOISE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Grid:
    """How time is cut: chunks of whole bars of whole ticks, counted from ``origin_ms``."""

    origin_ms: int
    bar_ms: int
    tick_ms: int
    bars: int

    @property
    def chunk_ms(self) -> int:
        """Length of a chunk."""
        return self.bars * self.bar_ms

    @property
    def ticks(self) -> int:
        """Ticks in a chunk."""
        return self.chunk_ms // self.tick_ms


@dataclass(frozen=True, slots=True)
class Chunk:
    """One symbol's way over a chunk: rows open, high, low, close of each tick, and the bars made of them."""

    ticks: Ints
    bars: tuple[Candle, ...]


@dataclass(frozen=True, slots=True)
class FactorPath:
    """The market factor over a chunk: log returns, log volatility and deviation of each tick."""

    moves: Floats
    mood: Floats
    deviation: Floats


class FactorPaths:
    """The market factor, chunk by chunk."""

    def __init__(self, seed: int, grid: Grid) -> None:
        self.grid = grid
        self.edges = MarketEdges(seed, grid.chunk_ms)
        self._seed = seed
        self.chunk = lru_cache(maxsize=KEPT_CHUNKS)(self._compute)

    def _compute(self, number: int) -> FactorPath:
        grid = self.grid
        rng = generator(self._seed, "market", "chunk", number)
        pins = self.edges.stream.at(number), self.edges.stream.at(number + 1)
        mood = log_volatility(rng, MARKET_MOODS, pins, grid.ticks, grid.tick_ms)
        deviation = FACTOR_VOLATILITY * math.sqrt(grid.tick_ms / DAY_MS) * np.exp(mood)
        moves = returns(rng, deviation, FACTOR_VOLATILITY, grid.tick_ms)
        return FactorPath(bridge(moves, deviation, self.edges.move(number)), mood, deviation)


class SymbolPaths:
    """One symbol, chunk by chunk. Its path does not depend on which other symbols are played."""

    def __init__(self, seed: int, instrument: Instrument, factor: FactorPaths) -> None:
        self._seed, self._instrument, self._factor = seed, instrument, factor
        self._listing = listing_of(instrument.symbol)
        self._stream = own_stream(seed, instrument.symbol, factor.grid.chunk_ms)
        figures = self._listing.beta, self._listing.own_volatility
        start = math.log(self._listing.price / SCALE)
        self._edges = PriceEdges(self._stream, factor.edges, start, figures)
        self.chunk = lru_cache(maxsize=KEPT_CHUNKS)(self._compute)

    def _compute(self, number: int) -> Chunk:
        rng = generator(self._seed, "symbol", self._instrument.symbol, "chunk", number)
        factor = self._factor.chunk(number)
        mood = factor.mood + self._own_mood(rng, number)
        logs, deviation = self._log_path(rng, number, factor, mood)
        ticks = self._quantised(logs, _extremes(rng, logs, deviation))
        return Chunk(ticks, self._bars(number, ticks, self._turnover(rng, mood)))

    def _own_mood(self, rng: np.random.Generator, number: int) -> Floats:
        grid = self._factor.grid
        pins = self._stream.at(number), self._stream.at(number + 1)
        return log_volatility(rng, OWN_MOODS, pins, grid.ticks, grid.tick_ms)

    def _log_path(
        self, rng: np.random.Generator, number: int, factor: FactorPath, mood: Floats
    ) -> tuple[Floats, Floats]:
        """Return log prices at the edges of the ticks (one more than ticks), and each tick's deviation."""
        grid, listing = self._factor.grid, self._listing
        first, last = self._edges.at(number), self._edges.at(number + 1)
        own = listing.own_volatility * math.sqrt(grid.tick_ms / DAY_MS) * np.exp(mood)
        pulled = listing.beta * factor.moves
        moves = returns(rng, own, listing.own_volatility, grid.tick_ms)
        moves = pulled + bridge(moves, own, last - first - float(np.sum(pulled)))
        logs = np.concatenate(([first], first + np.cumsum(moves)))
        logs[-1] = last  # the sum is off by a rounding error, and the next chunk starts exactly here
        return logs, np.hypot(listing.beta * factor.deviation, own)

    def _quantised(self, logs: Floats, extremes: tuple[Floats, Floats]) -> Ints:
        """Return ticks as rows open, high, low, close in units, on the instrument's tick."""
        edges = self._on_tick(logs)
        opens, closes = edges[:-1], edges[1:]
        highs = np.maximum(self._on_tick(extremes[0]), np.maximum(opens, closes))
        lows = np.minimum(self._on_tick(extremes[1]), np.minimum(opens, closes))
        return np.stack((opens, highs, lows, closes))

    def _on_tick(self, logs: Floats) -> Ints:
        tick = self._instrument.tick
        counts: Ints = np.rint(np.exp(logs) * (SCALE / tick)).astype(np.int64)
        return np.maximum(counts, 2) * tick

    def _turnover(self, rng: np.random.Generator, mood: Floats) -> Ints:
        """Return USDT units traded in each bar."""
        grid = self._factor.grid
        usual = self._listing.daily_turnover * SCALE * (grid.bar_ms / DAY_MS)
        busy = mood.reshape(grid.bars, -1).mean(axis=1) * _BUSY
        noise = _BUSY_NOISE * rng.standard_normal(grid.bars)
        amounts: Ints = np.minimum(np.rint(usual * np.exp(busy + noise)), MAX_UNITS).astype(np.int64)
        return amounts

    def _bars(self, number: int, ticks: Ints, turnover: Ints) -> tuple[Candle, ...]:
        grid = self._factor.grid
        opens, highs, lows, closes = ticks.reshape(4, grid.bars, -1)
        first_ms = grid.origin_ms + number * grid.chunk_ms
        starts = range(first_ms, first_ms + grid.chunk_ms, grid.bar_ms)
        columns = (opens[:, 0], highs.max(axis=1), lows.min(axis=1), closes[:, -1], turnover)
        return tuple(map(Candle, starts, *(column.tolist() for column in columns)))


def _extremes(rng: np.random.Generator, logs: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """Return the highest and lowest log price inside each tick: extremes of a Brownian bridge."""
    opens, closes = logs[:-1], logs[1:]
    exponentials = rng.standard_exponential((2, len(deviation)))
    reach = np.sqrt((closes - opens) ** 2 + 2 * deviation**2 * exponentials)
    middle = (opens + closes) / 2
    return middle + reach[0] / 2, middle - reach[1] / 2
