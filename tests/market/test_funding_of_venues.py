"""Settlements of funding as real clients of venues read them: checked, never missed, never invented."""

from collections.abc import Callable
from typing import Any

import pytest

from kernel.time import HOUR_MS, MINUTE_MS, SECOND_MS
from kernel.units import SCALE
from tests.factories.loopback_venue import LoopbackVenue
from trading.adapters.ccxt_public import CcxtPublicMarket
from trading.domain.funding import FundingRate
from trading.ports import MarketUnavailableError

NAMES = ["binanceusdm", "aster", "hyperliquid"]
NOON_MS = 1_763_712_000_000 // (24 * HOUR_MS) * 24 * HOUR_MS + 16 * HOUR_MS


@pytest.fixture
def noon(venue: LoopbackVenue) -> LoopbackVenue:
    venue.now_ms = NOON_MS + 5 * SECOND_MS
    return venue


def market_of(venue: LoopbackVenue, name: str = "binanceusdm") -> CcxtPublicMarket:
    return CcxtPublicMarket(name, ("BTC", "ETH"), venue.client(name), clock=venue.clock)


@pytest.mark.parametrize(
    ("name", "rate"), [("binanceusdm", 12_500), ("aster", 12_500), ("hyperliquid", 1_250)]
)
def test_a_settlement_stands_at_its_whole_minute_with_the_venues_rate(
    noon: LoopbackVenue, name: str, rate: int
) -> None:
    market = market_of(noon, name)
    found = market.fetch_funding(NOON_MS - MINUTE_MS, NOON_MS + SECOND_MS)
    assert [(item.symbol, item.market_ms, item.rate) for item in found] == [
        ("BTC", NOON_MS, rate),
        ("ETH", NOON_MS, rate),
    ]
    assert all(abs(item.mark - 60_000 * SCALE) < 60 * SCALE for item in found[:1])
    assert market.info.funding == "venue"


def test_the_mark_is_the_venues_own_and_else_the_close_of_the_minute_before(noon: LoopbackVenue) -> None:
    market = market_of(noon)
    assert market.fetch_funding(NOON_MS - 1, NOON_MS)[0] == FundingRate(
        "BTC", NOON_MS, 12_500, 60_000 * SCALE
    )
    noon.edit["funding"] = lambda rows: [{**row, "markPrice": ""} for row in rows]
    close = noon.bars_from("BTC", NOON_MS - MINUTE_MS, 1)[0][4]
    assert market.fetch_funding(NOON_MS - 1, NOON_MS)[0].mark == round(close * 10) * SCALE // 10


@pytest.mark.parametrize(
    ("name", "hours", "told"),
    [("binanceusdm", 8, 8), ("binanceusdm", 4, 4), ("aster", 4, 4), ("hyperliquid", 8, 1)],
)
def test_each_venue_tells_its_own_interval(noon: LoopbackVenue, name: str, hours: int, told: int) -> None:
    noon.funding_hours = hours
    instruments = market_of(noon, name).fetch_instruments()
    assert {item.funding_interval_ms for item in instruments} == {told * HOUR_MS}


@pytest.mark.parametrize("name", NAMES)
def test_an_outage_is_made_up_for_from_the_venues_history(noon: LoopbackVenue, name: str) -> None:
    found = market_of(noon, name).fetch_funding(NOON_MS - 24 * HOUR_MS, NOON_MS + SECOND_MS)
    assert len([item for item in found if item.symbol == "BTC"]) == (24 if name == "hyperliquid" else 3)


def test_between_two_whole_hours_the_venue_is_not_asked(noon: LoopbackVenue) -> None:
    assert market_of(noon).fetch_funding(NOON_MS, NOON_MS + 59 * MINUTE_MS) == ()
    assert noon.asked == []


def test_a_settlement_that_is_due_is_waited_for_and_not_for_ever(noon: LoopbackVenue) -> None:
    noon.edit["funding"] = lambda _rows: []
    market = market_of(noon)
    with pytest.raises(MarketUnavailableError, match=r"the settlement of .*T16:00:00Z is not told yet"):
        market.fetch_funding(NOON_MS - 1, NOON_MS + SECOND_MS)
    noon.now_ms += 3 * MINUTE_MS
    assert market.fetch_funding(NOON_MS - 1, NOON_MS + SECOND_MS) == ()


def changed(**fields: Any) -> Callable[[Any], Any]:
    return lambda rows: [{**row, **fields} for row in rows]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (changed(fundingRate="nan"), "out of bounds"),
        (changed(fundingRate="inf"), "out of bounds"),
        (changed(fundingRate="1e400"), "out of bounds"),
        (changed(fundingRate="0.06"), "a funding rate of 0.06 is beyond 0.05"),
        (changed(fundingRate="-12.5"), "a funding rate of -12.5 is beyond 0.05"),
        (changed(fundingRate=None), "None is not a rate"),
        (changed(fundingTime=None), "has no time|is not told yet"),
        (changed(fundingTime=NOON_MS + 5 * MINUTE_MS), "the funding is from the future"),
        (changed(markPrice="600000"), "the price jumped from"),
        (changed(markPrice="-1"), "not a price above zero"),
        (changed(markPrice="nan"), "out of bounds"),
        (changed(symbol="ETHUSDT"), "is not told yet|not of BTC"),
        (changed(symbol="DOGEUSDT"), "is not told yet|not of BTC"),
        (lambda _rows: {"surprise": 1}, "the funding of"),
    ],
)
@pytest.mark.parametrize("name", ["binanceusdm", "aster"])
def test_a_settlement_that_cannot_be_true_is_refused(
    noon: LoopbackVenue, name: str, edit: Callable[[Any], Any], said: str
) -> None:
    market = CcxtPublicMarket(name, ("BTC",), noon.client(name), clock=noon.clock)
    market.fetch_instruments()
    noon.edit["funding"] = edit
    with pytest.raises(MarketUnavailableError, match=said) as caught:
        market.fetch_funding(NOON_MS - 1, NOON_MS + SECOND_MS)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rate", ["nan", "0.5", "-1"])
def test_a_rate_shown_in_a_snapshot_is_checked_too(noon: LoopbackVenue, rate: str) -> None:
    noon.edit["mark"] = lambda body: {**body, "lastFundingRate": rate}
    with pytest.raises(MarketUnavailableError, match=r"the mark of (BTC|ETH) cannot be used"):
        market_of(noon).fetch_snapshot(noon.now_ms)


@pytest.mark.parametrize("name", NAMES)
def test_the_history_of_a_venue_brings_its_settlements_along(noon: LoopbackVenue, name: str) -> None:
    noon.now_ms += 100 * MINUTE_MS
    history = market_of(noon, name).fetch_history(400)
    found = history.fetch_funding(NOON_MS - 1, NOON_MS)
    assert history.info.funding == "recorded"
    assert [item.symbol for item in found] == ["BTC", "ETH"]


def test_a_snapshot_was_observed_when_the_venue_says_so(noon: LoopbackVenue) -> None:
    noon.edit["book"] = lambda body: {**body, "T": noon.now_ms - 40 * SECOND_MS, "E": noon.now_ms}
    part = market_of(noon).fetch_snapshot(noon.now_ms).of("BTC")
    assert noon.now_ms - 41 * SECOND_MS < part.observed_ms < noon.now_ms - 39 * SECOND_MS
    noon.edit["book"] = lambda body: {name: value for name, value in body.items() if name not in {"T", "E"}}
    noon.edit["mark"] = lambda body: {**body, "time": noon.now_ms - 30 * SECOND_MS}
    part = market_of(noon).fetch_snapshot(noon.now_ms).of("BTC")
    assert noon.now_ms - 31 * SECOND_MS < part.observed_ms < noon.now_ms - 29 * SECOND_MS
