"""Opening of tapes: from paths to a checked market, or one sentence that says what is wrong and where."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from trading.adapters.tape.csv_files import read_csv
from trading.adapters.tape.frame_files import read_frame
from trading.adapters.tape.funding_files import (
    RecordedRate,
    funding_beside,
    is_funding_file,
    joined,
    read_funding,
)
from trading.adapters.tape.market import TapeMarket
from trading.adapters.tape.series import align, build_series
from trading.adapters.tape.table import Stamp, Table, Volume, check_prices
from trading.ports import TapeError

_QUOTES: Final = re.compile(r"(?<=.)(USDT|USDC|BUSD|USD)$")

_READERS: Final = {".csv": read_csv, ".zip": read_csv, ".feather": read_frame, ".parquet": read_frame}

_Named = tuple[str, Path]
"""A symbol and a file of it."""


def open_tape(
    paths: Sequence[Path],
    *,
    stamp: Stamp = "open",
    volume: Volume = "none",
    allow_gaps: bool = False,
) -> TapeMarket:
    """Return the market that these recordings hold; raises TapeError before anything is played.

    A path may be written SYMBOL=path; otherwise the symbol is read from the file's name. Files of one
    symbol are joined, different symbols are played on the range they have in common. Funding is read from
    files named as such (funding_files.py), also from one that lies beside a file of candles unnamed.
    """
    named = [symbol_and_file(path) for path in paths]
    candles = [(symbol, file) for symbol, file in named if not is_funding_file(file)]
    if not candles:
        raise TapeError(f"a tape needs at least one file{' of candles' if paths else ''}; name it")
    tables: dict[str, list[Table]] = {}
    for symbol, file in candles:
        tables.setdefault(symbol, []).append(_read(file, stamp, volume))
    series = [build_series(symbol, found, allow_gaps=allow_gaps) for symbol, found in tables.items()]
    funding = _funding([item for item in named if item not in candles], candles)
    return TapeMarket(align(series), label=_label([file.name for _symbol, file in candles]), funding=funding)


def _funding(named: Sequence[_Named], candles: Sequence[_Named]) -> dict[str, tuple[RecordedRate, ...]]:
    """Return symbol -> recorded settlements; raises TapeError for a file without candles to belong to."""
    beside = [(symbol, funding_beside(file)) for symbol, file in candles]
    files = dict.fromkeys([*named, *((symbol, file) for symbol, file in beside if file is not None)])
    tables: dict[str, list[list[RecordedRate]]] = {}
    for symbol, file in files:
        if symbol not in dict(candles):
            raise TapeError(f"{file.name}: there are no candles of {symbol}; name them too, or leave it out")
        try:
            tables.setdefault(symbol, []).append(read_funding(file))
        except OSError as error:
            raise TapeError(f"{file}: {error.strerror}; check the path") from error
    return {symbol: joined(found) for symbol, found in tables.items()}


def symbol_and_file(path: Path) -> tuple[str, Path]:
    """Return the symbol a path stands for and the file to read; raises TapeError for a name without one."""
    given, equals, rest = str(path).partition("=")
    if equals and given.isascii() and given.isalnum() and not path.exists():
        return given.upper(), Path(rest)
    word = re.split(r"[-_.]", path.name, maxsplit=1)[0].upper()
    symbol = _QUOTES.sub("", word)
    if not (symbol.isascii() and symbol.isalnum()):
        raise TapeError(f"{path.name}: no symbol in the file's name; write it as SYMBOL={path.name}")
    return symbol, path


def _read(path: Path, stamp: Stamp, volume: Volume) -> Table:
    reader = _READERS.get(path.suffix)
    if reader is None:
        known = ", ".join(_READERS)
        raise TapeError(f"{path.name}: a tape is one of {known}; convert the file")
    try:
        table = reader(path, stamp, volume)
    except OSError as error:
        raise TapeError(f"{path}: {error.strerror}; check the path") from error
    check_prices(table)
    return table


def _label(names: list[str]) -> str:
    others = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"tape {names[0]}{others}"
