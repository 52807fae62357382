"""What a snapshot's features are, when they are absent, and the laws they obey."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.units import SCALE
from trading.domain import indicators as ta
from trading.domain.feature_units import FEATURE_UNITS
from trading.domain.features import compute_features
from trading.domain.market import Candle, Level, MarketSnapshot, OrderBook, SymbolSnapshot
from trading.domain.observation import Features

MINUTE = 60_000
EMPTY_BOOK = OrderBook((), ())
BOOK_NAMES = {name for name in FEATURE_UNITS if name.startswith("book_")}


def bars_of(closes: Sequence[int], bar_ms: int = MINUTE) -> tuple[Candle, ...]:
    return tuple(Candle(i * bar_ms, c, c + c // 1000, c - c // 1000, c, 0) for i, c in enumerate(closes))


def features_of(closes: Sequence[int], book: OrderBook = EMPTY_BOOK, bar_ms: int = MINUTE) -> Features:
    part = SymbolSnapshot("BTC", closes[-1] if closes else SCALE, book, bars_of(closes, bar_ms), 0)
    return compute_features(MarketSnapshot(0, "test", bar_ms, (part,)))["BTC"]


def a_walk(bars: int) -> list[int]:
    return [100 * SCALE + ((i * 7919) % 101 - 50) * SCALE // 100 for i in range(bars)]


def test_a_full_snapshot_has_every_name_in_the_published_order() -> None:
    book = OrderBook((Level(100 * SCALE, SCALE),), (Level(101 * SCALE, SCALE),))
    found = features_of(a_walk(240), book)
    assert set(found) == set(FEATURE_UNITS)
    assert all(type(figure) is int for figure in found.values())


@pytest.mark.parametrize(
    ("name", "bars"),
    [("stat_trend", 4), ("sma_5", 5), ("kdj_j", 9), ("rsi_14", 15), ("atr_14", 15), ("bollinger_upper", 20),
     ("macd", 26), ("realised_vol_30", 31), ("macd_signal", 34), ("ema_50", 50), ("ema_200", 200)],
)  # fmt: skip
def test_a_feature_is_absent_until_the_bar_that_completes_it(name: str, bars: int) -> None:
    assert name not in features_of(a_walk(bars - 1))
    assert name in features_of(a_walk(bars))


def test_a_symbol_without_bars_or_book_has_no_features() -> None:
    assert features_of([]) == {}


def test_the_statistics_look_back_three_one_minute_bars() -> None:
    closes = [100 * SCALE, 200 * SCALE, 201 * SCALE, 202 * SCALE, 203 * SCALE]
    found = features_of(closes)
    assert found["stat_change_abs"] == 3 * SCALE
    assert found["stat_change_pct"] == 150_000_000  # 1.5 percent
    assert found["stat_high"] == 203 * SCALE + 203 * SCALE // 1000
    assert found["stat_low"] == 201 * SCALE - 201 * SCALE // 1000
    assert found["stat_volatility"] == (found["stat_high"] - found["stat_low"]) // 200
    assert found["stat_trend"] == SCALE


def test_the_statistics_take_one_bar_where_bars_are_longer_than_three_minutes() -> None:
    assert (
        features_of([100 * SCALE, 110 * SCALE, 99 * SCALE], bar_ms=3_600_000)["stat_change_pct"]
        == -10 * SCALE
    )


@pytest.mark.parametrize(("move", "trend"), [(4, 0), (5, SCALE), (-4, 0), (-5, -SCALE)])
def test_a_change_below_one_taker_fee_is_no_trend(move: int, trend: int) -> None:
    closes = [10_000 * SCALE] * 3 + [(10_000 + move) * SCALE]
    assert features_of(closes)["stat_trend"] == trend


def test_the_book_counts_money_within_fifty_basis_points_of_the_mid() -> None:
    bids = (Level(9_999 * SCALE, 3 * SCALE), Level(9_950 * SCALE, SCALE), Level(9_949 * SCALE, 100 * SCALE))
    asks = (Level(10_001 * SCALE, SCALE), Level(10_051 * SCALE, 100 * SCALE))
    found = features_of([SCALE], OrderBook(bids, asks))
    assert found["book_spread"] == 2 * SCALE // 10_000
    assert found["book_bid_depth"] == (3 * 9_999 + 9_950) * SCALE
    assert found["book_ask_depth"] == 10_001 * SCALE
    assert found["book_bid_ratio"] == found["book_bid_depth"] * SCALE // (
        found["book_bid_depth"] + found["book_ask_depth"]
    )
    assert found["book_pressure"] == SCALE


@pytest.mark.parametrize(("bid_qty", "pressure"), [(61, SCALE), (50, 0), (39, -SCALE)])
def test_one_side_presses_from_three_fifths_of_the_money_on(bid_qty: int, pressure: int) -> None:
    book = OrderBook(
        (Level(10_000 * SCALE, bid_qty * SCALE),), (Level(10_000 * SCALE, (100 - bid_qty) * SCALE),)
    )
    assert features_of([SCALE], book)["book_pressure"] == pressure


def test_symbols_of_different_length_are_computed_as_if_alone() -> None:
    walks = {"BTC": a_walk(240), "ETH": a_walk(60), "SOL": a_walk(240)[::-1]}
    parts = tuple(SymbolSnapshot(s, c[-1], EMPTY_BOOK, bars_of(c), 0) for s, c in walks.items())
    together = compute_features(MarketSnapshot(0, "test", MINUTE, parts))
    assert list(together) == ["BTC", "ETH", "SOL"]
    assert all(together[symbol] == features_of(closes) for symbol, closes in walks.items())


def every_series(closes: ta.Series) -> list[ta.Series]:
    highs, lows = closes * 1.01, closes * 0.99
    return [
        ta.compute_rsi(closes),
        ta.compute_sma(closes, 20),
        ta.compute_ema(closes, 20),
        ta.compute_returns(closes),
        ta.compute_atr(highs, lows, closes),
        *ta.compute_macd(closes),
        *ta.compute_bollinger(closes),
        *ta.compute_kdj(highs, lows, closes),
    ]


walks = st.lists(st.integers(50 * SCALE, 200 * SCALE), min_size=40, max_size=80)


@settings(max_examples=40, deadline=None)
@given(walks)
def test_doubling_every_price_doubles_prices_and_leaves_ratios(closes: list[int]) -> None:
    once, twice = features_of(closes), features_of([2 * close for close in closes])
    assert set(once) == set(twice)
    for name, figure in once.items():
        factor = 2 if FEATURE_UNITS[name] == "price" else 1
        assert twice[name] == pytest.approx(factor * figure, abs=5), name


@settings(max_examples=40, deadline=None)
@given(walks, walks)
def test_a_later_bar_never_changes_an_earlier_figure(past: list[int], future: list[int]) -> None:
    whole = np.array([*past, *future]) / SCALE
    early = whole[: len(past)]
    for long, short in zip(every_series(whole), every_series(early), strict=True):
        assert np.array_equal(long[: len(past)], short, equal_nan=True)


@settings(max_examples=40, deadline=None)
@given(walks)
def test_bounded_figures_stay_in_their_bounds(closes: list[int]) -> None:
    found = features_of(closes)
    for name in ("rsi_14", "kdj_k", "kdj_d"):
        assert -1 <= found.get(name, 0) <= 100 * SCALE + 1
    assert found["bollinger_lower"] <= found["bollinger_middle"] <= found["bollinger_upper"]
    assert found["atr_14"] >= 0
