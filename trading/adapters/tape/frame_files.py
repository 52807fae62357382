"""Feather and Parquet recordings, read with pandas and pyarrow where they are installed."""

import importlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kernel.units import MAX_UNITS, SCALE
from trading.adapters.tape.csv_files import turnover_of
from trading.adapters.tape.numbers import ms_of_number
from trading.adapters.tape.table import PRICES, Ints, Stamp, Table, Volume, refuse
from trading.ports import TapeError

FREQTRADE_TIME: Final = "date"
"""freqtrade's name for the time column; such files stamp the open and hold base volume by definition."""


def read_frame(path: Path, stamp: Stamp, volume: Volume) -> Table:
    """Return the bars of a feather or Parquet file with columns date or timestamp, open ... volume.

    A ``date`` column means freqtrade's convention whatever ``stamp`` and ``volume`` say. Floats become the
    nearest unit. Raises TapeError.
    """
    frame = _load(path)
    time = FREQTRADE_TIME if FREQTRADE_TIME in frame.columns else "timestamp"
    for name in (time, *PRICES, "volume"):
        if name not in frame.columns:
            refuse(path.name, 1, name, "the column is missing; export it again with this name")
    if time == FREQTRADE_TIME:
        stamp, volume = "open", "base"
    prices = np.array([_units(path.name, name, frame[name]) for name in PRICES], dtype=np.int64)
    return Table(
        file=path.name,
        first_row=1,
        stamp=stamp,
        stamps=_stamps(path.name, time, frame[time]),
        prices=prices,
        turnover=_turnover(path.name, frame["volume"], prices[3], volume),
    )


def _load(path: Path) -> Any:
    try:
        importlib.import_module("pyarrow")
        pandas = importlib.import_module("pandas")
    except ImportError as error:
        raise TapeError(
            f"{path.name}: reading this format needs pyarrow; run bin/setup --with tapes"
        ) from error
    read = pandas.read_feather if path.suffix == ".feather" else pandas.read_parquet
    try:
        return read(path)
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
        reason = str(error).splitlines()[0]
        raise TapeError(f"{path.name}: {reason}; export the file again") from error


def _floats(file: str, name: str, column: Any) -> NDArray[np.float64]:
    try:
        values: NDArray[np.float64] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        refuse(file, 1, name, "the column does not hold numbers; export it again")
    wrong = ~(np.abs(values) <= MAX_UNITS / SCALE)  # also true for NaN
    if wrong.any():
        row = int(wrong.argmax())
        refuse(file, row + 1, name, f"{values[row]} is not a number in bounds; correct or remove the row")
    return values


def _units(file: str, name: str, column: Any) -> Ints:
    units: Ints = np.rint(_floats(file, name, column) * SCALE).astype(np.int64)
    return units


def _turnover(file: str, column: Any, closes: Ints, volume: Volume) -> Ints:
    if volume == "none":
        return np.zeros(len(closes), dtype=np.int64)
    volumes = _units(file, "volume", column.clip(upper=MAX_UNITS / SCALE))
    if (volumes < 0).any():
        refuse(file, int((volumes < 0).argmax()) + 1, "volume", "the volume is below zero; correct the row")
    if volume == "quote":
        return volumes
    return np.array(turnover_of(volumes.tolist(), closes.tolist()), dtype=np.int64)


def _stamps(file: str, name: str, column: Any) -> Ints:
    if column.isna().any():
        refuse(file, int(column.isna().argmax()) + 1, name, "the time is missing; correct or remove the row")
    try:
        if column.dtype.kind in "iu":
            return np.array([ms_of_number(value) for value in column.tolist()], dtype=np.int64)
        pandas = importlib.import_module("pandas")
        moments = pandas.to_datetime(column, utc=True).dt.tz_localize(None)
        stamps: Ints = moments.to_numpy(dtype="datetime64[ms]").astype(np.int64)
    except (TypeError, ValueError) as error:
        refuse(file, 1, name, f"{error}; export the column as UTC times")
    return stamps
