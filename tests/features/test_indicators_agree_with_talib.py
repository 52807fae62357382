"""Our indicators against TA-Lib, bar by bar, and KDJ against a version written out by hand."""

from collections.abc import Callable

import numpy as np
import pytest
import talib
from numpy.typing import NDArray

from trading.domain import indicators as ta

Array = NDArray[np.float64]
RELATIVE = 1e-9


def random_bars(seed: int, bars: int, price: float) -> tuple[Array, Array, Array]:
    generator = np.random.default_rng(seed)
    closes = price * np.exp(np.cumsum(generator.normal(0, 0.002, bars)))
    reach = 1 + np.abs(generator.normal(0, 0.001, (2, bars)))
    return closes * reach[0], closes / reach[1], closes


CASES: dict[str, tuple[Callable[[Array, Array, Array], Array], Callable[[Array, Array, Array], Array]]] = {
    "rsi": (lambda _h, _l, c: ta.compute_rsi(c), lambda _h, _l, c: talib.RSI(c, 14)),
    "atr": (ta.compute_atr, lambda h, low, c: talib.ATR(h, low, c, 14)),
    "macd": (lambda _h, _l, c: ta.compute_macd(c)[0], lambda _h, _l, c: talib.MACD(c)[0]),
    "macd signal": (lambda _h, _l, c: ta.compute_macd(c)[1], lambda _h, _l, c: talib.MACD(c)[1]),
    "upper band": (lambda _h, _l, c: ta.compute_bollinger(c)[0], lambda _h, _l, c: talib.BBANDS(c, 20)[0]),
    "middle band": (lambda _h, _l, c: ta.compute_bollinger(c)[1], lambda _h, _l, c: talib.BBANDS(c, 20)[1]),
    "lower band": (lambda _h, _l, c: ta.compute_bollinger(c)[2], lambda _h, _l, c: talib.BBANDS(c, 20)[2]),
    "sma 5": (lambda _h, _l, c: ta.compute_sma(c, 5), lambda _h, _l, c: talib.SMA(c, 5)),
    "sma 20": (lambda _h, _l, c: ta.compute_sma(c, 20), lambda _h, _l, c: talib.SMA(c, 20)),
    "ema 9": (lambda _h, _l, c: ta.compute_ema(c, 9), lambda _h, _l, c: talib.EMA(c, 9)),
    "ema 50": (lambda _h, _l, c: ta.compute_ema(c, 50), lambda _h, _l, c: talib.EMA(c, 50)),
    "ema 200": (lambda _h, _l, c: ta.compute_ema(c, 200), lambda _h, _l, c: talib.EMA(c, 200)),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("seed", "price"), [(1, 64_000.0), (2, 0.35), (3, 250.0)])
def test_an_indicator_equals_talib_at_every_bar(name: str, seed: int, price: float) -> None:
    bars = random_bars(seed, 400, price)
    ours, theirs = CASES[name][0](*bars), CASES[name][1](*bars)
    # TA-Lib names the MACD line only from the first signal on; the line itself starts eight bars earlier.
    known = np.isfinite(theirs)
    assert known.any()
    if name != "macd":
        assert np.array_equal(np.isfinite(ours), known)
    # The MACD is a difference of averages, so its error is measured against the price it comes from.
    scale = price if name.startswith("macd") else 0.0
    np.testing.assert_allclose(ours[known], theirs[known], rtol=RELATIVE, atol=scale * 1e-12)


def test_the_histogram_is_line_minus_signal() -> None:
    line, signal, histogram = ta.compute_macd(random_bars(4, 120, 100.0)[2])
    assert np.array_equal(histogram[33:], line[33:] - signal[33:])
    assert not np.isfinite(histogram[:33]).any()


def kdj_by_hand(highs: Array, lows: Array, closes: Array) -> list[tuple[float, float, float]]:
    k = d = 50.0
    figures = []
    for end in range(8, len(closes)):
        top, bottom = max(highs[end - 8 : end + 1]), min(lows[end - 8 : end + 1])
        place = 100 * (closes[end] - bottom) / (top - bottom)
        k = 2 / 3 * k + 1 / 3 * place
        d = 2 / 3 * d + 1 / 3 * k
        figures.append((k, d, 3 * k - 2 * d))
    return figures


def test_kdj_equals_the_version_written_out_by_hand() -> None:
    bars = random_bars(5, 300, 2_000.0)
    ours = np.array(ta.compute_kdj(*bars))
    assert not np.isfinite(ours[:, :8]).any()
    np.testing.assert_allclose(ours[:, 8:].T, kdj_by_hand(*bars), rtol=RELATIVE)


def test_a_market_without_movement_has_no_rsi_and_kdj_in_the_middle() -> None:
    flat = np.full(60, 42.0)
    assert not np.isfinite(ta.compute_rsi(flat)).any()
    k, d, j = ta.compute_kdj(flat, flat, flat)
    assert (k[-1], d[-1], j[-1]) == pytest.approx((50.0, 50.0, 50.0), rel=1e-12)


def test_several_symbols_at_once_equal_each_alone() -> None:
    rows = [random_bars(seed, 90, price) for seed, price in ((6, 10.0), (7, 20_000.0))]
    highs, lows, closes = (np.stack([row[i] for row in rows]) for i in range(3))
    for row, (high, low, close) in enumerate(rows):
        assert np.array_equal(ta.compute_rsi(closes)[row], ta.compute_rsi(close), equal_nan=True)
        assert np.array_equal(
            ta.compute_atr(highs, lows, closes)[row], ta.compute_atr(high, low, close), equal_nan=True
        )
        assert np.array_equal(ta.compute_macd(closes)[1][row], ta.compute_macd(close)[1], equal_nan=True)
