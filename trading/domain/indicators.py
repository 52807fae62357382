"""Technical indicators as whole series, for several symbols at once.

Arrays are float64 with time on the last axis, oldest first; any axes before it (symbols) are independent.
A figure stands at the bar that completes it and is NaN before. Conventions are TA-Lib's, with two stated
exceptions (docs/algorithms/features.md): a market without any movement has no RSI, and KDJ is our own.
Only elementwise arithmetic and ordered sums are used: every machine gets the same bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Series = NDArray[np.float64]

RSI_PERIOD: Final = 14
ATR_PERIOD: Final = 14
MACD_FAST: Final = 12
MACD_SLOW: Final = 26
MACD_SIGNAL: Final = 9
BOLLINGER_PERIOD: Final = 20
BOLLINGER_WIDTH: Final = 2.0
KDJ_PERIOD: Final = 9
KDJ_KEEP: Final = 2 / 3
KDJ_SEED: Final = 50.0


@dataclass(frozen=True, slots=True)
class Smoothing:
    """A recursion y[t] = keep * y[t-1] + inputs[t] that starts at ``start``; zero inputs before it."""

    inputs: Series
    keep: float
    start: int


def compute_smoothed(smoothings: Sequence[Smoothing]) -> list[Series]:
    """Run recursions of one shape in a single walk over time: the walk is what costs, not the rows."""
    steps = np.stack([each.inputs for each in smoothings])
    walked = np.ascontiguousarray(np.moveaxis(steps, -1, 0))
    keeps = np.array([each.keep for each in smoothings]).reshape((-1,) + (1,) * (steps.ndim - 2))
    carry = np.empty(walked.shape[1:])
    for step, previous in zip(walked[1:], walked[:-1], strict=True):
        np.multiply(previous, keeps, out=carry)
        np.add(step, carry, out=step)
    series = np.moveaxis(walked, 0, -1)
    for row, each in zip(series, smoothings, strict=True):
        row[..., : each.start] = np.nan
    return list(series)


def ema_smoothing(values: Series, period: int, first: int = 0) -> Smoothing:
    """Exponential average whose seed is the mean of ``period`` values from index ``first``."""
    return _seeded(values, 2 / (period + 1), period, first)


def wilder_smoothing(values: Series, period: int, first: int = 1) -> Smoothing:
    """Wilder's average: weight 1 / period, seeded by a mean; ``first`` is 1 where values are differences."""
    return _seeded(values, 1 / period, period, first)


def _seeded(values: Series, weight: float, period: int, first: int) -> Smoothing:
    start = first + period - 1
    inputs = values * weight
    inputs[..., :start] = 0.0
    if start < values.shape[-1]:
        inputs[..., start] = values[..., first : start + 1].mean(axis=-1)
    return Smoothing(inputs, 1 - weight, start)


def compute_ema(values: Series, period: int) -> Series:
    """Exponential moving average, weight 2 / (period + 1), seeded by the simple average."""
    return compute_smoothed([ema_smoothing(values, period)])[0]


def compute_sma(values: Series, period: int) -> Series:
    """Return the simple moving average."""
    return _padded(_windows(values, period).mean(axis=-1), values)


def compute_bollinger(closes: Series) -> tuple[Series, Series, Series]:
    """Upper, middle and lower band: mean of 20 closes and twice their population deviation."""
    windows = _windows(closes, BOLLINGER_PERIOD)
    middle = windows.mean(axis=-1)
    reach = BOLLINGER_WIDTH * windows.std(axis=-1)
    return _padded(middle + reach, closes), _padded(middle, closes), _padded(middle - reach, closes)


def gain_loss_smoothings(closes: Series) -> tuple[Smoothing, Smoothing]:
    """Wilder's averages of rises and of falls, the two halves of the RSI."""
    moves = _differences(closes)
    rises, falls = np.maximum(moves, 0.0), np.maximum(-moves, 0.0)
    return wilder_smoothing(rises, RSI_PERIOD), wilder_smoothing(falls, RSI_PERIOD)


def rsi_of(rises: Series, falls: Series) -> Series:
    """Relative strength index 0..100 from the two averages; NaN where nothing moved at all."""
    total = rises + falls
    return 100 * np.divide(rises, total, out=np.full_like(total, np.nan), where=total > 0)


def compute_rsi(closes: Series) -> Series:
    """Relative strength index over 14 bars."""
    return rsi_of(*compute_smoothed(gain_loss_smoothings(closes)))


def true_range_smoothing(highs: Series, lows: Series, closes: Series) -> Smoothing:
    """Wilder's average of the true range, which needs the close before."""
    previous = closes[..., :-1]
    ranges = np.zeros_like(closes)
    ranges[..., 1:] = np.maximum(highs[..., 1:], previous) - np.minimum(lows[..., 1:], previous)
    return wilder_smoothing(ranges, ATR_PERIOD)


def compute_atr(highs: Series, lows: Series, closes: Series) -> Series:
    """Average true range over 14 bars, in price."""
    return compute_smoothed([true_range_smoothing(highs, lows, closes)])[0]


def macd_smoothings(closes: Series) -> tuple[Smoothing, Smoothing]:
    """Fast and slow average; both start at the slow one's first bar, as TA-Lib has it."""
    fast = ema_smoothing(closes, MACD_FAST, MACD_SLOW - MACD_FAST)
    return fast, ema_smoothing(closes, MACD_SLOW)


def macd_signal_smoothing(line: Series) -> Smoothing:
    """Smooth the MACD line, seeded by its first nine values."""
    return ema_smoothing(line, MACD_SIGNAL, MACD_SLOW - 1)


def compute_macd(closes: Series) -> tuple[Series, Series, Series]:
    """Line, signal and histogram for 12, 26, 9 bars, in price."""
    fast, slow = compute_smoothed(macd_smoothings(closes))
    line = fast - slow
    signal = compute_smoothed([macd_signal_smoothing(line)])[0]
    return line, signal, line - signal


def kdj_k_smoothing(highs: Series, lows: Series, closes: Series) -> Smoothing:
    """K of the KDJ: the place of the close in the 9-bar range, 0..100; the middle where there is no range."""
    top = _padded(_windows(highs, KDJ_PERIOD).max(axis=-1), closes)
    bottom = _padded(_windows(lows, KDJ_PERIOD).min(axis=-1), closes)
    reach = top - bottom
    place = np.divide(closes - bottom, reach, out=np.full_like(closes, 0.5), where=reach > 0)
    return kdj_smoothing(100 * place)


def kdj_smoothing(values: Series) -> Smoothing:
    """Two thirds of the figure before, one third of the new one, starting from 50."""
    start = KDJ_PERIOD - 1
    inputs = values * (1 - KDJ_KEEP)
    inputs[..., :start] = 0.0
    if start < values.shape[-1]:
        inputs[..., start] += KDJ_SEED * KDJ_KEEP
    return Smoothing(inputs, KDJ_KEEP, start)


def compute_kdj(highs: Series, lows: Series, closes: Series) -> tuple[Series, Series, Series]:
    """K, D and J (3K - 2D) over 9 bars with thirds, K and D starting from 50."""
    k = compute_smoothed([kdj_k_smoothing(highs, lows, closes)])[0]
    d = compute_smoothed([kdj_smoothing(k)])[0]
    return k, d, 3 * k - 2 * d


def compute_returns(closes: Series) -> Series:
    """Return the simple return of each bar; the first has none."""
    returns = np.full_like(closes, np.nan)
    returns[..., 1:] = _differences(closes)[..., 1:] / closes[..., :-1]
    return returns


def _differences(values: Series) -> Series:
    moves = np.zeros_like(values)
    moves[..., 1:] = values[..., 1:] - values[..., :-1]
    return moves


def _windows(values: Series, period: int) -> Series:
    if values.shape[-1] < period:
        return np.empty((*values.shape[:-1], 0, period))
    return sliding_window_view(values, period, axis=-1)


def _padded(figures: Series, like: Series) -> Series:
    series = np.full_like(like, np.nan)
    if figures.shape[-1]:
        series[..., like.shape[-1] - figures.shape[-1] :] = figures
    return series
