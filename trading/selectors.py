"""Reads of the market, portfolios, decisions and fills as frozen values."""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from accounts.selectors import balances
from kernel.time import DAY_MS, HOUR_MS
from trading import models
from trading.domain.encoding import (
    decode_book,
    decode_proposal,
    decode_snapshot,
    decode_tick,
    decode_verdicts,
)
from trading.domain.instruments import Instrument
from trading.domain.market import ExecutionBook, MarketSnapshot, Tick
from trading.domain.orders import ProposedOrder, Review
from trading.domain.positions import Portfolio, Position
from trading.domain.rules import RuleBook, rule_book_from

POSITION_FIELDS = (
    "account_id",
    "symbol",
    "side",
    "qty",
    "entry_cost",
    "margin",
    "leverage",
    "stop_loss",
    "take_profit",
    "opened_ms",
    "lifecycle",
    "realised",
    "fees",
)


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
    )
    rows = models.Instrument.objects.filter(feed=feed).values_list(*names)
    return {row[0]: Instrument(*row) for row in rows}


def ticks(feed: str, after_ms: int, until_ms: int) -> list[Tick]:
    """Return recorded ticks with after_ms < market_ms <= until_ms, oldest first."""
    rows = models.Tick.objects.filter(feed=feed, market_ms__gt=after_ms, market_ms__lte=until_ms)
    return [decode_tick(bytes(body)) for body in rows.order_by("market_ms").values_list("body", flat=True)]


def latest_tick(feed: str) -> Tick | None:
    """Return the newest recorded tick."""
    row = models.Tick.objects.filter(feed=feed).order_by("-market_ms").values_list("body", flat=True).first()
    return decode_tick(bytes(row)) if row is not None else None


def open_positions(account_ids: Sequence[str] | None = None) -> dict[str, tuple[Position, ...]]:
    """Return account -> open positions by symbol order; all accounts if none are named."""
    rows = models.Position.objects.filter(qty__gt=0)
    if account_ids is not None:
        rows = rows.filter(account_id__in=account_ids)
    grouped: dict[str, list[Position]] = {}
    for row in rows.order_by("account_id", "symbol").values_list(*POSITION_FIELDS):
        grouped.setdefault(row[0], []).append(Position(*row))
    return {account: tuple(found) for account, found in grouped.items()}


def portfolios(account_ids: Sequence[str]) -> dict[str, Portfolio]:
    """Return account -> portfolio from the books and the position table."""
    money = balances(account_ids)
    positions = open_positions(account_ids)
    return {
        account: Portfolio(
            account, money[account].available, money[account].reserved, positions.get(account, ())
        )
        for account in account_ids
    }


def last_lifecycles(account_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return (account, symbol) -> number of the newest trade, for accounts that ever traded the symbol."""
    rows = models.Position.objects.filter(account_id__in=account_ids)
    return {
        (account, symbol): cycle
        for account, symbol, cycle in rows.values_list("account_id", "symbol", "lifecycle")
    }


def open_counts(market_ms: int) -> dict[str, tuple[int, int]]:
    """Return account -> (opening orders filled in the last hour, in the last day)."""
    opened = Q(market_ms__gt=market_ms - HOUR_MS)
    rows = (
        models.Order.objects.filter(state="filled", reduce_only=False, market_ms__gt=market_ms - DAY_MS)
        .values_list("account_id")
        .annotate(day=Count("id"), hour=Count("id", filter=opened))
    )
    return {account: (hour, day) for account, day, hour in rows}


def trading_level() -> str:
    """Return the global switch: 'active', 'reducing' or 'halted'."""
    row = models.TradingState.objects.filter(id="global").values_list("level", flat=True).first()
    return row or "active"


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as stored, enough to go on with its round."""

    id: str
    turn_id: str
    symbol: str
    outcome: str
    reason: str
    proposal: ProposedOrder | None
    review: Review

    @property
    def failed_rules(self) -> tuple[str, ...]:
        """The rules that object."""
        return tuple(result.rule for result in self.review.breaches)


def stored_decisions(turn_ids: Sequence[str]) -> list[StoredDecision]:
    """Return the decisions of these turns with their sized orders."""
    names = ("id", "turn_id", "symbol", "outcome", "reason", "proposal", "verdicts")
    rows = models.Decision.objects.filter(turn_id__in=turn_ids).values_list(*names)
    return [_stored_decision(*row) for row in rows]


def _stored_decision(
    decision_id: str, turn_id: str, symbol: str, outcome: str, reason: str, proposal: bytes, verdicts: bytes
) -> StoredDecision:
    review = Review(decode_verdicts(bytes(verdicts)))
    return StoredDecision(
        decision_id, turn_id, symbol, outcome, reason, decode_proposal(bytes(proposal)), review
    )


def intents(order_ids: Sequence[str]) -> dict[str, str]:
    """Return order id -> state of those orders that are written."""
    return dict(models.Order.objects.filter(id__in=order_ids).values_list("id", "state"))


FILL_FACT_FIELDS = (
    "account_id",
    "symbol",
    "lifecycle",
    "kind",
    "side",
    "qty",
    "notional",
    "fee",
    "pnl",
    "covered",
    "margin_change",
    "market_ms",
    "ambiguous",
)


def fills_of_orders(order_ids: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the fills of these orders as tuples of FILL_FACT_FIELDS."""
    return list(models.Fill.objects.filter(order_id__in=order_ids).values_list(*FILL_FACT_FIELDS))
