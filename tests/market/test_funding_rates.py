"""Settlements of funding: the usual formula, the simulated market's and what is kept of them."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.time import DAY_MS, HOUR_MS, MINUTE_MS
from kernel.units import BASIS_POINT, SCALE
from trading import selectors, services
from trading.adapters.simulated import SimulatedMarket
from trading.domain.funding import FundingRate
from trading.domain.funding_rates import MAX_FUNDING, check_funding_rate, compute_funding_rate

START_MS = 1_763_700_000_000
CAP = 30 * BASIS_POINT


def market(*symbols: str) -> SimulatedMarket:
    return SimulatedMarket(seed=7, symbols=symbols, start_ms=START_MS)


@pytest.mark.parametrize(
    ("premium", "interval_ms", "rate"),
    [
        (0, 8 * HOUR_MS, BASIS_POINT),
        (6 * BASIS_POINT, 8 * HOUR_MS, BASIS_POINT),
        (-4 * BASIS_POINT, 8 * HOUR_MS, BASIS_POINT),
        (10 * BASIS_POINT, 8 * HOUR_MS, 5 * BASIS_POINT),
        (-10 * BASIS_POINT, 8 * HOUR_MS, -5 * BASIS_POINT),
        (-10 * BASIS_POINT, 4 * HOUR_MS, -5 * BASIS_POINT // 2),
        (0, HOUR_MS, BASIS_POINT // 8),
        (90 * BASIS_POINT, 8 * HOUR_MS, CAP),
        (-90 * BASIS_POINT, 8 * HOUR_MS, -CAP),
    ],
)
def test_the_rate_is_the_interest_until_the_premium_leaves_it_behind(
    premium: int, interval_ms: int, rate: int
) -> None:
    assert compute_funding_rate([premium], interval_ms, CAP) == rate


@given(st.lists(st.integers(-SCALE, SCALE), min_size=1, max_size=24))
def test_a_higher_premium_never_lowers_the_rate(premiums: list[int]) -> None:
    rate = compute_funding_rate(premiums, 8 * HOUR_MS, CAP)
    assert -CAP <= rate <= CAP
    assert compute_funding_rate([premium + BASIS_POINT for premium in premiums], 8 * HOUR_MS, CAP) >= rate


def test_without_a_premium_there_is_no_rate() -> None:
    with pytest.raises(ValueError, match="at least one premium"):
        compute_funding_rate([], HOUR_MS, CAP)


@pytest.mark.parametrize("rate", [MAX_FUNDING + 1, -MAX_FUNDING - 1])
def test_a_rate_that_no_venue_pays_is_refused(rate: int) -> None:
    with pytest.raises(ValueError, match=r"^a funding rate of -?0\.05 is beyond 0\.05$"):
        check_funding_rate(rate)
    check_funding_rate(MAX_FUNDING)


def test_each_symbol_settles_at_its_own_interval() -> None:
    simulated = market("BTC", "SUI")
    after = START_MS + DAY_MS
    rates = simulated.fetch_funding(after, after + DAY_MS)
    times = {symbol: [rate.market_ms for rate in rates if rate.symbol == symbol] for symbol in ("BTC", "SUI")}
    assert len(times["BTC"]) == 3
    assert len(times["SUI"]) == 6
    assert all(moment % (8 * HOUR_MS) == 0 for moment in times["BTC"])
    intervals = {item.symbol: item.funding_interval_ms for item in simulated.fetch_instruments()}
    assert intervals == {"BTC": 8 * HOUR_MS, "SUI": 4 * HOUR_MS}


def test_a_settlement_is_taken_on_the_mark_of_its_instant() -> None:
    simulated = market("BTC")
    for rate in simulated.fetch_funding(START_MS, START_MS + 2 * DAY_MS):
        assert rate.mark == simulated.fetch_snapshot(rate.market_ms).of("BTC").mark


def test_rates_differ_and_stay_within_their_cap() -> None:
    rates = [rate.rate for rate in market("SOL").fetch_funding(START_MS, START_MS + 60 * DAY_MS)]
    assert len(rates) == 180
    assert len(set(rates)) > 5
    assert all(-CAP <= rate <= CAP for rate in rates)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 3 * DAY_MS), max_size=5))
def test_how_time_is_cut_changes_no_settlement(cuts: list[int]) -> None:
    after, until = START_MS + DAY_MS, START_MS + 4 * DAY_MS
    edges = [after, *sorted(after + cut for cut in cuts), until]
    pieces = [rate for first, last in pairwise(edges) for rate in SHARED.fetch_funding(first, last)]
    assert tuple(pieces) == SHARED.fetch_funding(after, until)


SHARED = market("ETH", "SUI", "BTC")


def test_a_symbol_settles_the_same_in_any_company() -> None:
    alone = market("SUI").fetch_funding(START_MS, START_MS + DAY_MS)
    assert alone == tuple(r for r in SHARED.fetch_funding(START_MS, START_MS + DAY_MS) if r.symbol == "SUI")


@pytest.mark.django_db
def test_settlements_are_kept_once_and_read_in_order() -> None:
    first = FundingRate("BTC", START_MS, -BASIS_POINT, 60_000 * SCALE)
    second = FundingRate("ETH", START_MS, BASIS_POINT, 3_000 * SCALE)
    third = FundingRate("BTC", START_MS + MINUTE_MS, 0, 60_001 * SCALE)
    services.record_funding("season", [third, second, first])
    services.record_funding("season", [first._replace(rate=77), FundingRate("SOL", START_MS + 1, 5, SCALE)])
    services.record_funding("another", [first])
    assert selectors.funding_rates("season", START_MS - 1, START_MS) == [first, second]
    assert selectors.funding_rates("season", START_MS, START_MS + MINUTE_MS)[1:] == [third]
    assert selectors.funding_rates("season", START_MS + MINUTE_MS, START_MS + DAY_MS) == []
