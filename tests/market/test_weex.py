"""WEEX calls 0.001 BTC a contract and counts in BTC: its books, minimums, candles and funding are read so."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kernel.time import HOUR_MS, MINUTE_MS, SECOND_MS
from kernel.units import BASIS_POINT, SCALE
from tests.factories.loopback_venue import LoopbackVenue, running_venue
from tests.venues.desk import weex_market
from trading.adapters.ccxt_public import CcxtPublicMarket, first_reachable
from trading.domain.funding import FundingRate
from trading.ports import MarketUnavailableError

NOON_MS = 1_763_712_000_000 // (24 * HOUR_MS) * 24 * HOUR_MS + 16 * HOUR_MS


class Weex(LoopbackVenue):
    """The loopback venue in WEEX's public dialect: a past of its own page, a hundred candles at once."""

    def answer(self, path: str, query: dict[str, str]) -> Any:
        """Return the body of one request."""
        kind = path.rpartition("/")[2]
        self.asked.append(kind)
        symbol = query.get("symbol", "").removesuffix("USDT")
        name, body = self._said(kind, symbol, query)
        return self.edit.get(name, lambda same: same)(body)

    def _said(self, kind: str, symbol: str, query: dict[str, str]) -> tuple[str, Any]:
        if kind == "exchangeInfo":
            rows = [weex_market(symbol=f"{each}USDT", baseAsset=each) for each in self.prices]
            return "markets", {"symbols": rows}
        if kind == "depth":
            sides = {"bids": self.levels(symbol, -1), "asks": self.levels(symbol, 1)}
            return "book", {**sides, "lastUpdateId": 1}
        if kind == "premiumIndex":
            return "mark", [self._mark(symbol)]
        if kind == "fundingRate":
            return "funding", self._settled(symbol, int(query["startTime"]))
        return "candles", self._candles(kind, symbol, query)

    def _mark(self, symbol: str) -> dict[str, Any]:
        rates = {"forecastFundingRate": "0.0002", "lastFundingRate": "0.000125", "interestRate": "0.001"}
        times = {"nextFundingTime": self.now_ms + HOUR_MS, "time": self.now_ms}
        price = f"{self.prices[symbol]:.1f}"
        names = {"symbol": f"{symbol}USDT", "markPrice": price, "indexPrice": price}
        return {**names, **rates, **times, "collectCycle": self.funding_hours * 60}

    def _settled(self, symbol: str, since_ms: int) -> list[dict[str, Any]]:
        told = {"symbol": f"{symbol}USDT", "fundingRate": "0.000125", "markPrice": f"{self.prices[symbol]}"}
        return [{**told, "fundingTime": each} for each in self.settlements(since_ms, self.funding_hours)]

    def _candles(self, kind: str, symbol: str, query: dict[str, str]) -> list[list[Any]]:
        if kind == "historyKlines":
            first_ms, end_ms = int(query["startTime"]), int(query["endTime"])
            bars = [bar for bar in self.bars_from(symbol, first_ms, 100) if bar[0] <= end_ms]
        else:  # the newest ones: a moment to begin with is not known here
            assert "startTime" not in query
            bars = self.bars(symbol, int(query["limit"]))
        return [
            [bar[0], *(f"{price:.1f}" for price in bar[1:]), "12.5", bar[0] + MINUTE_MS - 1] for bar in bars
        ]


@pytest.fixture
def weex() -> Iterator[LoopbackVenue]:
    with running_venue(Weex(now_ms=NOON_MS + 5 * SECOND_MS)) as venue:
        yield venue


def market_of(venue: LoopbackVenue, symbols: tuple[str, ...] = ("BTC", "ETH")) -> CcxtPublicMarket:
    return CcxtPublicMarket("weex", symbols, venue.client("weex"), clock=venue.clock)


def listed(**fields: Any) -> Callable[[Any], Any]:
    """Return an edit of how everything is listed."""
    return lambda body: {"symbols": [{**row, **fields} for row in body["symbols"]]}


def test_its_contracts_are_listed_and_its_quantities_are_of_the_base_asset(weex: LoopbackVenue) -> None:
    market = market_of(weex)
    assert market.fetch_listed() == ("BTC", "ETH")
    btc = market.fetch_instruments()[0]
    assert (btc.tick, btc.lot, btc.max_leverage) == (SCALE // 10, SCALE // 1_000, 100)
    assert (btc.taker_fee, btc.maker_fee) == (8 * BASIS_POINT, 2 * BASIS_POINT)
    assert market.fetch_execution_book(0).books["BTC"].asks[0] == (60_001 * SCALE, 15 * SCALE // 10)


def test_an_order_of_several_lots_at_least_has_their_notional_at_least(weex: LoopbackVenue) -> None:
    usual = market_of(weex).fetch_instruments()[0].min_notional
    weex.edit["markets"] = listed(minOrderSize="2")
    assert market_of(weex).fetch_instruments()[0].min_notional > 1_000 * usual


def test_a_snapshot_is_whole(weex: LoopbackVenue) -> None:
    part = market_of(weex).fetch_snapshot(weex.now_ms).of("BTC")
    assert (part.mark, part.funding_rate, len(part.candles)) == (60_000 * SCALE, 12_500, 240)
    assert part.candles[-1].turnover == part.candles[-1].close * 125 // 10


@pytest.mark.parametrize("hours", [1, 4, 8])
def test_its_funding_is_settled_as_often_as_it_says(weex: LoopbackVenue, hours: int) -> None:
    weex.funding_hours = hours
    market = market_of(weex)
    assert {item.funding_interval_ms for item in market.fetch_instruments()} == {hours * HOUR_MS}
    found = market.fetch_funding(NOON_MS - 8 * HOUR_MS, NOON_MS)
    assert len(found) == 2 * 8 // hours
    assert found[-2] == FundingRate("BTC", NOON_MS, 12_500, 60_000 * SCALE)


def test_a_settlement_that_is_not_told_yet_is_waited_for(weex: LoopbackVenue) -> None:
    weex.edit["funding"] = lambda _rows: []
    with pytest.raises(MarketUnavailableError, match="is not told yet"):
        market_of(weex).fetch_funding(NOON_MS - 1, NOON_MS + SECOND_MS)


def test_its_past_is_read_a_hundred_bars_at_a_time(weex: LoopbackVenue) -> None:
    history = market_of(weex).fetch_history(450)
    assert weex.asked.count("historyKlines") == 2 * 5
    assert history.info.bar_ms == MINUTE_MS
    assert history.info.last_ms == NOON_MS - MINUTE_MS


def test_it_can_be_the_venue_that_is_found(weex: LoopbackVenue) -> None:
    found = first_reachable(("BTC", "ETH"), clock=weex.clock, venues=("weex",), make=weex.client)
    assert found is not None
    assert found.info.label == "live prices of WEEX"


def test_elsewhere_a_contract_of_another_size_is_refused_with_a_sentence() -> None:
    with running_venue() as venue:
        client = venue.client("binanceusdm")
        client.load_markets()
        client.markets["BTC/USDT:USDT"]["contractSize"] = 0.001
        market = CcxtPublicMarket("binanceusdm", ("BTC", "ETH"), client, clock=venue.clock)
        assert market.fetch_listed() == ("ETH",)
        with pytest.raises(MarketUnavailableError, match=r"a contract there is 0\.001 BTC, not 1"):
            market.fetch_instruments()
