"""The table of maintenance tiers that the program brings along: facts of a public venue, with their date.

Read once, when the first instrument is made. A table that does not add up is refused as a whole: margins and
liquidations rest on it.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from kernel.units import UnitsError, to_units
from trading.domain.tiers import Tier, check_tiers

PATH: Final = Path(__file__).parents[1] / "data" / "maintenance_tiers.toml"

_ROW: Final = 4


@lru_cache(maxsize=1)
def known_tiers() -> Mapping[str, tuple[Tier, ...]]:
    """Return symbol -> tiers of the table in the program; raises ValueError for one that does not add up."""
    return read_tiers(PATH.read_text(encoding="utf-8"))


def tiers_of(symbol: str) -> tuple[Tier, ...]:
    """Return the tiers of a symbol; none where the table does not know it."""
    return known_tiers().get(symbol, ())


def read_tiers(text: str) -> dict[str, tuple[Tier, ...]]:
    """Return symbol -> tiers of a table's text; raises ValueError that names symbol and tier."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the table of maintenance tiers is no TOML: {error}") from None
    table = document.get("tiers")
    if not isinstance(table, dict) or not all(isinstance(document.get(name), str) for name in _SAID):
        raise ValueError("the table of maintenance tiers needs a source, a date and a table [tiers]")
    return {symbol: _tiers(symbol, rows) for symbol, rows in table.items()}


_SAID: Final = ("source", "date")


def _tiers(symbol: str, rows: Any) -> tuple[Tier, ...]:
    if not isinstance(rows, list) or not rows:
        raise ValueError(f"{symbol}: the table of maintenance tiers has no row for it")
    floor = 0
    tiers: list[Tier] = []
    for number, row in enumerate(rows, start=1):
        tiers.append(_tier(f"{symbol}: tier {number}", floor, row))
        floor = tiers[-1].cap
    check_tiers(symbol, tiers)
    return tuple(tiers)


def _tier(where: str, floor: int, row: Sequence[Any]) -> Tier:
    is_proper = (
        isinstance(row, list) and len(row) == _ROW and [type(part) for part in row] == [str, str, str, int]
    )
    if not is_proper:
        raise ValueError(f"{where} must be a cap, a rate and an amount as texts, and a leverage")
    try:
        cap, rate, amount = map(to_units, row[:3])
    except UnitsError as error:
        raise ValueError(f"{where}: {error}") from None
    return Tier(floor, cap, rate, amount, row[3])
