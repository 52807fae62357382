"""Features of a round against TA-Lib called once an indicator and symbol: time and agreement in one run.

.venv/bin/python -m bench.features
"""

import math
from collections.abc import Callable

import numpy as np
import talib

from bench.measure import median_cpu_s
from kernel.ids import derive_seed
from kernel.units import SCALE
from trading.domain.features import compute_features
from trading.domain.market import Candle, Level, MarketSnapshot, OrderBook, SymbolSnapshot

SYMBOLS = ("BTC", "ETH", "SOL", "BNB", "ASTER")
BARS = 240
REPEATS = 200


def _candles(symbol: str) -> tuple[Candle, ...]:
    generator = np.random.default_rng(derive_seed("bench_features", symbol))
    closes = 100 * np.exp(np.cumsum(generator.normal(0, 0.001, BARS)))
    reach = 1 + np.abs(generator.normal(0, 0.0005, (2, BARS)))
    bars = zip(closes, closes * reach[0], closes / reach[1], strict=True)
    return tuple(
        Candle(i * 60_000, round(c * SCALE), round(h * SCALE), round(low * SCALE), round(c * SCALE), 0)
        for i, (c, h, low) in enumerate(bars)
    )


def bench_snapshot() -> MarketSnapshot:
    """Return five random walks with books of twenty levels a side."""
    parts = []
    for symbol in SYMBOLS:
        candles = _candles(symbol)
        mark = candles[-1].close
        levels = [
            (Level(mark * (10_000 - i) // 10_000, SCALE), Level(mark * (10_000 + i) // 10_000, SCALE))
            for i in range(1, 21)
        ]
        bids, asks = zip(*levels, strict=True)
        parts.append(SymbolSnapshot(symbol, mark, OrderBook(bids, asks), candles, BARS * 60_000))
    return MarketSnapshot(BARS * 60_000, "bench", 60_000, tuple(parts))


def _talib_each(snapshot: MarketSnapshot) -> dict[str, dict[str, float]]:
    """Compute the same indicator figures the usual way: one library call an indicator and symbol."""
    found = {}
    for part in snapshot.symbols:
        columns = np.array(list(zip(*part.candles, strict=True))[2:5], dtype=np.float64) / SCALE
        high, low, close = columns
        line, signal, histogram = talib.MACD(close, 12, 26, 9)
        upper, middle, lower = talib.BBANDS(close, 20, 2.0, 2.0)
        figures = {"rsi_14": talib.RSI(close, 14), "atr_14": talib.ATR(high, low, close, 14)}
        figures |= {"macd": line, "macd_signal": signal, "macd_histogram": histogram}
        figures |= {"bollinger_upper": upper, "bollinger_middle": middle, "bollinger_lower": lower}
        figures |= {f"ema_{period}": talib.EMA(close, period) for period in (9, 20, 50, 200)}
        figures |= {f"sma_{period}": talib.SMA(close, period) for period in (5, 20)}
        found[part.symbol] = {name: float(values[-1]) for name, values in figures.items()}
    return found


def _cpu_ms(call: Callable[[], object]) -> float:
    return median_cpu_s(call, REPEATS) * 1e3


def main() -> None:
    """Print both medians, their ratio and the largest relative difference."""
    snapshot = bench_snapshot()
    ours, theirs = compute_features(snapshot), _talib_each(snapshot)
    pairs = [(ours[s][n] / SCALE, value) for s, figures in theirs.items() for n, value in figures.items()]
    assert all(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-8) for a, b in pairs)
    mine, library = _cpu_ms(lambda: compute_features(snapshot)), _cpu_ms(lambda: _talib_each(snapshot))
    print(f"features of {len(SYMBOLS)} symbols x {BARS} bars, median CPU of {REPEATS} runs")
    print(f"  ours, all {len(ours['BTC'])} features with book and KDJ   {mine:7.3f} ms")
    print(f"  TA-Lib per indicator, 14 figures         {library:7.3f} ms")
    print(f"  ratio ours / TA-Lib                      {mine / library:7.2f}")


if __name__ == "__main__":
    main()
