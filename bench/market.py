"""Markets against the usual way of doing each job, in one run: `python -m bench.market`.

The figures that count are the ratios; seconds depend on the machine.
"""

import csv
import math
import random
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

from bench.measure import median_cpu_s
from kernel.time import DAY_MS, MINUTE_MS, iso_utc, parse_utc_ms
from kernel.units import SCALE, to_units
from trading.adapters.simulated import SimulatedMarket
from trading.adapters.tape import open_tape
from trading.domain.market import Candle

SYMBOLS: Final = ("BTC", "ETH", "SOL", "BNB", "ASTER")
START_MS: Final = 1_763_700_000_000
ROWS: Final = 45_000
SNAPSHOTS: Final = 200
REPEATS: Final = 3


def _seconds(call: Callable[[], object]) -> float:
    return median_cpu_s(call, REPEATS)


def _write_tape(path: Path) -> None:
    draw = random.Random(1)  # noqa: S311 - prices of a bench, no secret
    price = 4_000_000
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["timestamp", "open", "high", "low", "close", "volume"])
        for number in range(ROWS):
            close = price + draw.randrange(-3_000, 3_001)
            cells = [price, max(price, close) + 50, min(price, close) - 50, close, 2_300_413_729]
            stamp = iso_utc(START_MS // MINUTE_MS * MINUTE_MS + number * MINUTE_MS)
            writer.writerow([stamp, *(f"{cell // 100}.{cell % 100:02d}" for cell in cells)])
            price = close


def _naive_tape(path: Path) -> list[Candle]:
    """Read a tape as it is usually done: a dictionary a row, a Decimal a cell."""
    names = ("open", "high", "low", "close", "volume")
    with path.open() as file:
        return [
            Candle._make((parse_utc_ms(row["timestamp"]), *(to_units(Decimal(row[n])) for n in names), False))
            for row in csv.DictReader(file)
        ]


def _market() -> SimulatedMarket:
    return SimulatedMarket(seed=1, symbols=SYMBOLS, start_ms=START_MS)


def _one_day() -> None:
    """Generate one day of all symbols: the chunk that holds a moment far away."""
    _market().fetch_ticks(START_MS + 100 * DAY_MS, START_MS + 100 * DAY_MS + 10_000)


def _naive_day() -> list[float]:
    """Generate as many ticks as it is usually done: a GARCH(1,1) step at a time."""
    draw, prices = random.Random(1), []  # noqa: S311 - as above
    for _ in SYMBOLS:
        price, variance = 100.0, 1e-8
        for _tick in range(DAY_MS // 10_000):
            move = draw.gauss(0, math.sqrt(variance))
            variance = 1e-10 + 0.05 * move * move + 0.94 * variance
            price *= math.exp(move)
            prices.append(price)
    return prices


def _snapshots(market: SimulatedMarket) -> None:
    for number in range(SNAPSHOTS):
        market.fetch_snapshot(START_MS + number * 3 * MINUTE_MS)


def _naive_snapshots(market: SimulatedMarket) -> None:
    """Build the candles of every snapshot anew, as a market without stored bars does."""
    for number in range(SNAPSHOTS):
        part = market.fetch_snapshot(START_MS + number * 3 * MINUTE_MS)
        for symbol in part.symbols:
            tuple(Candle._make(map(int, bar)) for bar in symbol.candles)


def _line(job: str, ours: float, alternative: str, theirs: float) -> None:
    print(
        f"| {job} | {ours * 1000:.2f} ms | {alternative} | {theirs * 1000:.2f} ms | {theirs / ours:.1f} x |"
    )


def main() -> None:
    """Print one line a job."""
    print("| job | here | alternative | there | ratio |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "BTC-USDT_1m.csv"
        _write_tape(path)
        tape = open_tape([path])
        first = tape.fetch_snapshot(tape.info.first_ms or 0).symbols[0].candles[0]
        assert first[:5] == _naive_tape(path)[0][:5]
        ours, theirs = _seconds(lambda: open_tape([path])), _seconds(lambda: _naive_tape(path))
        _line(f"open a tape of {ROWS} rows, checked", ours, "DictReader and Decimal, unchecked", theirs)
    _line(
        "one day of five symbols: ticks with extremes, bars",
        _seconds(_one_day),
        "GARCH a tick at a time, closes only",
        _seconds(_naive_day),
    )
    market = _market()
    assert market.fetch_snapshot(START_MS).symbols[0].mark > SCALE
    snapshots, naive = _seconds(lambda: _snapshots(market)), _seconds(lambda: _naive_snapshots(market))
    _line("snapshot of five symbols", snapshots / SNAPSHOTS, "candles built anew", naive / SNAPSHOTS)


if __name__ == "__main__":
    main()
