"""Settlements of funding as a venue records them, and how often each symbol has one."""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from kernel.time import HOUR_MS, MINUTE_MS, iso_utc
from kernel.units import float_to_units
from trading.adapters.ccxt_public.answers import MAX_AGE_MS, candles_from, check_jump, price_of
from trading.adapters.ccxt_public.venues import fetch_bars
from trading.adapters.tape.funding_files import RecordedRate
from trading.domain.funding import FundingRate
from trading.domain.funding_rates import check_funding_rate

TOLD_WITHIN_MS: Final = 2 * MINUTE_MS
"""How long after a settlement it is waited for: venues tell it some seconds late, or not at all."""

_MOST_ROWS: Final = 500
_HOURS: Final = re.compile(r"([1-9]\d?)h")


def fetch_intervals(client: Any, names: Sequence[str]) -> dict[str, int]:
    """Return market name -> milliseconds between two settlements, for those the venue tells."""
    if client.has.get("fetchFundingIntervals"):
        told = client.fetch_funding_intervals(list(names))
    else:
        told = {name: client.fetch_funding_rate(name) for name in names}
    found = {name: _HOURS.fullmatch(str((told.get(name) or {}).get("interval"))) for name in names}
    return {name: int(match[1]) * HOUR_MS for name, match in found.items() if match}


def has_whole_hour(after_ms: int, until_ms: int) -> bool:
    """Return whether a settlement can lie in (after_ms, until_ms]: every venue settles at whole hours."""
    return until_ms // HOUR_MS > after_ms // HOUR_MS


class Asked(NamedTuple):
    """Who is asked for what: the client, our symbol, its market there, and the time it is now."""

    client: Any
    symbol: str
    name: str
    now_ms: int


def fetch_settlements(asked: Asked, span: tuple[int, int], interval_ms: int) -> list[FundingRate]:
    """Return the settlements recorded in (after, until], each on the venue's mark or the price of its minute.

    Raises ValueError or TypeError for a row that cannot be true, and while one that is due is not told yet.
    """
    rows = fetch_rows(asked, span)
    _check_told(rows, interval_ms, span, asked.now_ms)
    return [_settlement(asked, row) for row in rows]


def fetch_rows(asked: Asked, span: tuple[int, int]) -> list[RecordedRate]:
    """Return what the venue recorded in (after, until], oldest first; raises as ``fetch_settlements``."""
    after_ms, until_ms = span
    since_ms = (after_ms // HOUR_MS + 1) * HOUR_MS
    rows = asked.client.fetch_funding_rate_history(asked.name, since_ms, _MOST_ROWS)
    found: dict[int, RecordedRate] = {}
    for row in rows:
        rate = _rate_from(row, asked)
        if after_ms < rate.market_ms <= until_ms:
            found[rate.market_ms] = rate
    return [found[moment] for moment in sorted(found)]


def rate_of(value: Any) -> int:
    """Return a rate of funding in units; refuses NaN, infinity and what no venue pays."""
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a rate")
    rate = float_to_units(value)
    check_funding_rate(rate)
    return rate


def _rate_from(row: dict[str, Any], asked: Asked) -> RecordedRate:
    if row.get("symbol") != asked.name:
        raise ValueError(f"the funding is of {row.get('symbol')!r}, not of {asked.name}")
    stamp = row.get("timestamp")
    if type(stamp) is not int:
        raise TypeError("a settlement has no time")
    if stamp - asked.now_ms > MAX_AGE_MS:
        raise ValueError(f"the funding is from the future: it is of {iso_utc(stamp)}")
    rate = rate_of(row.get("fundingRate"))
    mark = row["info"].get("markPrice")
    # Venues stamp a settlement some milliseconds late; the instant it is meant for is the whole minute.
    return RecordedRate(stamp // MINUTE_MS * MINUTE_MS, rate, price_of(float(mark)) if mark else None)


def _check_told(rows: Sequence[RecordedRate], interval_ms: int, span: tuple[int, int], now_ms: int) -> None:
    """Raise ValueError where a settlement is due, young and not told yet: it must not be missed."""
    told = {row.market_ms for row in rows}
    after_ms, until_ms = span
    for number in range(after_ms // interval_ms + 1, until_ms // interval_ms + 1):
        due_ms = number * interval_ms
        if due_ms not in told and now_ms - due_ms <= TOLD_WITHIN_MS:
            raise ValueError(f"the settlement of {iso_utc(due_ms)} is not told yet")


def _settlement(asked: Asked, row: RecordedRate) -> FundingRate:
    price = _fetch_price_at(asked, row.market_ms)
    if row.mark is not None:
        check_jump(row.mark, price)
    return FundingRate(asked.symbol, row.market_ms, row.rate, row.mark or price)


def _fetch_price_at(asked: Asked, market_ms: int) -> int:
    """Return the close of the minute that ended at this moment; raises ValueError where there is none."""
    rows = fetch_bars(asked.client, asked.name, market_ms - MINUTE_MS, 1)
    for candle in candles_from(rows, market_ms):
        if candle.open_ms == market_ms - MINUTE_MS:
            return candle.close
    raise ValueError(f"there is no price of {iso_utc(market_ms)}")
