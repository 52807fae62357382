"""Compares the simulated market with recorded candles: `python -m bench.market_moments`.

Prints the table of docs/algorithms/market.md. tests/market/test_market_moments.py asserts the bounds.
Recorded candles are read from ../shared/data/candles; where they are absent only the simulation is shown.
"""

import csv
import math
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernel.time import DAY_MS, HOUR_MS, MINUTE_MS
from trading.adapters.simulated import SimulatedMarket

Floats = NDArray[np.float64]

CANDLES: Final = Path(__file__).parents[2] / "shared/data/candles"
SYMBOLS: Final = ("BTC", "ETH", "SOL", "XRP", "ADA")
START_MS: Final = 1_763_700_000_000
SEEDS: Final = range(9)
RECORDED_DAYS: Final = 1_461
"""Four years: before that most of these markets were another world."""


class Moments(NamedTuple):
    """Moments of the log returns of one symbol, and its correlation with the others."""

    deviation: float
    kurtosis: float
    memory_1: float
    memory_5: float
    memory_60: float
    correlation: float


class Bound(NamedTuple):
    """What a market must lie in to be called like the recorded ones."""

    step: str
    moment: str
    low: float
    high: float


BOUNDS: Final = (
    Bound("1m", "deviation", 4.0, 14.0),
    Bound("1m", "kurtosis", 10.0, 60.0),
    Bound("1m", "memory_1", 0.20, 0.45),
    Bound("1m", "memory_5", 0.15, 0.40),
    Bound("1m", "memory_60", 0.08, 0.30),
    Bound("1h", "deviation", 35.0, 90.0),
    Bound("1h", "kurtosis", 4.5, 14.0),
    Bound("1h", "memory_1", 0.05, 0.30),
    Bound("1h", "correlation", 0.60, 0.90),
    Bound("1d", "deviation", 200.0, 340.0),
    Bound("1d", "kurtosis", 4.5, 14.0),
    Bound("1d", "memory_1", 0.08, 0.30),
    Bound("1d", "correlation", 0.60, 0.90),
)
"""Deviation in basis points a step; memory is the autocorrelation of absolute returns at lags 1, 5, 60; the
correlation is the mean of BTC's with ETH, SOL, XRP and ADA. One symbol at 1m: nothing to correlate with."""

_STEPS: Final = {"1m": (MINUTE_MS, 45_031), "1h": (HOUR_MS, 750), "1d": (DAY_MS, RECORDED_DAYS)}


def moments(closes: Sequence[Floats]) -> Moments:
    """Return the moments of the first series, and its mean correlation with the others (NaN without)."""
    returns = [np.diff(np.log(series)) for series in closes]
    own = returns[0] - returns[0].mean()
    kurtosis = float((own**4).mean() / (own**2).mean() ** 2)
    links = [float(np.corrcoef(own, other)[0, 1]) for other in returns[1:]]
    sizes = np.abs(own)
    return Moments(
        deviation=float(own.std()) * 10_000,
        kurtosis=kurtosis,
        memory_1=_memory(sizes, 1),
        memory_5=_memory(sizes, 5),
        memory_60=_memory(sizes, 60),
        correlation=statistics.fmean(links) if links else math.nan,
    )


def _memory(sizes: Floats, lag: int) -> float:
    return float(np.corrcoef(sizes[:-lag], sizes[lag:])[0, 1])


def simulated_moments(step: str) -> Moments:
    """Return the median of the moments over the seeds."""
    bar_ms, count = _STEPS[step]
    symbols = SYMBOLS if step != "1m" else SYMBOLS[:1]
    found = [moments(_simulated_closes(seed, symbols, bar_ms, count)) for seed in SEEDS]
    return Moments(*(statistics.median(column) for column in zip(*found, strict=True)))


def _simulated_closes(seed: int, symbols: tuple[str, ...], bar_ms: int, count: int) -> list[Floats]:
    market = SimulatedMarket(seed=seed, symbols=symbols, start_ms=START_MS, bar_ms=bar_ms)
    ends = range(START_MS + 240 * bar_ms, START_MS + (count + 240) * bar_ms, 240 * bar_ms)
    snapshots = [market.fetch_snapshot(end) for end in ends]
    columns = [[bar.close for shot in snapshots for bar in shot.of(symbol).candles] for symbol in symbols]
    return [np.array(column[:count], dtype=np.float64) for column in columns]


def recorded_moments(step: str) -> Moments:
    """Return the moments of the recorded candles; raises FileNotFoundError where they are absent."""
    if step == "1m":
        series = [_closes("BTC-USDT-PERP_1m_2022-01.csv")]
    else:
        series = [_closes(f"{symbol}-USDT_{step}.csv") for symbol in SYMBOLS]
    common = sorted(set.intersection(*(set(closes) for closes in series)))[-RECORDED_DAYS * (step != "1m") :]
    return moments([np.array([closes[moment] for moment in common]) for closes in series])


def _closes(name: str) -> dict[str, float]:
    with (CANDLES / name).open() as file:
        return {row["timestamp"]: float(row["close"]) for row in csv.DictReader(file)}


def _column(compute: Callable[[str], Moments]) -> dict[str, Moments]:
    return {step: compute(step) for step in _STEPS}


def main() -> None:
    """Print one line a bound: recorded, simulated, bounds."""
    simulated = _column(simulated_moments)
    recorded = _column(recorded_moments) if CANDLES.exists() else {}
    print("| step | moment | recorded | simulated | bounds |\n|---|---|---|---|---|")
    for bound in BOUNDS:
        real = f"{getattr(recorded[bound.step], bound.moment):.2f}" if recorded else "-"
        figure = getattr(simulated[bound.step], bound.moment)
        print(f"| {bound.step} | {bound.moment} | {real} | {figure:.2f} | {bound.low:g} to {bound.high:g} |")


if __name__ == "__main__":
    main()
