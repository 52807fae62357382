"""Public prices of a venue: asked without keys, believed only after a check."""

import time
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from kernel.time import MINUTE_MS
from kernel.units import BASIS_POINT, SCALE
from trading.adapters.ccxt_public import CcxtPublicMarket, first_reachable
from trading.ports import MarketUnavailableError

SYMBOLS = ("BTC", "ETH")
PUBLIC = {
    "exchangeInfo",
    "klines",
    "depth",
    "premiumIndex",
    "metaAndAssetCtxs",
    "candleSnapshot",
    "l2Book",
} | {
    "fundingInfo",
    "fundingRate",
    "fundingHistory",
}
NAMES = ["binanceusdm", "hyperliquid"]


class Venue(Protocol):
    """The loopback venue as these tests use it."""

    now_ms: int
    prices: dict[str, float]
    edit: dict[str, Callable[[Any], Any]]
    delay_s: float
    raw: bytes | None
    asked: list[str]

    def clock(self) -> int:
        """Return the venue's time."""

    def client(self, venue: str, timeout_ms: int = 2_000, port: int | None = None) -> Any:
        """Return a ccxt client whose requests end at the loopback."""


def market_of(venue: Venue, name: str = "binanceusdm", timeout_ms: int = 2_000) -> CcxtPublicMarket:
    return CcxtPublicMarket(name, SYMBOLS, venue.client(name, timeout_ms), clock=venue.clock)


@pytest.mark.parametrize(("name", "funding"), [("binanceusdm", 12_500), ("hyperliquid", 1_250)])
def test_a_snapshot_holds_what_the_venue_says(venue: Venue, name: str, funding: int) -> None:
    part = market_of(venue, name).fetch_snapshot(venue.now_ms).symbols[0]
    assert part.mark == 60_000 * SCALE
    assert part.funding_rate == funding
    assert len(part.candles) == 240
    assert (len(part.book.bids), len(part.book.asks)) == (20, 20)
    assert part.book.asks[0] == (60_001 * SCALE, 15 * SCALE // 10)
    assert part.candles[-1].turnover == part.candles[-1].close * 125 // 10


def test_instruments_are_the_venues_own(venue: Venue) -> None:
    btc = market_of(venue).fetch_instruments()[0]
    assert (btc.tick, btc.lot, btc.min_notional) == (SCALE // 10, SCALE // 1_000, 100 * SCALE)
    assert (btc.taker_fee, btc.maker_fee) == (5 * BASIS_POINT, 2 * BASIS_POINT)
    assert market_of(venue, "hyperliquid").fetch_instruments()[0].max_leverage == 40


@pytest.mark.parametrize("name", NAMES)
def test_only_public_pages_are_asked_for(venue: Venue, name: str) -> None:
    market = market_of(venue, name)
    market.fetch_snapshot(venue.now_ms)
    market.fetch_execution_book(venue.now_ms)
    market.fetch_ticks(venue.now_ms, venue.now_ms + MINUTE_MS)
    assert set(venue.asked) <= PUBLIC


def test_known_candles_are_not_asked_for_again(venue: Venue) -> None:
    counts: list[int] = []

    def counted(rows: list[Any]) -> list[Any]:
        counts.append(len(rows))
        return rows

    venue.edit["candles"] = counted
    market = market_of(venue)
    whole = market.fetch_snapshot(venue.now_ms).symbols[0].candles
    venue.now_ms += 3 * MINUTE_MS
    later = market.fetch_snapshot(venue.now_ms).symbols[0].candles
    assert sorted(counts) == [5, 5, 241, 241]
    assert len(later) == 240
    assert later[:-3] == whole[3:]


def test_an_earlier_moment_is_not_shown_candles_that_closed_later(venue: Venue) -> None:
    market = market_of(venue)
    market.fetch_snapshot(venue.now_ms)
    earlier = venue.now_ms - 2 * MINUTE_MS
    candles = market.fetch_snapshot(earlier).symbols[0].candles
    assert earlier - MINUTE_MS < candles[-1].open_ms + MINUTE_MS <= earlier


def test_a_minute_without_trades_holds_the_last_close(venue: Venue) -> None:
    venue.edit["candles"] = lambda rows: rows[:-10] + rows[-9:]
    candles = market_of(venue).fetch_snapshot(venue.now_ms).symbols[0].candles
    (filled,) = [number for number, candle in enumerate(candles) if candle.filled]
    assert candles[filled].open == candles[filled].close == candles[filled - 1].close
    assert len(candles) == 240


def test_a_tick_is_one_observation_of_now(venue: Venue) -> None:
    market = market_of(venue)
    (tick,) = market.fetch_ticks(venue.now_ms - 60_000, venue.now_ms + 60_000)
    assert venue.now_ms - 1_000 < tick.market_ms <= venue.now_ms
    assert tick.symbols[0][1:] == (60_000 * SCALE, 60_000 * SCALE, 60_000 * SCALE, 60_000 * SCALE, 3_334)
    (late,) = market.fetch_ticks(venue.now_ms - 60_000, venue.now_ms - 30_000)
    assert late.market_ms < venue.now_ms - 29_000
    assert market.fetch_ticks(venue.now_ms + 60_000, venue.now_ms + 90_000) == ()


def test_an_execution_book_of_before_the_asked_moment_is_refused(venue: Venue) -> None:
    with pytest.raises(MarketUnavailableError, match="the clock stands at or before the asked moment"):
        market_of(venue).fetch_execution_book(venue.now_ms + 60_000)


def spoil(**changes: Any) -> Callable[[Any], Any]:
    return lambda body: body | changes


def scaled(side: str, factor: float) -> Callable[[Any], Any]:
    return lambda body: body | {side: [[str(float(price) * factor), size] for price, size in body[side]]}


def candle(column: int, value: str) -> Callable[[Any], Any]:
    return lambda rows: [*rows[:-5], [*rows[-5][:column], value, *rows[-5][column + 1 :]], *rows[-4:]]


@pytest.mark.parametrize(
    ("kind", "edit", "reason"),
    [
        ("book", scaled("bids", 1.01), "the order book is crossed"),
        ("book", spoil(bids=[]), "the order book has an empty side"),
        ("book", spoil(asks=[["0", "1"]]), "not a price above zero"),
        ("book", spoil(asks=[["-5", "1"]]), "not a price above zero"),
        ("book", spoil(asks=[["nan", "1"]]), "out of bounds"),
        ("book", spoil(asks=[[None, "1"]]), "None is not a price"),
        ("book", spoil(T=1, E=1), "the answer is stale"),
        ("book", spoil(T=9_999_999_999_999, E=9_999_999_999_999), "the answer is from the future"),
        ("mark", spoil(markPrice="600000"), "the price jumped from"),
        ("mark", spoil(markPrice="0"), "not a price above zero"),
        ("mark", spoil(markPrice="-1"), "not a price above zero"),
        ("mark", spoil(time=1), "the answer is stale"),
        ("candles", candle(4, "600000"), "is crossed"),
        ("candles", candle(3, "0"), "not a price above zero"),
        ("candles", candle(1, "nan"), "out of bounds"),
        ("candles", lambda rows: rows[:-9], "the newest candle is stale"),
        ("candles", lambda _rows: [], "the newest candle is stale"),
        ("candles", lambda _rows: {"surprise": 1}, "the candles of"),
        ("markets", lambda _body: ["surprise"], "its list of markets cannot be used"),
        ("markets", lambda body: body | {"symbols": body["symbols"][:1]}, "ETH is not listed there"),
    ],
)
def test_an_answer_that_cannot_be_true_is_refused(
    venue: Venue, kind: str, edit: Callable[[Any], Any], reason: str
) -> None:
    venue.edit[kind] = edit
    with pytest.raises(MarketUnavailableError, match=reason) as caught:
        market_of(venue).fetch_snapshot(venue.now_ms)
    assert str(caught.value).startswith("live prices of Binance USD-M: ")
    assert "\n" not in str(caught.value)


def test_a_tenfold_price_is_refused_until_it_has_stood_ten_minutes(venue: Venue) -> None:
    market = market_of(venue)
    market.fetch_ticks(venue.now_ms - 1, venue.now_ms + MINUTE_MS)
    venue.prices["BTC"] *= 10
    with pytest.raises(MarketUnavailableError, match="the price jumped from 60000 to 600000"):
        market.fetch_ticks(venue.now_ms - 1, venue.now_ms + MINUTE_MS)
    venue.now_ms += 11 * MINUTE_MS
    assert market.fetch_ticks(venue.now_ms - 1, venue.now_ms + MINUTE_MS)


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"{", b"null", b"[1, 2"])
@pytest.mark.parametrize("name", NAMES)
def test_garbage_is_an_outage(venue: Venue, name: str, body: bytes) -> None:
    venue.raw = body
    with pytest.raises(MarketUnavailableError):
        market_of(venue, name).fetch_snapshot(venue.now_ms)


def test_a_slow_venue_is_an_outage_and_works_again_afterwards(venue: Venue) -> None:
    market = market_of(venue, timeout_ms=300)
    venue.delay_s = 0.8
    with pytest.raises(MarketUnavailableError, match="RequestTimeout"):
        market.fetch_snapshot(venue.now_ms)
    venue.delay_s = 0.0
    assert market.fetch_snapshot(venue.now_ms).symbols[0].mark == 60_000 * SCALE


def test_the_first_venue_that_answers_wins(venue: Venue) -> None:
    def make(name: str, timeout_ms: int) -> Any:
        return venue.client(name, timeout_ms, port=1 if name == "aster" else None)

    market = first_reachable(SYMBOLS, clock=venue.clock, venues=("aster", "hyperliquid"), make=make)
    assert market is not None
    assert market.info.label == "live prices of Hyperliquid"


def test_no_venue_in_time_means_none_and_never_takes_longer(venue: Venue) -> None:
    venue.delay_s = 1.5
    started = time.monotonic()
    market = first_reachable(SYMBOLS, clock=venue.clock, venues=NAMES, timeout_s=0.4, make=venue.client)
    assert market is None
    assert time.monotonic() - started < 1.2


def test_where_no_venue_lists_all_symbols_the_one_that_lists_most_wins_with_those(venue: Venue) -> None:
    symbols = ("ASTER", *SYMBOLS)
    # Hyperliquid answers without ETH here; whoever comes in first, Binance lists more.
    venue.edit["mark"] = lambda body: [{"universe": body[0]["universe"][:1]}, body[1][:1]]
    market = first_reachable(symbols, clock=venue.clock, venues=NAMES, make=venue.client)
    assert market is not None
    assert (market.venue, market.info.symbols) == ("binanceusdm", SYMBOLS)


def test_a_venue_that_lists_none_of_the_symbols_does_not_win(venue: Venue) -> None:
    assert first_reachable(("ASTER",), clock=venue.clock, venues=NAMES, make=venue.client) is None


def test_an_unknown_venue_is_named() -> None:
    with pytest.raises(MarketUnavailableError, match="no venue is called 'mtgox'; use one of binanceusdm"):
        CcxtPublicMarket("mtgox", SYMBOLS, clock=lambda: 0)
