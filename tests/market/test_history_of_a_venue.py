"""A venue's own recent candles as a tape: fetched in pages, in the venue's steps, under their own name."""

from collections.abc import Callable
from typing import Any

import pytest

from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.loopback_venue import LoopbackVenue
from trading.adapters.ccxt_public import CcxtPublicMarket
from trading.ports import MarketError, MarketUnavailableError

SYMBOLS = ("BTC", "ETH")
NAMES = ["binanceusdm", "hyperliquid"]
BARS = 400


def market_of(venue: LoopbackVenue, name: str = "binanceusdm") -> CcxtPublicMarket:
    return CcxtPublicMarket(name, SYMBOLS, venue.client(name), clock=venue.clock)


@pytest.mark.parametrize("name", NAMES)
def test_the_history_ends_with_the_last_closed_minute_and_says_what_it_is(
    venue: LoopbackVenue, name: str
) -> None:
    market = market_of(venue, name)
    history = market.fetch_history(BARS)
    running_ms = venue.now_ms // MINUTE_MS * MINUTE_MS
    assert history.info.kind == "tape"
    assert history.info.label == market.info.label.replace("live prices", "candles")
    assert (history.info.books, history.info.bar_ms) == ("formula", MINUTE_MS)
    assert history.info.last_ms == running_ms - MINUTE_MS
    assert history.info.first_ms == running_ms - BARS * MINUTE_MS + 30 * MINUTE_MS
    assert history.fetch_instruments() == market.fetch_instruments()


def test_the_history_shows_the_bars_that_a_live_snapshot_shows(venue: LoopbackVenue) -> None:
    market = market_of(venue)
    history = market.fetch_history(BARS)
    moment = history.info.last_ms or 0
    then = history.fetch_snapshot(moment)
    live = market.fetch_snapshot(moment)
    assert (then.source, live.source) == ("candles of Binance USD-M", "live prices of Binance USD-M")
    for past, now in zip(then.symbols, live.symbols, strict=True):
        assert past.candles[-239:] == now.candles[-239:]


def test_prices_between_two_steps_of_the_venue_move_to_the_nearest(venue: LoopbackVenue) -> None:
    venue.edit["candles"] = lambda rows: [[row[0], *["60000.04"] * 4, *row[5:]] for row in rows]
    history = market_of(venue).fetch_history(BARS)
    snapshot = history.fetch_snapshot(history.info.last_ms or 0)
    assert {candle.close for part in snapshot.symbols for candle in part.candles} == {60_000 * SCALE}
    tick = SCALE // 10
    assert [level.price % tick for part in snapshot.symbols for level in part.book.bids] == [0] * 40


@pytest.mark.parametrize("page_bars", [60, 399, 400, 401])
def test_pages_of_any_length_make_the_same_history(venue: LoopbackVenue, page_bars: int) -> None:
    whole = market_of(venue).fetch_history(BARS)
    venue.asked.clear()
    venue.page_bars = page_bars
    paged = market_of(venue).fetch_history(BARS)
    assert paged.sha256 == whole.sha256
    # The running minute is the 401st bar: it is what ends the asking where a page does not hold it.
    assert venue.asked.count("klines") == len(SYMBOLS) * -(-(BARS + 1) // page_bars)


def test_a_venue_that_keeps_fewer_bars_gives_a_shorter_history(venue: LoopbackVenue) -> None:
    venue.kept_bars = 100
    info = market_of(venue).fetch_history(BARS).info
    assert info.last_ms is not None
    assert info.first_ms is not None
    assert info.last_ms - info.first_ms == (100 - 30 - 1) * MINUTE_MS


def test_a_minute_without_trades_holds_the_last_close_and_is_marked(venue: LoopbackVenue) -> None:
    venue.edit["candles"] = lambda rows: rows[:-10] + rows[-9:]
    history = market_of(venue).fetch_history(BARS)
    candles = history.fetch_snapshot(history.info.last_ms or 0).symbols[0].candles
    (filled,) = [number for number, candle in enumerate(candles) if candle.filled]
    assert candles[filled].open == candles[filled].close == candles[filled - 1].close


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda _rows: [], "the file holds no bars"),
        (lambda rows: rows[-2:], "ends after 1 of at least 3 bars"),
        (lambda rows: rows[::3], "most minutes are missing"),
        (lambda rows: rows[:-9], "the newest candle of its history is stale"),
        (lambda rows: [[row[0], "0", *row[2:]] for row in rows], "not a price above zero"),
        (lambda rows: [[row[0], row[1], "1", *row[3:]] for row in rows], "is crossed"),
        (lambda _rows: {"surprise": 1}, "the history of"),
    ],
)
def test_a_history_that_cannot_be_true_is_refused(
    venue: LoopbackVenue, edit: Callable[[Any], Any], reason: str
) -> None:
    venue.edit["candles"] = edit
    with pytest.raises(MarketError, match=reason) as caught:
        market_of(venue).fetch_history(BARS)
    assert str(caught.value).startswith("live prices of Binance USD-M: ")


def test_what_is_listed_is_what_can_be_traded(venue: LoopbackVenue) -> None:
    venue.prices = {"BTC": 60_000.0, "ETH": 3_000.0, "SOL": 150.0}
    halted = {"SOL": "SETTLING"}

    def edit(body: dict[str, Any]) -> dict[str, Any]:
        return body | {
            "symbols": [
                item | {"status": halted.get(item["baseAsset"], "TRADING")} for item in body["symbols"]
            ]
        }

    venue.edit["markets"] = edit
    symbols = ("ADA", "SOL", "ETH", "BTC")
    market = CcxtPublicMarket("binanceusdm", symbols, venue.client("binanceusdm"), clock=venue.clock)
    assert market.fetch_listed() == ("ETH", "BTC")
    with pytest.raises(MarketUnavailableError, match="none of ADA, SOL is listed there; name others"):
        market.of_symbols(("ADA", "SOL")).fetch_listed()


def test_todays_prices_are_not_shown_under_a_date_long_past(venue: LoopbackVenue) -> None:
    with pytest.raises(MarketUnavailableError, match="was too long ago"):
        market_of(venue).fetch_snapshot(venue.now_ms - 6 * MINUTE_MS)
