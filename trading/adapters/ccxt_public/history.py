"""What a venue recorded before anybody here looked: its own one-minute candles, fetched page by page."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from kernel.time import MINUTE_MS
from trading.adapters.ccxt_public.answers import candles_from
from trading.adapters.ccxt_public.venues import fetch_bars, venue_of
from trading.adapters.tape.series import Series, build_series
from trading.adapters.tape.table import Table, check_prices
from trading.domain.market import Candle

_MOST_BARS: Final = 12_000


def fetch_series(client: Any, symbol: str, name: str, first_ms: int, until_ms: int) -> Series:
    """Return a symbol's bars that opened from ``first_ms`` on and closed until ``until_ms``.

    A minute without trades holds the last close, as in a tape with gaps. Raises ValueError or MarketError for
    bars that cannot be true, too few of them, or mostly missing ones.
    """
    candles = candles_from(_fetch_rows(client, name, first_ms, until_ms), until_ms)
    table = _table(symbol, candles)
    check_prices(table)
    series = build_series(symbol, [table], allow_gaps=True)
    if series.bar_ms != MINUTE_MS:
        raise ValueError("most minutes are missing")
    return series


def _fetch_rows(client: Any, name: str, first_ms: int, until_ms: int) -> list[Sequence[Any]]:
    """Return rows from ``first_ms`` on; a venue that keeps fewer begins later and is not asked for more."""
    rows: list[Sequence[Any]] = []
    since_ms = first_ms
    count = venue_of(client.id).page
    for _ in range(_MOST_BARS // count):
        page = [row for row in fetch_bars(client, name, since_ms, count) if row[0] >= since_ms]
        rows += page
        if not page or page[-1][0] + MINUTE_MS >= until_ms:
            break
        since_ms = page[-1][0] + MINUTE_MS
    return rows


def _table(symbol: str, candles: Sequence[Candle]) -> Table:
    columns = np.array(candles, dtype=np.int64).reshape(len(candles), len(Candle._fields)).T
    opens, prices, turnover = columns[0], columns[1:5], columns[5]
    return Table(f"candles of {symbol}", 1, "open", opens, prices, turnover)
