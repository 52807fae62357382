"""A recording played as a market: bar by bar, without a look at what the recording says next."""

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np

from kernel.time import iso_utc
from trading.adapters.listing import instrument_of, power_of_ten_below
from trading.adapters.tape.funding_files import RecordedRate, interval_of
from trading.adapters.tape.series import Series
from trading.adapters.tape.table import Ints
from trading.domain.formula_books import (
    STANDARD_SHAPE,
    Conditions,
    compute_book,
    compute_conditions,
    compute_spread,
)
from trading.domain.funding import FundingRate
from trading.domain.funding_rates import in_order
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
from trading.ports import MarketEndedError, MarketUnavailableError

CANDLES: Final = 240
"""Candles of a snapshot."""

_WARM_BARS: Final = 30
_TINY_BARS: Final = 60
"""A tape with no more bars than this may be looked at from its second bar on."""

_FINEST_TICK: Final = 1_000_000
"""A tick is at least this part of the lowest price: finer digits of a recording are averages, not quotes."""

_COARSEST_TICK: Final = 10_000


class TapeMarket:
    """Recorded bars as a market; see docs/algorithms/market.md.

    ``sha256`` is the hash of everything that is played: symbols, bar, times, prices and turnover.
    ``instruments`` are the steps and fees of the venue it was recorded at, by symbol; where they are not
    given, the recording shows them. ``funding`` are the settlements recorded beside it, by symbol: where
    there are none, none is paid.
    """

    def __init__(
        self,
        series: tuple[Series, ...],
        label: str,
        instruments: Mapping[str, Instrument] | None = None,
        funding: Mapping[str, Sequence[RecordedRate]] | None = None,
    ) -> None:
        first = series[0]
        self._bar_ms, self._first_ms, self._bars = first.bar_ms, first.first_ms, len(first.real)
        given = instruments or {}
        self._instruments = {
            part.symbol: given.get(part.symbol) or _instrument(part, (funding or {}).get(part.symbol, ()))
            for part in series
        }
        self._series = {part.symbol: _on_tick(part, self._instruments[part.symbol]) for part in series}
        self._funding = self._settlements(funding or {})
        self.sha256 = _sha256(tuple(self._series.values()), self._funding)
        self._conditions: Callable[[str, int], Conditions] = lru_cache(maxsize=64 * len(series))(
            self._conditions_after
        )
        warm = _WARM_BARS if self._bars > _TINY_BARS else 2
        self._info = MarketInfo(
            kind="tape",
            label=label,
            bar_ms=self._bar_ms,
            books="formula",
            symbols=tuple(self._series),
            first_ms=self._boundary(warm),
            last_ms=self._boundary(self._bars - 1),
            funding="recorded" if self._funding else "none",
        )

    @property
    def info(self) -> MarketInfo:
        """What this market is."""
        return self._info

    def fetch_instruments(self) -> tuple[Instrument, ...]:
        """Return the instruments in the order of ``info.symbols``."""
        return tuple(self._instruments.values())

    def fetch_snapshot(self, market_ms: int) -> MarketSnapshot:
        """Return the bars that closed at or before this moment, and books around the last close.

        Raises MarketUnavailableError before ``info.first_ms`` and MarketEndedError after ``info.last_ms``.
        """
        self._check_moment(market_ms)
        closed = (market_ms - self._first_ms) // self._bar_ms
        parts = tuple(self._part(symbol, closed) for symbol in self._series)
        return MarketSnapshot(market_ms, self._info.label, self._bar_ms, parts)

    def fetch_execution_book(self, after_ms: int) -> ExecutionBook:
        """Return the state at the open of the bar that starts at the first boundary at or after this moment.

        It is dated one millisecond past the boundary, so that it is strictly later than a decision made on
        it. Nothing of that bar but its open is used. In a gap nobody traded: MarketUnavailableError.
        """
        self._check_moment(after_ms)
        bar = -(-(after_ms - self._first_ms) // self._bar_ms)
        if any(int(part.real[bar]) != bar for part in self._series.values()):
            raise MarketUnavailableError(f"the recording has no bar at {iso_utc(self._boundary(bar))}")
        marks = {symbol: int(part.prices[0, bar]) for symbol, part in self._series.items()}
        books = {symbol: self._book(symbol, bar, mark) for symbol, mark in marks.items()}
        return ExecutionBook(self._boundary(bar) + 1, self._info.label, books, marks)

    def fetch_ticks(self, after_ms: int, until_ms: int) -> tuple[Tick, ...]:
        """Return one tick for each bar that closes in (after_ms, until_ms], oldest first.

        Raises MarketEndedError where the recording ends at or before ``after_ms``.
        """
        if until_ms > after_ms >= self._boundary(self._bars):
            self._refuse_end(after_ms)
        first = max((after_ms - self._first_ms) // self._bar_ms, 0)
        stop = min((until_ms - self._first_ms) // self._bar_ms, self._bars)
        return tuple(self._tick(bar) for bar in range(first, stop))

    def _boundary(self, bar: int) -> int:
        """Return the moment at which this bar opens and the one before closes."""
        return self._first_ms + bar * self._bar_ms

    def fetch_funding(self, after_ms: int, until_ms: int) -> tuple[FundingRate, ...]:
        """Return the recorded settlements in (after_ms, until_ms]; none where none were recorded."""
        first = bisect_right(self._funding, after_ms, key=_instant)
        return self._funding[first : bisect_right(self._funding, until_ms, key=_instant)]

    def _settlements(self, recorded: Mapping[str, Sequence[RecordedRate]]) -> tuple[FundingRate, ...]:
        """Return what was recorded within the range that is played; a missing mark is the last close."""
        found = [
            FundingRate(symbol, market_ms, rate, mark or self._close_at(symbol, market_ms))
            for symbol in self._series
            for market_ms, rate, mark in recorded.get(symbol, ())
            if self._first_ms <= market_ms <= self._boundary(self._bars)
        ]
        return tuple(sorted(found, key=in_order))

    def _close_at(self, symbol: str, market_ms: int) -> int:
        """Return the close of the last bar that ended until this moment; the first open where none did."""
        closed = (market_ms - self._first_ms) // self._bar_ms
        prices = self._series[symbol].prices
        return int(prices[3, closed - 1] if closed else prices[0, 0])

    def _check_moment(self, market_ms: int) -> None:
        if market_ms < (self._info.first_ms or 0):
            raise MarketUnavailableError(
                f"{self._info.label} can be played from {iso_utc(self._info.first_ms or 0)}; "
                f"{iso_utc(market_ms)} is before that"
            )
        if market_ms > (self._info.last_ms or 0):
            self._refuse_end(market_ms)

    def _refuse_end(self, market_ms: int) -> None:
        last = iso_utc(self._info.last_ms or 0)
        raise MarketEndedError(
            f"{self._info.label} can be played until {last}; {iso_utc(market_ms)} is after that"
        )

    def _part(self, symbol: str, closed: int) -> SymbolSnapshot:
        series = self._series[symbol]
        mark = int(series.prices[3, closed - 1])
        return SymbolSnapshot(
            symbol=symbol,
            mark=mark,
            book=self._book(symbol, closed, mark),
            candles=self._candles(symbol, closed, CANDLES),
            observed_ms=self._boundary(int(series.real[closed - 1]) + 1),
        )

    def _tick(self, bar: int) -> Tick:
        parts = tuple(self._symbol_tick(symbol, bar) for symbol in self._series)
        return Tick(self._boundary(bar + 1), self._info.label, parts)

    def _symbol_tick(self, symbol: str, bar: int) -> SymbolTick:
        opened, high, low, close = self._series[symbol].prices[:, bar].tolist()
        spread = compute_spread(opened, self._conditions(symbol, bar), self._instruments[symbol])
        return SymbolTick(symbol, opened, high, low, close, spread)

    def _candles(self, symbol: str, closed: int, count: int) -> tuple[Candle, ...]:
        """Return the newest of the first ``closed`` bars."""
        series = self._series[symbol]
        part = slice(max(closed - count, 0), closed)
        numbers = np.arange(part.start, closed)
        filled: list[bool] = (series.real[part] != numbers).tolist()
        opens: list[int] = (self._first_ms + numbers * self._bar_ms).tolist()
        prices = series.prices[:, part].tolist()
        return tuple(map(Candle, opens, *prices, series.turnover[part].tolist(), filled))

    def _book(self, symbol: str, closed: int, mark: int) -> OrderBook:
        return compute_book(mark, self._conditions(symbol, closed), self._instruments[symbol])

    def _conditions_after(self, symbol: str, closed: int) -> Conditions:
        return compute_conditions(self._candles(symbol, closed, STANDARD_SHAPE.window + 1), self._bar_ms)


def _instrument(series: Series, funding: Sequence[RecordedRate]) -> Instrument:
    """Return the instrument as the recording shows it.

    The tick is the decimal step of the prices, kept between 1/1,000,000 and 1/10,000 of the lowest price.
    """
    lowest = int(series.prices.min())
    step = _decimal_step(series.prices)
    finest = 10 * power_of_ten_below((lowest - 1) // _FINEST_TICK) if lowest > _FINEST_TICK else 1
    coarsest = power_of_ten_below(lowest // _COARSEST_TICK)
    tick = max(finest, min(step, coarsest))
    instrument = instrument_of(series.symbol, int(series.prices.max()), tick)
    return replace(instrument, funding_interval_ms=interval_of(funding))


def _decimal_step(prices: Ints) -> int:
    """Return the largest power of ten that divides every price."""
    common = int(np.gcd.reduce(prices, axis=None))
    digits = len(str(common)) - len(str(common).rstrip("0"))
    return int(10**digits)


def _on_tick(series: Series, instrument: Instrument) -> Series:
    """Return the series with prices moved to the nearest tick (at least two), which keeps their order."""
    tick = instrument.tick
    if not (series.prices % tick).any() and int(series.prices.min()) >= 2 * tick:
        return series
    prices = np.maximum((series.prices + tick // 2) // tick, 2) * tick
    return Series(
        series.symbol, series.file, series.bar_ms, series.first_ms, prices, series.turnover, series.real
    )


def _instant(rate: FundingRate) -> int:
    return rate.market_ms


def _sha256(all_series: tuple[Series, ...], funding: tuple[FundingRate, ...]) -> str:
    digest = hashlib.sha256()
    for series in all_series:
        digest.update(f"{series.symbol} {series.bar_ms} {series.first_ms} {len(series.real)}\n".encode())
        for column in (series.prices, series.turnover, series.real):
            digest.update(np.ascontiguousarray(column, dtype="<i8").tobytes())
    for rate in funding:
        digest.update(f"funding {rate.symbol} {rate.market_ms} {rate.rate} {rate.mark}\n".encode())
    return digest.hexdigest()
