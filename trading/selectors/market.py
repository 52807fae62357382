"""Reads of what was recorded of the market: blobs, snapshots, books, ticks, instruments, rule books."""

import json
import zlib
from collections.abc import Collection, Iterable
from typing import Final

from trading import models
from trading.domain.encoding import decode_book, decode_snapshot, decode_tick
from trading.domain.funding import FundingRate
from trading.domain.funding_rates import in_order
from trading.domain.instruments import Instrument
from trading.domain.market import ExecutionBook, MarketSnapshot, Tick
from trading.domain.rules import RuleBook, rule_book_from
from trading.domain.spans import LastPrice
from trading.domain.tiers import decode_tiers

LOOK_BACK: Final = 8
"""Ticks read at once while looking for a symbol's last price."""


def blob_body(sha256: str) -> bytes:
    """Return the uncompressed bytes of a blob; raises Blob.DoesNotExist for an unknown hash."""
    blob = models.Blob.objects.get(sha256=sha256)
    body = bytes(blob.body)
    return zlib.decompress(body) if blob.codec == "zlib" else body


def blob_bodies(hashes: Iterable[str]) -> dict[str, bytes]:
    """Return hash -> uncompressed bytes."""
    found = models.Blob.objects.filter(sha256__in=set(hashes)).values_list("sha256", "codec", "body")
    return {
        sha: zlib.decompress(bytes(body)) if codec == "zlib" else bytes(body) for sha, codec, body in found
    }


def snapshot(sha256: str) -> MarketSnapshot:
    """Return a frozen snapshot by its hash."""
    return decode_snapshot(blob_body(sha256))


def execution_book(sha256: str) -> ExecutionBook:
    """Return a frozen execution book by its hash."""
    return decode_book(blob_body(sha256))


def rule_book(sha256: str) -> RuleBook:
    """Return a rule book by its hash."""
    return rule_book_from(json.loads(blob_body(sha256)))


def instruments(feed: str) -> dict[str, Instrument]:
    """Return the instruments of a feed by symbol."""
    names = (
        "symbol",
        "tick",
        "lot",
        "min_notional",
        "taker_fee",
        "maker_fee",
        "maintenance_rate",
        "max_leverage",
        "tiers",
        "funding_interval_ms",
    )
    rows = models.Instrument.objects.filter(feed=feed).values_list(*names)
    return {row[0]: Instrument(*(*row[:-2], decode_tiers(row[-2]), row[-1])) for row in rows}


def ticks(feed: str, after_ms: int, until_ms: int) -> list[Tick]:
    """Return recorded ticks with after_ms < market_ms <= until_ms, oldest first."""
    rows = models.Tick.objects.filter(feed=feed, market_ms__gt=after_ms, market_ms__lte=until_ms)
    return [decode_tick(bytes(body)) for body in rows.order_by("market_ms").values_list("body", flat=True)]


def funding_rates(feed: str, after_ms: int, until_ms: int) -> list[FundingRate]:
    """Return recorded settlements with after_ms < market_ms <= until_ms, oldest first, then by symbol."""
    rows = models.FundingRate.objects.filter(feed=feed, market_ms__gt=after_ms, market_ms__lte=until_ms)
    names = ("symbol", "market_ms", "rate", "mark")
    # Sorted here: databases collate names each in their own way.
    return sorted((FundingRate(*row) for row in rows.values_list(*names)), key=in_order)


def last_prices(feed: str, until_ms: int, symbols: Collection[str], after_ms: int) -> dict[str, LastPrice]:
    """Return each symbol's newest close in recorded ticks with after_ms < market_ms <= until_ms.

    Almost always one row is read; a tick that lacks a symbol has it looked for further back.
    """
    rows = models.Tick.objects.filter(feed=feed, market_ms__gt=after_ms, market_ms__lte=until_ms)
    newest = rows.order_by("-market_ms").values_list("body", flat=True)
    found: dict[str, LastPrice] = {}
    for body in newest.iterator(chunk_size=LOOK_BACK):
        tick = decode_tick(bytes(body))
        for part in tick.symbols:
            found.setdefault(part.symbol, LastPrice(tick.market_ms, part.close, part.spread))
        if found.keys() >= set(symbols):
            break
    return found


def latest_tick(feed: str) -> Tick | None:
    """Return the newest recorded tick."""
    row = models.Tick.objects.filter(feed=feed).order_by("-market_ms").values_list("body", flat=True).first()
    return decode_tick(bytes(row)) if row is not None else None


def first_tick_since(feed: str, since_ms: int) -> Tick | None:
    """Return the first tick recorded at or after a moment."""
    rows = models.Tick.objects.filter(feed=feed, market_ms__gte=since_ms).order_by("market_ms")
    body = rows.values_list("body", flat=True).first()
    return decode_tick(bytes(body)) if body is not None else None
