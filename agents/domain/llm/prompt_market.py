"""The market part of a prompt: what everybody is shown of a round, rendered once for all contestants.

A block a symbol: lines of ``name=value``, then series. Prices stand at the tick, figures with the digits that
mean something. ``SYMBOL.name`` is the key an answer may name as evidence.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from agents.domain.llm.figures import (
    Grid,
    coarse,
    fixed,
    grid_of,
    is_plain_symbol,
    percent,
)
from agents.domain.llm.quoting import quote
from kernel.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from kernel.units import SCALE
from trading.domain.feature_units import FEATURE_UNITS
from trading.domain.instruments import Instrument
from trading.domain.market import Candle, SymbolSnapshot
from trading.domain.observation import Features, MarketView

SERIES_BARS: Final = 20
FRAME_BARS: Final = 4
FRAMES_SHOWN: Final = 2
SOURCE_LENGTH: Final = 60

FRAMES: Final = {"15m": 15 * MINUTE_MS, "1h": HOUR_MS, "4h": 4 * HOUR_MS, "1d": DAY_MS}
"""Longer bars the context is aggregated to, on the UTC grid."""

_FINE_PRICES: Final = frozenset({"macd", "macd_signal", "macd_histogram", "atr_14"})
"""Averages of differences: a tick would swallow them."""

_PERCENT_PLACES: Final = {"book_spread": 4, "realised_vol_30": 4, "book_bid_ratio": 1}
"""Decimals of ratios, which are shown in per cent; three elsewhere."""

_USUAL_PLACES: Final = 3
_LINES: Final = ("stat_", "", "book_")
"""Prefixes of the names that share a line."""

Writer = Callable[[int, Grid, Grid], str]


def render_market(view: MarketView) -> str:
    """Return the market of a round as text: no portfolio, no contestant, no time."""
    snapshot = view.snapshot
    head = (
        "# MARKET\n"
        f"source {quote(snapshot.source, SOURCE_LENGTH)}; "
        f"bars of {duration_name(snapshot.bar_ms)}.\n"
        "Every series is ORDERED: OLDEST -> NEWEST. The last value is the newest."
    )
    blocks = [
        _block(part, view.features.get(part.symbol, {}), view.instruments.get(part.symbol), view)
        for part in snapshot.symbols
        if is_plain_symbol(part.symbol)
    ]
    return "\n\n".join([head, *blocks])


def evidence_keys(market: str) -> dict[str, str]:
    """Return the keys that a rendered market part offers as evidence, with their values as written."""
    return dict(_read_keys(market))


@lru_cache(maxsize=64)
def _read_keys(market: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    symbol = ""
    for line in market.split("\n"):
        if line.startswith("## "):
            symbol = line[3:]
        elif symbol and "=" in line:
            pairs = (pair.partition("=") for pair in line.split(" "))
            found.extend((f"{symbol}.{name}", value) for name, _, value in pairs)
        elif symbol and ": " in line:
            name, _, values = line.partition(": ")
            found.append((f"{symbol}.{name.split(' ')[0]}", values))
    return tuple(found)


def duration_name(ms: int) -> str:
    """Return a bar's length as traders write it: 1m, 15m, 1h, 1d; odd lengths in seconds."""
    for unit, name in ((DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "m")):
        if ms and ms % unit == 0:
            return f"{ms // unit}{name}"
    return f"{ms // SECOND_MS}s"


def _block(part: SymbolSnapshot, features: Features, instrument: Instrument | None, view: MarketView) -> str:
    grid = grid_of(instrument, part.mark)
    bar_ms = view.snapshot.bar_ms
    lines = [f"## {part.symbol}", _head_line(part, grid, view.snapshot.market_ms)]
    lines.extend(_feature_lines(features, grid))
    if part.candles:
        columns = list(zip(*part.candles, strict=True))
        lines.append(_series(columns[4], grid, bar_ms))
        lines.extend(_frame_lines(part.candles, columns, grid, bar_ms))
    return "\n".join(lines)


def _head_line(part: SymbolSnapshot, grid: Grid, market_ms: int) -> str:
    found = [f"mark={grid.text(part.mark)}"]
    book = part.book
    if book.bids and book.asks:
        found.append(f"bid={grid.text(book.bids[0].price)} ask={grid.text(book.asks[0].price)}")
    if part.funding_rate is not None:
        found.append(f"funding_rate={percent(part.funding_rate, 4)}")
    found.append(f"age_s={max(0, market_ms - part.observed_ms) // SECOND_MS}")
    return " ".join(found)


def _feature_lines(features: Features, grid: Grid) -> list[str]:
    finer = grid.finer
    lines = []
    for group in _GROUPS:
        cells = [
            f"{name}={write(units, grid, finer)}"
            for name, write in group
            if (units := features.get(name)) is not None
        ]
        if cells:
            lines.append(" ".join(cells))
    return lines


def _series(closes: Sequence[int], grid: Grid, bar_ms: int) -> str:
    text = grid.text
    return f"closes_{duration_name(bar_ms)}: {' '.join([text(close) for close in closes[-SERIES_BARS:]])}"


def _frame_lines(
    candles: Sequence[Candle], columns: Sequence[Sequence[int]], grid: Grid, bar_ms: int
) -> list[str]:
    """Return the longest frames of which the bars hold at least two whole ones, the shorter frame first."""
    opens = columns[0]
    if bar_ms <= 0 or opens[-1] - opens[0] != (len(opens) - 1) * bar_ms:
        return []  # bars are missing in between: what would be cut from them is no bar
    end_ms = candles[-1].open_ms + bar_ms
    whole = []
    for name, frame_ms in FRAMES.items():
        if frame_ms % bar_ms or frame_ms < 4 * bar_ms:
            continue
        last = len(opens) - end_ms % frame_ms // bar_ms
        size = frame_ms // bar_ms
        if last // size > 1:
            whole.append((name, size, last))
    return [_frame_line(name, size, last, columns, grid) for name, size, last in whole[-FRAMES_SHOWN:]]


def _frame_line(name: str, size: int, last: int, columns: Sequence[Sequence[int]], grid: Grid) -> str:
    text, highs, lows, closes = grid.text, columns[2], columns[3], columns[4]
    count = min(FRAME_BARS, last // size)
    bars = [
        f"{text(max(highs[at : at + size]))}/{text(min(lows[at : at + size]))}/{text(closes[at + size - 1])}"
        for at in range(last - count * size, last, size)
    ]
    return f"bars_{name} high/low/close: {' '.join(bars)}"


def _writer(name: str) -> Writer:
    """Return how a feature is written, chosen once by its name and unit."""
    unit, places = FEATURE_UNITS[name], _PERCENT_PLACES.get(name, _USUAL_PLACES)
    if name in _FINE_PRICES:
        return lambda units, _grid, finer: finer.text(units)
    writers: dict[str, Writer] = {
        "price": lambda units, grid, _finer: grid.text(units),
        "percent": lambda units, _grid, _finer: fixed(units, places) + "%",
        "ratio": lambda units, _grid, _finer: percent(units, places),
        "index": lambda units, _grid, _finer: fixed(units, 1),
        "sign": lambda units, _grid, _finer: str(units // SCALE),
        "usdt": lambda units, _grid, _finer: coarse(units),
    }
    return writers[unit]


def _line_of(name: str) -> int:
    return next((index for index, prefix in enumerate(_LINES) if prefix and name.startswith(prefix)), 1)


_GROUPS: Final = tuple(
    tuple((name, _writer(name)) for name in FEATURE_UNITS if _line_of(name) == index)
    for index in range(len(_LINES))
)
