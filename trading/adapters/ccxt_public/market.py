"""A real venue's public prices as a market: no keys, no orders, nothing believed unchecked."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple, TypeVar

from kernel.time import MINUTE_MS, iso_utc
from kernel.units import SCALE, Rounding, float_to_units, mul_div, round_to_step
from trading.adapters.ccxt_public.answers import (
    LEVELS,
    book_from,
    candles_from,
    check_jump,
    check_time,
    instrument_from,
    joined,
    price_of,
)
from trading.adapters.ccxt_public.history import fetch_series
from trading.adapters.ccxt_public.venues import make_client, venue_of
from trading.adapters.listing import listing_of
from trading.adapters.tape import TapeMarket
from trading.adapters.tape.series import align
from trading.domain.funding import FundingRate
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

Answer = TypeVar("Answer")

CANDLES: Final = 240
"""Candles of a snapshot."""

_TIMEOUT_MS: Final = 10_000
_STALE_BARS: Final = 3
_OLDEST_LOOK_MS: Final = 5 * MINUTE_MS
"""A snapshot of a moment longer ago would be of today's prices under yesterday's date."""

_MEMORY_MS: Final = 10 * MINUTE_MS
"""How long a price seen before is what the next one is measured against."""


class _Seen(NamedTuple):
    price: int
    at_ms: int


class CcxtPublicMarket:
    """Candles, order books, marks and funding of one venue over its public REST interface.

    Every answer is checked; one that is stale, from the future, zero, negative, NaN, crossed or three times
    what was seen before raises MarketUnavailableError, and so does an outage. ``client`` is a ccxt client,
    made here where it is not given. ``clock`` returns the time in milliseconds.
    """

    def __init__(
        self,
        venue: str,
        symbols: tuple[str, ...],
        client: Any = None,
        *,
        clock: Callable[[], int],
        timeout_ms: int = _TIMEOUT_MS,
    ) -> None:
        self._key = venue
        self._venue = venue_of(venue)
        self._client = make_client(venue, timeout_ms) if client is None else client
        self._clock = clock
        self._lock = threading.Lock()
        self._instruments: dict[str, Instrument] = {}
        self._candles: dict[str, tuple[Candle, ...]] = {}
        self._seen: dict[str, _Seen] = {}
        label = f"live prices of {self._venue.name}"
        self._info = MarketInfo(kind="live", label=label, bar_ms=MINUTE_MS, books="venue", symbols=symbols)

    @property
    def info(self) -> MarketInfo:
        """What this market is."""
        return self._info

    @property
    def venue(self) -> str:
        """The venue's key: ``ccxt:`` and this name it in a specification."""
        return self._key

    def of_symbols(self, symbols: tuple[str, ...]) -> "CcxtPublicMarket":
        """Return this venue with other symbols; both share their connections."""
        return CcxtPublicMarket(self._key, symbols, self._client, clock=self._clock)

    def fetch_listed(self) -> tuple[str, ...]:
        """Return those symbols that can be traded there; raises MarketUnavailableError where none can."""
        with self._lock:
            self._ask("its list of markets", self._client.load_markets)
        listed = tuple(symbol for symbol in self._info.symbols if self._is_listed(symbol))
        if not listed:
            names = ", ".join(self._info.symbols)
            raise MarketUnavailableError(f"{self._info.label}: none of {names} is listed there; name others")
        return listed

    def _is_listed(self, symbol: str) -> bool:
        market = self._client.markets.get(self._name(symbol))
        if market is None or market.get("active") is False:
            return False
        try:
            self._instrument(symbol)
        except MarketUnavailableError:  # a contract of another size, or steps that nothing can obey
            return False
        return True

    def fetch_history(self, bars: int) -> TapeMarket:
        """Return the venue's newest one-minute candles as a tape in the venue's own steps, books by formula.

        ``bars`` is how many are asked for; fewer where the venue keeps fewer. Raises MarketError where they
        cannot be had or cannot be played.
        """
        self._connect()
        now_ms = self._clock()
        first_ms = (now_ms // MINUTE_MS - bars) * MINUTE_MS
        series = self._each_symbol(
            lambda symbol: self._ask(
                f"the history of {symbol}",
                lambda: fetch_series(self._client, symbol, self._name(symbol), first_ms, now_ms),
            )
        )
        common = align(series)
        if now_ms - common[0].end_ms > _STALE_BARS * MINUTE_MS:
            raise MarketUnavailableError(f"{self._info.label}: the newest candle of its history is stale")
        return TapeMarket(common, f"candles of {self._venue.name}", self._instruments)

    def fetch_instruments(self) -> tuple[Instrument, ...]:
        """Return the instruments in the order of ``info.symbols``."""
        self._connect()
        return tuple(self._instruments[symbol] for symbol in self._info.symbols)

    def fetch_snapshot(self, market_ms: int) -> MarketSnapshot:
        """Return the market as the venue shows it now, with the bars that closed until ``market_ms``.

        Raises MarketUnavailableError for a moment more than five minutes ago: its prices are gone.
        """
        if self._clock() - market_ms > _OLDEST_LOOK_MS:
            raise MarketUnavailableError(f"{self._info.label}: {iso_utc(market_ms)} was too long ago")
        self._connect()
        parts = self._each_symbol(lambda symbol: self._part(symbol, market_ms))
        return MarketSnapshot(market_ms, self._info.label, MINUTE_MS, tuple(parts))

    def fetch_execution_book(self, after_ms: int) -> ExecutionBook:
        """Return the books as they are now; raises MarketUnavailableError where now is not after this moment.

        Marks are the books' middles, so that one request a symbol is enough.
        """
        books = self._books()
        now_ms = self._clock()
        if now_ms <= after_ms:
            raise MarketUnavailableError(
                f"{self._info.label}: the clock stands at or before the asked moment"
            )
        marks = {symbol: self._middle(symbol, book) for symbol, book in books.items()}
        return ExecutionBook(now_ms, self._info.label, books, marks)

    def fetch_ticks(self, after_ms: int, until_ms: int) -> tuple[Tick, ...]:
        """Return one point observation of now, dated at most ``until_ms``; none where now is not after.

        A venue tells the state of the moment only: what happened in between was not seen.
        """
        if min(self._clock(), until_ms) <= after_ms:
            return ()
        books = self._books()
        market_ms = min(self._clock(), until_ms)
        parts = tuple(self._point(symbol, book) for symbol, book in books.items())
        return (Tick(market_ms, self._info.label, parts),)

    def fetch_funding(self, after_ms: int, until_ms: int) -> tuple[FundingRate, ...]:
        """Return the settlements of funding in (after_ms, until_ms]: none yet."""
        del after_ms, until_ms
        return ()

    def close(self) -> None:
        """Close the connections."""
        self._client.session.close()

    def _connect(self) -> None:
        """Learn the venue's instruments, once."""
        with self._lock:
            if not self._instruments:
                self._ask("its list of markets", self._client.load_markets)
                self._instruments = {symbol: self._instrument(symbol) for symbol in self._info.symbols}

    def _instrument(self, symbol: str) -> Instrument:
        market = self._client.markets.get(self._name(symbol))
        if market is None:
            raise MarketUnavailableError(f"{self._info.label}: {symbol} is not listed there; leave it out")
        price = listing_of(symbol).price
        return self._ask(f"the steps of {symbol}", lambda: instrument_from(symbol, market, price))

    def _name(self, symbol: str) -> str:
        return f"{symbol}/{self._venue.quote}:{self._venue.quote}"

    def _ask(self, what: str, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except MarketUnavailableError:
            raise
        except Exception as error:  # whatever an answer does to its parser is an outage, not a bug of ours
            reason = str(error).partition("\n")[0][:200]
            message = f"{self._info.label}: {what} cannot be used ({type(error).__name__}: {reason})"
            raise MarketUnavailableError(message) from error

    def _each_symbol(self, question: Callable[[str], Answer]) -> list[Answer]:
        """Ask for all symbols at once."""
        with ThreadPoolExecutor(len(self._info.symbols), "venue") as pool:
            return list(pool.map(question, self._info.symbols))

    def _books(self) -> dict[str, OrderBook]:
        self._connect()
        books = self._each_symbol(self._book)
        return dict(zip(self._info.symbols, books, strict=True))

    def _book(self, symbol: str) -> OrderBook:
        return self._ask(f"the order book of {symbol}", lambda: self._fetch_book(symbol))

    def _fetch_book(self, symbol: str) -> OrderBook:
        answer = self._client.fetch_order_book(self._name(symbol), LEVELS)
        book = book_from(answer, self._instruments[symbol], self._clock())
        self._check_memory(symbol, book.mid)
        return book

    def _check_memory(self, symbol: str, price: int) -> None:
        """Refuse a jump against the price seen last, and remember this one."""
        seen, now_ms = self._seen.get(symbol), self._clock()
        if seen is not None and now_ms - seen.at_ms <= _MEMORY_MS:
            check_jump(price, seen.price)
        self._seen[symbol] = _Seen(price, now_ms)

    def _part(self, symbol: str, market_ms: int) -> SymbolSnapshot:
        candles = self._ask(f"the candles of {symbol}", lambda: self._fetch_candles(symbol, market_ms))
        book = self._book(symbol)
        mark, funding = self._ask(f"the mark of {symbol}", lambda: self._fetch_mark(symbol, book))
        self._ask(f"the mark of {symbol}", lambda: check_jump(mark, candles[-1].close))
        return SymbolSnapshot(symbol, mark, book, candles, min(self._clock(), market_ms), funding)

    def _fetch_candles(self, symbol: str, market_ms: int) -> tuple[Candle, ...]:
        """Return the newest bars closed until this moment; only those not known yet are asked for."""
        known = self._candles.get(symbol, ())
        missing = (market_ms - known[-1].open_ms) // MINUTE_MS + 1 if known else CANDLES + 1
        count = max(2, min(missing, CANDLES + 1))
        rows = self._client.fetch_ohlcv(self._name(symbol), "1m", None, count)
        candles = joined(known, candles_from(rows, market_ms), CANDLES)
        if not candles or market_ms - candles[-1].open_ms > (_STALE_BARS + 1) * MINUTE_MS:
            raise ValueError("the newest candle is stale")
        self._candles[symbol] = candles
        return tuple(candle for candle in candles if candle.open_ms + MINUTE_MS <= market_ms)

    def _fetch_mark(self, symbol: str, book: OrderBook) -> tuple[int, int | None]:
        """Return mark and funding rate; the book's middle stands in for a mark the venue does not give."""
        answer = self._client.fetch_funding_rate(self._name(symbol))
        check_time(answer.get("timestamp"), self._clock())
        given, rate = answer.get("markPrice"), answer.get("fundingRate")
        mark = self._middle(symbol, book) if given is None else self._on_tick(symbol, price_of(given))
        return mark, None if rate is None else float_to_units(rate)

    def _middle(self, symbol: str, book: OrderBook) -> int:
        return self._on_tick(symbol, book.mid)

    def _on_tick(self, symbol: str, price: int) -> int:
        tick = self._instruments[symbol].tick
        return round_to_step(price + tick // 2, tick, Rounding.DOWN)

    def _point(self, symbol: str, book: OrderBook) -> SymbolTick:
        mark = self._middle(symbol, book)
        spread = mul_div(book.asks[0].price - book.bids[0].price, SCALE, mark, Rounding.UP)
        return SymbolTick(symbol, mark, mark, mark, mark, spread)
