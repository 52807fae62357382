"""A real venue's public prices as a market: no keys, no orders, nothing believed unchecked."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from kernel.time import MINUTE_MS, iso_utc
from kernel.units import Rounding, round_to_step
from trading.adapters.ccxt_public import funding
from trading.adapters.ccxt_public.answers import (
    LEVELS,
    PriceMemory,
    book_from,
    candles_from,
    check_jump,
    check_time,
    instrument_from,
    joined,
    moment_of,
    point_of,
    price_of,
)
from trading.adapters.ccxt_public.history import fetch_series
from trading.adapters.ccxt_public.venues import make_client, venue_of
from trading.adapters.listing import listing_of
from trading.adapters.tape import TapeMarket
from trading.adapters.tape.funding_files import RecordedRate
from trading.adapters.tape.series import align
from trading.domain.funding import FundingRate
from trading.domain.funding_rates import in_order
from trading.domain.instruments import FUNDING_INTERVAL_MS, Instrument
from trading.domain.market import (
    Candle,
    ExecutionBook,
    MarketInfo,
    MarketSnapshot,
    OrderBook,
    SymbolSnapshot,
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


class CcxtPublicMarket:
    """Candles, order books, marks and funding of one venue over its public REST interface.

    What is stale, from the future, zero, negative, NaN, crossed or three times what was seen before raises
    MarketUnavailableError, as an outage does. ``client`` is a ccxt client, ``clock`` tells milliseconds.
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
        self._memory = PriceMemory()
        label = f"live prices of {self._venue.name}"
        self._info = MarketInfo("live", label, MINUTE_MS, "venue", symbols, funding="venue")
        self._intervals: dict[str, int] = {}

    @property
    def info(self) -> MarketInfo:
        """What this market is."""
        return self._info

    @property
    def venue(self) -> str:
        """The venue's key: ``ccxt:`` and this name it in a specification."""
        return self._key

    def of_symbols(self, symbols: tuple[str, ...]) -> "CcxtPublicMarket":
        """Return this venue with other symbols; both share connections."""
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
        span = common[0].first_ms, common[0].end_ms
        rates = self._each_symbol(lambda symbol: self._recorded_funding(symbol, span))
        recorded = dict(zip(self._info.symbols, rates, strict=True))
        return TapeMarket(common, f"candles of {self._venue.name}", self._instruments, recorded)

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
        parts = tuple(point_of(symbol, self._middle(symbol, book), book) for symbol, book in books.items())
        return (Tick(market_ms, self._info.label, parts),)

    def fetch_funding(self, after_ms: int, until_ms: int) -> tuple[FundingRate, ...]:
        """Return what the venue recorded in (after_ms, until_ms].

        Asked only where a whole hour lies within. A settlement that is due and not told yet is waited for,
        two minutes at most: MarketUnavailableError until then, so that no time is settled without it.
        """
        if not funding.has_whole_hour(after_ms, until_ms):
            return ()
        self._connect()
        span = (after_ms, until_ms)
        found = self._each_symbol(lambda symbol: self._settlements(symbol, span))
        return tuple(sorted((rate for rates in found for rate in rates), key=in_order))

    def _settlements(self, symbol: str, span: tuple[int, int]) -> list[FundingRate]:
        asked = funding.Asked(self._client, symbol, self._name(symbol), self._clock())
        step_ms = self._instruments[symbol].funding_interval_ms
        return self._ask(f"the funding of {symbol}", lambda: funding.fetch_settlements(asked, span, step_ms))

    def _recorded_funding(self, symbol: str, span: tuple[int, int]) -> list[RecordedRate]:
        asked = funding.Asked(self._client, symbol, self._name(symbol), self._clock())
        return self._ask(f"the funding of {symbol}", lambda: funding.fetch_rows(asked, span))

    def close(self) -> None:
        """Close the connections."""
        self._client.session.close()

    def _connect(self) -> None:
        """Learn the venue's instruments, once."""
        with self._lock:
            if not self._instruments:
                self._ask("its list of markets", self._client.load_markets)
                names = [name for name in map(self._name, self._info.symbols) if name in self._client.markets]
                told = self._ask("its funding times", lambda: funding.fetch_intervals(self._client, names))
                self._intervals = told
                self._instruments = {symbol: self._instrument(symbol) for symbol in self._info.symbols}

    def _instrument(self, symbol: str) -> Instrument:
        market = self._client.markets.get(self._name(symbol))
        if market is None:
            raise MarketUnavailableError(f"{self._info.label}: {symbol} is not listed there; leave it out")
        price = listing_of(symbol).price
        interval_ms = self._intervals.get(self._name(symbol), FUNDING_INTERVAL_MS)
        return self._ask(
            f"the steps of {symbol}",
            lambda: instrument_from(symbol, market, price, interval_ms, in_base=self._venue.in_base),
        )

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
        return self._dated_book(symbol)[0]

    def _dated_book(self, symbol: str) -> tuple[OrderBook, int]:
        return self._ask(f"the order book of {symbol}", lambda: self._fetch_book(symbol))

    def _fetch_book(self, symbol: str) -> tuple[OrderBook, int]:
        """Return the book and when the venue says it was so; now where it does not say."""
        answer = self._client.fetch_order_book(self._name(symbol), LEVELS)
        now_ms = self._clock()
        book = book_from(answer, self._instruments[symbol], now_ms)
        self._memory.check(symbol, book.mid, now_ms)
        return book, moment_of(answer, now_ms)

    def _part(self, symbol: str, market_ms: int) -> SymbolSnapshot:
        candles = self._ask(f"the candles of {symbol}", lambda: self._fetch_candles(symbol, market_ms))
        book, book_ms = self._dated_book(symbol)
        mark, rate, mark_ms = self._ask(f"the mark of {symbol}", lambda: self._fetch_mark(symbol, book))
        self._ask(f"the mark of {symbol}", lambda: check_jump(mark, candles[-1].close))
        observed_ms = min(self._clock(), market_ms, book_ms, mark_ms)
        return SymbolSnapshot(symbol, mark, book, candles, observed_ms, rate)

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

    def _fetch_mark(self, symbol: str, book: OrderBook) -> tuple[int, int | None, int]:
        """Return mark, funding rate and their moment; the book's middle stands in for a mark not given."""
        answer = self._client.fetch_funding_rate(self._name(symbol))
        now_ms = self._clock()
        check_time(answer.get("timestamp"), now_ms)
        given, rate = answer.get("markPrice"), answer.get("fundingRate")
        mark = self._middle(symbol, book) if given is None else self._on_tick(symbol, price_of(given))
        return mark, None if rate is None else funding.rate_of(rate), moment_of(answer, now_ms)

    def _middle(self, symbol: str, book: OrderBook) -> int:
        return self._on_tick(symbol, book.mid)

    def _on_tick(self, symbol: str, price: int) -> int:
        tick = self._instruments[symbol].tick
        return round_to_step(price + tick // 2, tick, Rounding.DOWN)
