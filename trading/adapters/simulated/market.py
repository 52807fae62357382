"""The simulated market: a pure function of seed, symbols, start and market time."""

from functools import lru_cache
from typing import Final

from kernel.time import HOUR_MS, MINUTE_MS, iso_utc
from kernel.units import BASIS_POINT, SCALE
from trading.adapters.listing import instrument_of, listing_of
from trading.adapters.simulated.paths import FactorPaths, Grid, SymbolPaths
from trading.domain.formula_books import Conditions, compute_book, compute_conditions, compute_spread
from trading.domain.funding import FundingRate
from trading.domain.funding_rates import INTEREST, INTEREST_MS, compute_funding_rate, in_order
from trading.domain.instruments import Instrument
from trading.domain.market import (
    Candle,
    ExecutionBook,
    MarketInfo,
    MarketSnapshot,
    OrderBook,
    SymbolSnapshot,
    SymbolTick,
    Tick,
)
from trading.ports import MarketUnavailableError

CANDLES: Final = 240
"""Candles of a snapshot."""

_CHUNK_TICKS: Final = 8_640
_HISTORY_BARS: Final = 1_500
_TICKS_A_BAR: Final = 6
_MAX_FUNDING: Final = 30 * BASIS_POINT
_SHOWN_PART: Final = 50
_PREMIUM_PART: Final = 10
"""A perpetual runs ahead of its index by this part of its trend: now and then rates leave the interest."""


class SimulatedMarket:
    """Correlated perpetuals with clustering volatility, jumps, books by formula, and funding.

    The same arguments give the same market in every process and in whatever order it is asked.
    ``tick_ms`` is the span of a tick between rounds, a sixth of a bar where it is not given. Raises
    ValueError for steps that do not divide each other.
    """

    def __init__(
        self,
        *,
        seed: int,
        symbols: tuple[str, ...],
        start_ms: int,
        bar_ms: int = MINUTE_MS,
        tick_ms: int | None = None,
        label: str = "",
    ) -> None:
        grid = _grid(start_ms, bar_ms, tick_ms or max(bar_ms // _TICKS_A_BAR, 1))
        factor = FactorPaths(seed, grid)
        self._grid = grid
        self._instruments = {symbol: instrument_of(symbol, listing_of(symbol).price) for symbol in symbols}
        self._paths = {
            symbol: SymbolPaths(seed, instrument, factor) for symbol, instrument in self._instruments.items()
        }
        self._conditions = lru_cache(maxsize=16 * len(symbols))(self._conditions_after)
        self._funding = lru_cache(maxsize=4 * len(symbols))(self._funding_at)
        self._info = MarketInfo(
            kind="simulated",
            label=label or f"simulated market (seed {seed})",
            bar_ms=bar_ms,
            books="formula",
            funding="formula",
            symbols=symbols,
            first_ms=grid.origin_ms + CANDLES * bar_ms,
        )

    @property
    def info(self) -> MarketInfo:
        """What this market is."""
        return self._info

    def fetch_instruments(self) -> tuple[Instrument, ...]:
        """Return the instruments in the order of ``info.symbols``."""
        return tuple(self._instruments.values())

    def fetch_snapshot(self, market_ms: int) -> MarketSnapshot:
        """Return the market as of the last tick that ended at or before this moment."""
        self._check_moment(market_ms)
        parts = tuple(self._part(symbol, market_ms) for symbol in self._info.symbols)
        return MarketSnapshot(market_ms, self._info.label, self._info.bar_ms, parts)

    def fetch_execution_book(self, after_ms: int) -> ExecutionBook:
        """Return the state at the end of the first tick that ends after this moment."""
        self._check_moment(after_ms)
        market_ms = (after_ms // self._grid.tick_ms + 1) * self._grid.tick_ms
        books: dict[str, OrderBook] = {}
        marks: dict[str, int] = {}
        for symbol in self._info.symbols:
            marks[symbol] = self._mark(symbol, market_ms)
            books[symbol] = self._book(symbol, market_ms, marks[symbol])
        return ExecutionBook(market_ms, self._info.label, books, marks)

    def fetch_ticks(self, after_ms: int, until_ms: int) -> tuple[Tick, ...]:
        """Return the ticks that end in (after_ms, until_ms], oldest first."""
        self._check_moment(after_ms)
        first = after_ms // self._grid.tick_ms + 1
        last = until_ms // self._grid.tick_ms
        return tuple(self._tick(number * self._grid.tick_ms) for number in range(first, last + 1))

    def fetch_funding(self, after_ms: int, until_ms: int) -> tuple[FundingRate, ...]:
        """Return the settlements in (after_ms, until_ms]: one at each whole interval of a symbol."""
        self._check_moment(after_ms)
        found = [
            self._settlement(symbol, number * item.funding_interval_ms)
            for symbol, item in self._instruments.items()
            for number in range(
                after_ms // item.funding_interval_ms + 1, until_ms // item.funding_interval_ms + 1
            )
        ]
        return tuple(sorted(found, key=in_order))

    def _check_moment(self, market_ms: int) -> None:
        first = self._info.first_ms or 0
        if market_ms < first:
            raise MarketUnavailableError(
                f"the simulated market begins at {iso_utc(first)}; {iso_utc(market_ms)} is before that"
            )

    def _part(self, symbol: str, market_ms: int) -> SymbolSnapshot:
        mark = self._mark(symbol, market_ms)
        return SymbolSnapshot(
            symbol=symbol,
            mark=mark,
            book=self._book(symbol, market_ms, mark),
            candles=self._candles(symbol, market_ms, CANDLES),
            observed_ms=market_ms // self._grid.tick_ms * self._grid.tick_ms,
            funding_rate=self._funding(symbol, market_ms // self._instruments[symbol].funding_interval_ms),
        )

    def _tick(self, end_ms: int) -> Tick:
        parts = tuple(self._symbol_tick(symbol, end_ms) for symbol in self._info.symbols)
        return Tick(end_ms, self._info.label, parts)

    def _symbol_tick(self, symbol: str, end_ms: int) -> SymbolTick:
        opened, high, low, close = self._prices(symbol, end_ms)
        conditions = self._at(symbol, end_ms - self._grid.tick_ms)
        spread = compute_spread(opened, conditions, self._instruments[symbol])
        return SymbolTick(symbol, opened, high, low, close, spread)

    def _mark(self, symbol: str, market_ms: int) -> int:
        return self._prices(symbol, market_ms)[3]

    def _prices(self, symbol: str, market_ms: int) -> tuple[int, int, int, int]:
        """Return open, high, low, close of the last tick that ended at or before this moment."""
        number = (market_ms - self._grid.origin_ms) // self._grid.tick_ms - 1
        chunk, row = divmod(number, self._grid.ticks)
        opened, high, low, close = self._paths[symbol].chunk(chunk).ticks[:, row].tolist()
        return opened, high, low, close

    def _candles(self, symbol: str, market_ms: int, count: int) -> tuple[Candle, ...]:
        """Return the newest ``count`` bars that ended at or before this moment."""
        stop = (market_ms - self._grid.origin_ms) // self._grid.bar_ms
        chunk, stop_row = divmod(stop, self._grid.bars)
        rows: tuple[Candle, ...] = (
            self._paths[symbol].chunk(chunk).bars[:stop_row][-count:] if stop_row else ()
        )
        while len(rows) < count and chunk > 0:
            chunk -= 1
            rows = self._paths[symbol].chunk(chunk).bars[len(rows) - count :] + rows
        return rows

    def _book(self, symbol: str, market_ms: int, mark: int) -> OrderBook:
        return compute_book(mark, self._at(symbol, market_ms), self._instruments[symbol])

    def _at(self, symbol: str, market_ms: int) -> Conditions:
        return self._conditions(symbol, market_ms // self._grid.bar_ms)

    def _conditions_after(self, symbol: str, bar: int) -> Conditions:
        """Return the conditions when bar number ``bar`` (from 1970) begins."""
        candles = self._candles(symbol, bar * self._grid.bar_ms, 31)
        return compute_conditions(candles, self._grid.bar_ms)

    def _funding_at(self, symbol: str, interval: int) -> int:
        """Return the rate that is shown during an interval: interest and premium as they stood at its start.

        What is settled at its end follows from the premium during it (``_settlement``).
        """
        trend = self._trend(symbol, interval * self._instruments[symbol].funding_interval_ms)
        share = INTEREST_MS // self._instruments[symbol].funding_interval_ms
        return max(-_MAX_FUNDING, min(_MAX_FUNDING, (INTEREST + trend // _SHOWN_PART) // share))

    def _trend(self, symbol: str, market_ms: int) -> int:
        """Return the last close over the mean of the newest closes, less one, as a ratio."""
        closes = [c.close for c in self._candles(symbol, max(market_ms, self._info.first_ms or 0), CANDLES)]
        mean = sum(closes) // len(closes)
        return (closes[-1] - mean) * SCALE // mean

    def _settlement(self, symbol: str, market_ms: int) -> FundingRate:
        """Return the settlement at the end of an interval: its premium is looked at every hour."""
        interval_ms = self._instruments[symbol].funding_interval_ms
        moments = range(market_ms - interval_ms + HOUR_MS, market_ms + 1, HOUR_MS)
        premiums = [self._trend(symbol, moment) // _PREMIUM_PART for moment in moments]
        rate = compute_funding_rate(premiums, interval_ms, _MAX_FUNDING)
        return FundingRate(symbol, market_ms, rate, self._mark(symbol, market_ms))


def _grid(start_ms: int, bar_ms: int, tick_ms: int) -> Grid:
    if bar_ms <= 0 or bar_ms % tick_ms:
        raise ValueError(f"a bar of {bar_ms} ms is not a whole number of ticks of {tick_ms} ms")
    bars = max(1, _CHUNK_TICKS // (bar_ms // tick_ms))
    chunk_ms = bars * bar_ms
    history = -(-(_HISTORY_BARS + CANDLES) // bars)
    origin_ms = (start_ms // chunk_ms - history) * chunk_ms
    return Grid(origin_ms, bar_ms, tick_ms, bars)
