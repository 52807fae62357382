"""Funding recorded beside candles: our own columns, and the funding rates of Binance's public data."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from kernel.time import MINUTE_MS, iso_utc
from trading.adapters.tape.csv_files import Sheet, read_sheet
from trading.adapters.tape.numbers import ms_of, units_of
from trading.adapters.tape.table import refuse
from trading.domain.funding_rates import check_funding_rate
from trading.domain.instruments import FUNDING_INTERVAL_MS

HEADER: Final = ["timestamp", "rate"]
HEADER_WITH_MARK: Final = ["timestamp", "rate", "mark"]
BINANCE_HEADER: Final = ["calc_time", "funding_interval_hours", "last_funding_rate"]

SUFFIX: Final = ".funding.csv"

_NAME: Final = re.compile(r"\.funding\.csv$|-fundingRate-.*\.(csv|zip)$")


class RecordedRate(NamedTuple):
    """One settlement of a file; ``mark`` is None where the file does not say it."""

    market_ms: int
    rate: int
    mark: int | None


def is_funding_file(path: Path) -> bool:
    """Return whether a file's name says that it holds funding and no candles."""
    return _NAME.search(path.name) is not None


def funding_beside(candles: Path) -> Path | None:
    """Return the funding file that lies beside a file of candles under the same name, if one does."""
    beside = candles.with_suffix(SUFFIX)
    return beside if beside.is_file() else None


def read_funding(path: Path) -> list[RecordedRate]:
    """Return the settlements of a file, oldest first; raises TapeError: file, row, column, remedy.

    A moment is taken down to its minute: venues stamp a settlement some milliseconds late.
    """
    sheet = read_sheet(path, (HEADER, HEADER_WITH_MARK, BINANCE_HEADER))
    rate_column = len(BINANCE_HEADER) - 1 if sheet.header == BINANCE_HEADER else 1
    has_marks = sheet.header == HEADER_WITH_MARK
    marks: Sequence[int | None] = sheet.column(2, _mark_of) if has_marks else [None] * len(sheet.rows)
    stamps, rates = sheet.column(0, _minute_of), sheet.column(rate_column, _rate_of)
    _check_order(sheet, stamps)
    return [RecordedRate(*row) for row in zip(stamps, rates, marks, strict=True)]


def joined(tables: Sequence[list[RecordedRate]]) -> tuple[RecordedRate, ...]:
    """Return the settlements of several files of one symbol, each moment once, oldest first."""
    found: dict[int, RecordedRate] = {}
    for rate in (rate for table in tables for rate in table):
        found.setdefault(rate.market_ms, rate)
    return tuple(found[moment] for moment in sorted(found))


def interval_of(rates: Sequence[RecordedRate]) -> int:
    """Return the most common time between two settlements; the usual one where there are fewer than two."""
    steps = Counter(later.market_ms - earlier.market_ms for earlier, later in pairwise(rates))
    return steps.most_common(1)[0][0] if steps else FUNDING_INTERVAL_MS


def _minute_of(text: str) -> int:
    return ms_of(text) // MINUTE_MS * MINUTE_MS


def _rate_of(text: str) -> int:
    rate = units_of(text)
    check_funding_rate(rate)
    return rate


def _mark_of(text: str) -> int:
    mark = units_of(text)
    if mark <= 0:
        raise ValueError(f"{text!r} is not a price above zero")
    return mark


def _check_order(sheet: Sheet, stamps: Sequence[int]) -> None:
    for number, (earlier, later) in enumerate(pairwise(stamps), start=sheet.first_row + 1):
        if later <= earlier:
            problem = "there twice; remove one row" if later == earlier else "out of order; sort the rows"
            refuse(sheet.file, number, sheet.header[0], f"{iso_utc(later)} is {problem}")
