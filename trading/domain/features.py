"""The features of a snapshot, computed once a round for everybody (docs/algorithms/features.md).

Floats live only inside this module: what leaves it is integers at 1e-8, so an agent's input has one exact
form. A name is absent while its figure cannot be computed, never zero in its place.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from kernel.time import MINUTE_MS
from kernel.units import BASIS_POINT, MAX_UNITS, SCALE, Rounding, div, mul_div
from trading.domain import indicators as ta
from trading.domain.feature_units import FEATURE_UNITS
from trading.domain.market import MarketSnapshot, OrderBook, SymbolSnapshot
from trading.domain.matching import depth_within, spread_of
from trading.domain.observation import Features

STAT_WINDOW_MS: Final = 3 * MINUTE_MS
STAT_TREND_MOVE: Final = 5 * BASIS_POINT
"""A change smaller than one taker fee is no trend."""

DEPTH_BAND: Final = 50 * BASIS_POINT
PRESSURE_SHARE: Final = 60 * SCALE // 100
"""Share of the resting money one side must hold before it presses."""

VOLATILITY_BARS: Final = 30
EMA_PERIODS: Final = (9, 20, 50, 200)
SMA_PERIODS: Final = (5, 20)


def compute_features(snapshot: MarketSnapshot) -> dict[str, Features]:
    """Return the features of every symbol, in the snapshot's order; names in the order of FEATURE_UNITS.

    Sees only the snapshot: closed bars and the resting book. Symbols with equally many bars are computed
    together.
    """
    found: dict[str, Features] = {}
    for parts in _by_length(snapshot.symbols):
        for part, features in zip(parts, _bar_features(parts), strict=True):
            found[part.symbol] = {
                **_window_statistics(part, snapshot.bar_ms),
                **features,
                **_book_features(part.book),
            }
    return {part.symbol: found[part.symbol] for part in snapshot.symbols}


def _by_length(parts: Sequence[SymbolSnapshot]) -> list[list[SymbolSnapshot]]:
    groups: dict[int, list[SymbolSnapshot]] = {}
    for part in parts:
        groups.setdefault(len(part.candles), []).append(part)
    return list(groups.values())


def _window_statistics(part: SymbolSnapshot, bar_ms: int) -> Features:
    """Return the last three minutes, or the last bar where bars are longer."""
    bars = max(1, math.ceil(STAT_WINDOW_MS / bar_ms))
    if len(part.candles) <= bars:
        return {}
    window, before = part.candles[-bars:], part.candles[-bars - 1].close
    high, low = max(bar.high for bar in window), min(bar.low for bar in window)
    change = window[-1].close - before
    ratio = div(change * SCALE, before, Rounding.DOWN)
    return {
        "stat_change_abs": change,
        "stat_change_pct": div(change * SCALE * 100, before, Rounding.DOWN),
        "stat_high": high,
        "stat_low": low,
        "stat_volatility": mul_div(high - low, SCALE, before, Rounding.DOWN),
        "stat_trend": _sign(ratio, STAT_TREND_MOVE),
    }


def _bar_features(parts: Sequence[SymbolSnapshot]) -> list[Features]:
    if not parts[0].candles:
        return [{} for _part in parts]
    columns = np.array([_columns(part) for part in parts], dtype=np.float64) / SCALE
    highs, lows, closes = columns[:, 0], columns[:, 1], columns[:, 2]
    figures = {**_recursive_figures(highs, lows, closes), **_window_figures(closes)}
    last = {name: figures[name].tolist() for name in FEATURE_UNITS if name in figures}
    return [_quantised({name: column[row] for name, column in last.items()}) for row in range(len(parts))]


def _columns(part: SymbolSnapshot) -> list[tuple[int, ...]]:
    """Return highs, lows and closes."""
    return list(zip(*part.candles, strict=True))[2:5]


def _recursive_figures(highs: ta.Series, lows: ta.Series, closes: ta.Series) -> dict[str, ta.Series]:
    """Return the newest figure of everything that has a memory, in two walks over the bars."""
    emas = [ta.ema_smoothing(closes, period) for period in EMA_PERIODS]
    first = [
        *ta.gain_loss_smoothings(closes),
        *ta.macd_smoothings(closes),
        ta.kdj_k_smoothing(highs, lows, closes),
        ta.true_range_smoothing(highs, lows, closes),
        *emas,
    ]
    rises, falls, fast, slow, k, atr, *averages = ta.compute_smoothed(first)
    line = fast - slow
    signal, d = ta.compute_smoothed([ta.macd_signal_smoothing(line), ta.kdj_smoothing(k)])
    series = {
        "rsi_14": ta.rsi_of(rises[..., -1:], falls[..., -1:]),
        "macd": line,
        "macd_signal": signal,
        "macd_histogram": line - signal,
        "kdj_k": k,
        "kdj_d": d,
        "kdj_j": 3 * k - 2 * d,
        "atr_14": atr,
        **{f"ema_{period}": average for period, average in zip(EMA_PERIODS, averages, strict=True)},
    }
    return {name: values[..., -1] for name, values in series.items()}


def _window_figures(closes: ta.Series) -> dict[str, ta.Series]:
    """Return the newest figure of everything that looks back over a fixed window."""
    upper, middle, lower = ta.compute_bollinger(closes[..., -ta.BOLLINGER_PERIOD :])
    returns = ta.compute_returns(closes[..., -VOLATILITY_BARS - 1 :])
    deviation = (
        returns[..., 1:].std(axis=-1) if returns.shape[-1] > VOLATILITY_BARS else np.nan * returns[..., 0]
    )
    averages = {f"sma_{period}": ta.compute_sma(closes[..., -period:], period) for period in SMA_PERIODS}
    bands = {"bollinger_upper": upper, "bollinger_middle": middle, "bollinger_lower": lower}
    figures = {name: values[..., -1] for name, values in {**bands, **averages}.items()}
    return {**figures, "realised_vol_30": deviation}


def _quantised(figures: dict[str, float]) -> Features:
    """Return the figures at 1e-8; one that is not finite or out of bounds cannot be shown and is left out."""
    bound = MAX_UNITS / SCALE
    return {name: round(value * SCALE) for name, value in figures.items() if abs(value) <= bound}


def _book_features(book: OrderBook) -> Features:
    """Return the book's figures by the functions the risk rules use, so that both name the same ones."""
    spread = spread_of(book)
    if spread is None:
        return {}
    bids, asks = depth_within(book, -1, DEPTH_BAND), depth_within(book, 1, DEPTH_BAND)
    figures = {"book_spread": spread, "book_bid_depth": bids, "book_ask_depth": asks}
    if bids + asks == 0:
        return figures
    share = mul_div(bids, SCALE, bids + asks, Rounding.DOWN)
    pressure = _sign(2 * share - SCALE, 2 * PRESSURE_SHARE - SCALE)
    return {**figures, "book_bid_ratio": share, "book_pressure": pressure}


def _sign(value: int, threshold: int) -> int:
    """Return -1, 0 or 1 at 1e-8: the direction of a value that is beyond the threshold."""
    if abs(value) < threshold:
        return 0
    return SCALE if value > 0 else -SCALE
