"""One file of recorded bars, as columns of integers."""

from dataclasses import dataclass
from typing import Final, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from trading.ports import TapeError

Ints = NDArray[np.int64]

Stamp = Literal["open", "close"]
"""What a bar's timestamp means: when it opened or when it closed."""

Volume = Literal["quote", "base", "none"]
"""What the volume column holds: quote units, base units, or nothing that can be used."""

PRICES: Final = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of a file: stamps in ms, prices (four rows: open, high, low, close) and turnover in units.

    ``first_row`` is the number of the first bar's row as a person counts: the line of a CSV file, the row
    of a frame.
    """

    file: str
    first_row: int
    stamp: Stamp
    stamps: Ints
    prices: Ints
    turnover: Ints


def refuse(file: str, row: int, column: str, problem: str) -> NoReturn:
    """Raise TapeError with one sentence: file, row, column, what is wrong and the remedy."""
    raise TapeError(f"{file}, row {row}, column {column}: {problem}")


def check_prices(table: Table) -> None:
    """Refuse a table without rows, with a price at or below zero, or with a bar that crosses itself."""
    if not len(table.stamps):
        raise TapeError(
            f"{table.file}, row {table.first_row}, column timestamp: the file holds no bars; record it again"
        )
    for name, column in zip(PRICES, table.prices, strict=True):
        _check_rows(table, column <= 0, name, "the price is not above zero; correct or remove the row")
    opens, highs, lows, closes = table.prices
    too_high = lows > np.minimum(opens, closes)
    _check_rows(table, too_high, "low", "the low is above the open or the close; correct or remove the row")
    too_low = highs < np.maximum(opens, closes)
    _check_rows(table, too_low, "high", "the high is below the open or the close; correct or remove the row")


def _check_rows(table: Table, wrong: NDArray[np.bool_], column: str, problem: str) -> None:
    if wrong.any():
        refuse(table.file, table.first_row + int(wrong.argmax()), column, problem)
