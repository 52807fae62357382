"""The market part: every feature at the tick, series from old to new, longer bars, keys for evidence."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.domain.llm.figures import Grid, coarse, grid_of
from agents.domain.llm.prompt import evidence_keys, render_market
from agents.domain.llm.prompt_market import SERIES_BARS, duration_name
from kernel.time import DAY_MS, HOUR_MS, MINUTE_MS
from kernel.units import MAX_UNITS, SCALE
from tests.factories.prompts import SYMBOLS, TICKS, prompt_view, usual_instrument
from trading.domain.feature_units import FEATURE_UNITS
from trading.domain.market import Candle
from trading.domain.observation import MarketView


def with_candles(view: MarketView, candles: tuple[Candle, ...], bar_ms: int = MINUTE_MS) -> MarketView:
    """Return a view whose first symbol has these bars, and no features."""
    part = replace(view.snapshot.symbols[0], candles=candles)
    return replace(view, snapshot=replace(view.snapshot, bar_ms=bar_ms, symbols=(part,)), features={})


def climbing(bars: int, bar_ms: int = MINUTE_MS, start_ms: int = 0) -> tuple[Candle, ...]:
    """Return bars whose n-th closes at 1000 + n."""
    prices = [(1000 + n) * SCALE for n in range(bars)]
    return tuple(
        Candle(start_ms + n * bar_ms, price, price + SCALE, price - SCALE, price, 0)
        for n, price in enumerate(prices)
    )


def test_every_feature_that_there_is_can_be_named_as_evidence() -> None:
    view = prompt_view()
    keys = evidence_keys(render_market(view))
    for symbol in SYMBOLS:
        told = {key.partition(".")[2] for key in keys if key.startswith(f"{symbol}.")}
        extra = {"mark", "bid", "ask", "age_s", "closes_1m", "bars_15m", "bars_1h"}
        assert told == set(FEATURE_UNITS) | extra
    assert not [key for key in keys if "=" in key or " " in key]


def test_a_figure_that_is_absent_is_not_told() -> None:
    view = prompt_view(1, bars=10)
    keys = evidence_keys(render_market(view))
    assert "BTC.rsi_14" not in keys
    assert "BTC.kdj_k" in keys
    assert render_market(prompt_view(1, bars=0)).count("\n") == 6


def test_prices_are_written_at_the_tick() -> None:
    keys = evidence_keys(render_market(prompt_view()))
    for symbol in TICKS:
        places = len(str(f"{TICKS[symbol]:f}".rstrip("0").partition(".")[2]))
        for name in ("mark", "ema_20", "stat_high"):
            assert re.fullmatch(rf"\d+\.\d{{{places}}}", keys[f"{symbol}.{name}"]), (symbol, name)


@given(
    st.integers(-MAX_UNITS, MAX_UNITS), st.sampled_from([1, 5, 25, 100, 1000, SCALE // 4, SCALE, 5 * SCALE])
)
def test_a_price_is_written_as_the_nearest_tick(units: int, tick: int) -> None:
    text = grid_of(replace(usual_instrument("BTC"), tick=tick), 0).text(units)
    whole, _, rest = text.removeprefix("-").partition(".")
    told = (int(whole) * SCALE + int(rest.ljust(8, "0"))) * (-1 if text.startswith("-") else 1)
    assert told % tick == 0
    assert abs(told - units) * 2 <= tick
    assert text != "-0"


def test_a_market_without_instruments_shows_six_digits() -> None:
    view = replace(prompt_view(3), instruments={})
    keys = evidence_keys(render_market(view))
    assert [len(keys[f"{symbol}.mark"].replace(".", "")) for symbol in ("BTC", "ETH", "SOL")] == [6, 6, 6]


def test_a_finer_grid_has_one_digit_more() -> None:
    assert Grid(SCALE // 10, 1).finer.text(123 * SCALE // 100) == "1.23"
    assert Grid(1, 8).finer == Grid(1, 8)


def test_the_series_runs_from_the_oldest_to_the_newest() -> None:
    view = with_candles(prompt_view(1), climbing(50))
    text = render_market(view)
    assert "ORDERED: OLDEST -> NEWEST" in text
    closes = [float(close) for close in evidence_keys(text)["BTC.closes_1m"].split(" ")]
    assert closes == [1000 + n for n in range(50 - SERIES_BARS, 50)]


def test_longer_bars_are_whole_bars_of_the_utc_grid() -> None:
    # 130 minutes from 00:10 on: the newest whole quarter of an hour ends at 02:15, the newest hour at 02:00.
    view = with_candles(prompt_view(1), climbing(130, start_ms=10 * MINUTE_MS))
    keys = evidence_keys(render_market(view))
    quarters = [
        f"{1000 + last + 1}.0/{1000 + last - 15}.0/{1000 + last}.0"
        for last in (minute - 10 - 1 for minute in (90, 105, 120, 135))
    ]
    assert keys["BTC.bars_15m"].removeprefix("high/low/close: ") == " ".join(quarters)
    assert "BTC.bars_1h" not in keys  # only one whole hour
    assert "BTC.bars_1h" in evidence_keys(
        render_market(with_candles(prompt_view(1), climbing(130, start_ms=-10 * MINUTE_MS)))
    )


@pytest.mark.parametrize(
    ("bar_ms", "frames"),
    [
        (MINUTE_MS, ["15m", "1h"]),
        (3 * MINUTE_MS, ["1h", "4h"]),
        (HOUR_MS, ["4h", "1d"]),
        (DAY_MS, []),
        (7_000, []),
    ],
)
def test_the_frames_follow_from_the_bar(bar_ms: int, frames: list[str]) -> None:
    keys = evidence_keys(render_market(with_candles(prompt_view(1), climbing(240, bar_ms), bar_ms)))
    assert [key.removeprefix("BTC.bars_") for key in keys if ".bars_" in key] == frames
    assert f"BTC.closes_{duration_name(bar_ms)}" in keys


def test_bars_with_a_hole_between_them_are_not_put_together() -> None:
    bars = climbing(240)
    view = with_candles(prompt_view(1), bars[:100] + bars[101:])
    assert not [key for key in evidence_keys(render_market(view)) if ".bars_" in key]


def test_funding_and_the_age_of_the_price_are_told() -> None:
    view = prompt_view(1)
    part = replace(
        view.snapshot.symbols[0], funding_rate=-12_500, observed_ms=view.snapshot.market_ms - 61_000
    )
    text = render_market(replace(view, snapshot=replace(view.snapshot, symbols=(part,))))
    assert "funding_rate=-0.0125% age_s=61" in text


@pytest.mark.parametrize(
    ("units", "told"),
    [
        (0, "0"),
        (999 * SCALE, "999"),
        (123_456 * SCALE, "123500"),
        (99_999 * SCALE, "100000"),
        (SCALE // 2, "1"),
    ],
)
def test_depth_is_told_in_four_digits(units: int, told: str) -> None:
    assert coarse(units) == told


def test_bars_are_named_as_traders_name_them() -> None:
    spans = (MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, DAY_MS, 7_000)
    assert [duration_name(span) for span in spans] == ["1m", "15m", "1h", "4h", "1d", "7s"]
