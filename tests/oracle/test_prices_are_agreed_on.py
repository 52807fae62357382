"""The price report: a median nobody can set alone, and a digest that any change moves."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.domain.report import agree_on_prices, median

PRICES = st.integers(min_value=1, max_value=10**15)


def test_the_report_holds_the_median_of_the_sources_that_quote_a_symbol() -> None:
    quotes = {"a": {"BTC": 100, "ETH": 7}, "b": {"BTC": 104}, "c": {"BTC": 90, "ETH": 9}}
    report = agree_on_prices(5, quotes)
    assert report.marks == (("BTC", 100), ("ETH", 8))
    assert report.sources == ("a", "b", "c")
    assert report.signers == ()


def test_a_report_without_any_price_is_refused() -> None:
    with pytest.raises(ValueError, match="no source gave a price"):
        agree_on_prices(5, {"a": {}})


def test_a_median_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        median([])


@given(honest=st.lists(PRICES, min_size=2, max_size=9), lie=PRICES)
def test_one_liar_among_three_or_more_cannot_leave_the_range_of_the_others(
    honest: list[int], lie: int
) -> None:
    assert min(honest) <= median([*honest, lie]) <= max(honest)


@given(prices=st.lists(PRICES, min_size=1, max_size=9))
def test_the_order_of_the_sources_does_not_matter(prices: list[int]) -> None:
    assert median(prices[::-1]) == median(sorted(prices)) == median(prices)


def test_every_figure_of_a_report_moves_its_digest() -> None:
    report = agree_on_prices(5, {"a": {"BTC": 100}})
    changed = {
        replace(report, market_ms=6).digest,
        replace(report, sources=("b",)).digest,
        replace(report, marks=(("BTC", 101),)).digest,
    }
    assert report.digest not in changed
    assert len(changed) == 3
