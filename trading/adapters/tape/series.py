"""One symbol's recording on an even grid of bars, and several of them on their common range."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.time import iso_utc
from trading.adapters.tape.table import Ints, Table, refuse
from trading.ports import TapeError

MOST_FILLED: Final = 2
"""A tape may be filled up to this many times its recorded bars; more is a wrong date, not a gap."""

_LEAST_BARS: Final = 3
"""Two bars to look back on and one to trade in."""


@dataclass(frozen=True, slots=True)
class Series:
    """Bars of one symbol without a hole. ``real`` is, for each bar, the number of the last recorded one."""

    symbol: str
    file: str
    bar_ms: int
    first_ms: int
    prices: Ints
    turnover: Ints
    real: Ints

    @property
    def end_ms(self) -> int:
        """Close of the last bar."""
        return self.first_ms + self.bar_ms * len(self.real)

    def between(self, first_ms: int, end_ms: int) -> "Series":
        """Return the part that opens at or after ``first_ms`` and closes at or before ``end_ms``."""
        start, stop = (first_ms - self.first_ms) // self.bar_ms, (end_ms - self.first_ms) // self.bar_ms
        part = slice(start, stop)
        real = np.maximum(self.real[part] - start, -1)
        return Series(
            self.symbol, self.file, self.bar_ms, first_ms, self.prices[:, part], self.turnover[part], real
        )


def build_series(symbol: str, tables: Sequence[Table], *, allow_gaps: bool) -> Series:
    """Return the bars of one symbol's files, joined in the order of their first bar; raises TapeError."""
    ordered = sorted(tables, key=lambda table: int(table.stamps[0]))
    stamps = np.concatenate([table.stamps for table in ordered])
    _check_order(ordered, stamps)
    bar_ms = _bar_of(symbol, ordered, stamps)
    shifts = [np.full(len(table.stamps), bar_ms if table.stamp == "close" else 0) for table in ordered]
    opens = stamps - np.concatenate(shifts)
    slots = _slots(ordered, opens, bar_ms, allow_gaps=allow_gaps)
    recorded = np.concatenate([table.prices for table in ordered], axis=1)
    turnover = np.concatenate([table.turnover for table in ordered])
    prices, filled_turnover, real = _fill(slots, recorded, turnover)
    return Series(symbol, ordered[0].file, bar_ms, int(opens[0]), prices, filled_turnover, real)


def _check_order(tables: Sequence[Table], stamps: Ints) -> None:
    steps = np.diff(stamps)
    if (steps > 0).all():
        return
    index = int((steps <= 0).argmax()) + 1
    file, row = _place(tables, index)
    if steps[index - 1] == 0:
        refuse(file, row, "timestamp", f"{iso_utc(int(stamps[index]))} is there twice; remove one row")
    refuse(
        file, row, "timestamp", f"{iso_utc(int(stamps[index]))} is earlier than the row before; sort the rows"
    )


def _place(tables: Sequence[Table], index: int) -> tuple[str, int]:
    """Return the file and row of a bar counted over all files."""
    for table in tables:
        if index < len(table.stamps):
            return table.file, table.first_row + index
        index -= len(table.stamps)
    raise IndexError(index)


def _bar_of(symbol: str, tables: Sequence[Table], stamps: Ints) -> int:
    """Return the most common step between bars."""
    if len(stamps) < _LEAST_BARS:
        file, row = _place(tables, len(stamps) - 1)
        refuse(
            file,
            row,
            "timestamp",
            f"{symbol} ends after {len(stamps)} of at least {_LEAST_BARS} bars; record more",
        )
    steps, counts = np.unique(np.diff(stamps), return_counts=True)
    return int(steps[counts.argmax()])


def _slots(tables: Sequence[Table], opens: Ints, bar_ms: int, *, allow_gaps: bool) -> Ints:
    """Return each bar's place on the grid; refuses bars beside it, and gaps unless they are allowed."""
    slots: Ints = (opens - opens[0]) // bar_ms
    beside = (opens - opens[0]) % bar_ms
    if beside.any():
        file, row = _place(tables, int((beside != 0).argmax()))
        refuse(
            file,
            row,
            "timestamp",
            f"the time is not on the grid of {bar_ms} ms bars; correct or remove the row",
        )
    missing = np.diff(slots) - 1
    if missing.any() and not allow_gaps:
        index = int((missing > 0).argmax())
        file, row = _place(tables, index + 1)
        refuse(
            file,
            row,
            "timestamp",
            f"{int(missing[index])} bars are missing before it; record them or allow gaps",
        )
    if int(slots[-1]) >= MOST_FILLED * len(slots):
        file, row = _place(tables, int(missing.argmax()) + 1)
        refuse(
            file, row, "timestamp", "more than half of the bars are missing; correct the time or record again"
        )
    return slots


def _fill(slots: Ints, recorded: Ints, turnover: Ints) -> tuple[Ints, Ints, Ints]:
    """Return prices, turnover and the last recorded bar of every slot; gaps hold the previous close."""
    real = np.full(int(slots[-1]) + 1, -1, dtype=np.int64)
    real[slots] = slots
    real = np.maximum.accumulate(real)
    source = np.searchsorted(slots, real)
    there = real == np.arange(len(real))
    prices: Ints = np.where(there, recorded[:, source], recorded[3, source])
    return prices, np.where(there, turnover[source], 0), real


def align(all_series: Sequence[Series]) -> tuple[Series, ...]:
    """Return the series on their common range; raises TapeError where bars differ or nothing is common."""
    first = all_series[0]
    for other in all_series[1:]:
        if other.bar_ms != first.bar_ms:
            raise TapeError(
                f"{other.file} has bars of {other.bar_ms} ms and {first.file} of {first.bar_ms} ms; "
                "record both with one timeframe"
            )
        if (other.first_ms - first.first_ms) % first.bar_ms:
            raise TapeError(
                f"{other.file} and {first.file} start their bars at different moments; "
                "record both on one grid"
            )
    start_ms = max(series.first_ms for series in all_series)
    end_ms = min(series.end_ms for series in all_series)
    if end_ms - start_ms < _LEAST_BARS * first.bar_ms:
        names = ", ".join(series.file for series in all_series)
        raise TapeError(
            f"{names} have fewer than {_LEAST_BARS} bars in common; record the same range for each"
        )
    return tuple(series.between(start_ms, end_ms) for series in all_series)
