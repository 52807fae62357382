"""CSV recordings: our own columns, and the klines of Binance's public data, plain or zipped."""

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from kernel.units import MAX_UNITS, SCALE
from trading.adapters.tape.numbers import ms_of, units_of
from trading.adapters.tape.table import PRICES, Ints, Stamp, Table, Volume, refuse
from trading.ports import TapeError

HEADER: Final = ["timestamp", "open", "high", "low", "close", "volume"]

BINANCE_HEADER: Final = [
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
    "quote_volume",
    "count",
    "taker_buy_volume",
    "taker_buy_quote_volume",
    "ignore",
]

_QUOTE_VOLUME: Final = 7


class Sheet(NamedTuple):
    """Rows of a file under their column names; ``first_row`` is the line of the first."""

    file: str
    header: list[str]
    first_row: int
    rows: list[list[str]]

    def column(self, index: int, parse: Callable[[str], int]) -> list[int]:
        """Return one column parsed; refuses the first value that cannot be."""
        try:
            return [parse(row[index]) for row in self.rows]
        except ValueError:
            self._refuse_first(index, parse)
            raise

    def _refuse_first(self, index: int, parse: Callable[[str], int]) -> None:
        for number, row in enumerate(self.rows, self.first_row):
            try:
                parse(row[index])
            except ValueError as error:
                refuse(self.file, number, self.header[index], f"{error}; correct or remove the row")


def read_csv(path: Path, stamp: Stamp, volume: Volume) -> Table:
    """Return the bars of a CSV file or a zip that holds one; raises TapeError.

    Binance's klines say themselves what their columns mean, so ``stamp`` and ``volume`` do not touch them.
    """
    sheet = _sheet_of(path.name, _text_of(path))
    _check_widths(sheet)
    if sheet.header is BINANCE_HEADER:
        stamp = "open"
        turnover = sheet.column(_QUOTE_VOLUME, _volume_of)
    else:
        turnover = [0] * len(sheet.rows) if volume == "none" else sheet.column(5, _volume_of)
    prices = [sheet.column(index, units_of) for index in range(1, 5)]
    if sheet.header is HEADER and volume == "base":
        turnover = turnover_of(turnover, prices[3])
    return Table(
        file=sheet.file,
        first_row=sheet.first_row,
        stamp=stamp,
        stamps=_ints(sheet.column(0, ms_of)),
        prices=np.array(prices, dtype=np.int64).reshape(len(PRICES), -1),
        turnover=_ints(turnover),
    )


def turnover_of(volumes: Sequence[int], closes: Sequence[int]) -> list[int]:
    """Return volumes in base units as turnover in USDT units, at the close of each bar."""
    return [min(volume * close // SCALE, MAX_UNITS) for volume, close in zip(volumes, closes, strict=True)]


def _volume_of(text: str) -> int:
    """Return a volume; a day of a large market may be out of bounds and is cut: it only scales a book."""
    units = min(units_of(text), MAX_UNITS)
    if units < 0:
        raise ValueError(f"{text!r} is below zero")
    return units


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _text_of(path: Path) -> str:
    body = _bytes_of(path)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = body.count(b"\n", 0, error.start) + 1
        raise TapeError(f"{path.name}, row {row}: this is not UTF-8 text; record the file again") from error


def _bytes_of(path: Path) -> bytes:
    if path.suffix != ".zip":
        return path.read_bytes()
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".csv")]
            if len(names) != 1:
                raise TapeError(
                    f"{path.name}: a zipped tape holds one .csv file, this one {len(names)}; unpack it"
                )
            return archive.read(names[0])
    except (zipfile.BadZipFile, zlib.error, RuntimeError) as error:  # the last: encrypted, unknown method
        raise TapeError(f"{path.name}: {error}; download the file again") from error


def read_sheet(path: Path, headers: Sequence[list[str]]) -> Sheet:
    """Return the rows of a file that begins with one of these headers; raises TapeError for any other."""
    rows = _rows_of(path.name, _text_of(path), headers[0][0])
    found = [field.strip().lower() for field in rows[0]]
    wanted = next((header for header in headers if header == found), headers[0])
    _check_header(path.name, found, wanted)
    sheet = Sheet(path.name, wanted, 2, rows[1:])
    _check_widths(sheet)
    return sheet


def _rows_of(file: str, text: str, first_column: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise TapeError(f"{file}: {error}; record the file again") from error
    while rows and not rows[-1]:
        rows.pop()
    if not rows:
        refuse(file, 1, first_column, "the file is empty; record it again")
    return rows


def _sheet_of(file: str, text: str) -> Sheet:
    rows = _rows_of(file, text, HEADER[0])
    first = [field.strip().lower() for field in rows[0]] or [""]
    if first[0].isdecimal() and len(first) == len(BINANCE_HEADER):
        return Sheet(file, BINANCE_HEADER, 1, rows)
    wanted = BINANCE_HEADER if first[0] == BINANCE_HEADER[0] else HEADER
    _check_header(file, first, wanted)
    return Sheet(file, wanted, 2, rows[1:])


def _check_header(file: str, found: list[str], wanted: list[str]) -> None:
    for index, name in enumerate(wanted):
        actual = found[index] if index < len(found) else ""
        if actual != name:
            refuse(file, 1, name, f"the header says {actual!r}; write it as {','.join(wanted)}")
    if len(found) > len(wanted):
        refuse(file, 1, found[len(wanted)], f"the header goes on after {','.join(wanted)}; remove the column")


def _check_widths(sheet: Sheet) -> None:
    width = len(sheet.header)
    for number, row in enumerate(sheet.rows, sheet.first_row):
        if len(row) != width:
            column = sheet.header[min(len(row), width - 1)]
            refuse(
                sheet.file, number, column, f"the row has {len(row)} of {width} fields; record the row again"
            )
