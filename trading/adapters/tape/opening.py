"""Opening of tapes: from paths to a checked market, or one sentence that says what is wrong and where."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from trading.adapters.tape.csv_files import read_csv
from trading.adapters.tape.frame_files import read_frame
from trading.adapters.tape.market import TapeMarket
from trading.adapters.tape.series import align, build_series
from trading.adapters.tape.table import Stamp, Table, Volume, check_prices
from trading.ports import TapeError

_QUOTES: Final = re.compile(r"(?<=.)(USDT|USDC|BUSD|USD)$")

_READERS: Final = {".csv": read_csv, ".zip": read_csv, ".feather": read_frame, ".parquet": read_frame}


def open_tape(
    paths: Sequence[Path],
    *,
    stamp: Stamp = "open",
    volume: Volume = "none",
    allow_gaps: bool = False,
) -> TapeMarket:
    """Return the market that these recordings hold; raises TapeError before anything is played.

    A path may be written SYMBOL=path; otherwise the symbol is read from the file's name. Files of one
    symbol are joined, different symbols are played on the range they have in common.
    """
    if not paths:
        raise TapeError("a tape needs at least one file; name it")
    tables: dict[str, list[Table]] = {}
    for path in paths:
        symbol, file = symbol_and_file(path)
        tables.setdefault(symbol, []).append(_read(file, stamp, volume))
    series = [build_series(symbol, found, allow_gaps=allow_gaps) for symbol, found in tables.items()]
    return TapeMarket(align(series), label=_label([symbol_and_file(path)[1].name for path in paths]))


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
