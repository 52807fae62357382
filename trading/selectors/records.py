"""Reads of decisions, fills and trades as frozen records."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, QuerySet

from kernel.units import SCALE, Rounding, mul_div
from trading import models
from trading.domain.encoding import decode_evidence, decode_verdicts
from trading.domain.invalidation import Invalidation, decode_invalidation
from trading.domain.orders import RuleResult
from trading.domain.terms import AT_MARKET, Terms, decode_terms


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as stored, with every rule's result."""

    id: str
    turn_id: str
    account_id: str
    slot: int
    market_ms: int
    symbol: str
    action: str
    size: int
    leverage: int
    stop_loss: int | None
    take_profit: int | None
    confidence: int
    invalidation: str
    reasoning: str
    outcome: str
    reason: str
    verdicts: tuple[RuleResult, ...]
    watch: Invalidation | None = None
    evidence: tuple[str, ...] = ()
    terms: Terms = AT_MARKET
    trail: int = 0
    reverse: bool = False


DECISION_FIELDS = (
    "id",
    "turn_id",
    "account_id",
    "slot",
    "market_ms",
    "symbol",
    "action",
    "size",
    "leverage",
    "stop_loss",
    "take_profit",
    "confidence",
    "invalidation",
    "reasoning",
    "outcome",
    "reason",
    "verdicts",
    "watch",
    "evidence",
    "terms",
    "trail",
    "reverse",
)


def decision_records(
    feed: str, *, account_id: str | None = None, before_ms: int | None = None, limit: int = 50
) -> list[DecisionRecord]:
    """Return a feed's or one account's decisions before a moment, newest first."""
    rows = models.Decision.objects.filter(feed=feed)
    rows = rows if account_id is None else models.Decision.objects.filter(account_id=account_id)
    if before_ms is not None:
        rows = rows.filter(market_ms__lt=before_ms)
    order = "-market_ms" if account_id is None else "-slot"
    return _decision_records(rows.order_by(order, "account_id", "symbol")[:limit])


def decisions_at(feed: str, market_ms: int) -> list[DecisionRecord]:
    """Return the decisions of the round at this moment, in symbol order within a turn."""
    rows = models.Decision.objects.filter(feed=feed, market_ms=market_ms)
    return _decision_records(rows.order_by("turn_id", "symbol"))


def _decision_records(rows: QuerySet[models.Decision]) -> list[DecisionRecord]:
    return [_decision_record(row) for row in rows.values_list(*DECISION_FIELDS)]


def _decision_record(row: tuple[Any, ...]) -> DecisionRecord:
    *plain, verdicts, watch, evidence, terms, trail, reverse = row
    decoded = (decode_verdicts(bytes(verdicts)), decode_invalidation(watch), decode_evidence(evidence))
    return DecisionRecord(*(*plain, *decoded, decode_terms(terms), trail, reverse))


@dataclass(frozen=True, slots=True)
class FillRecord:
    """A fill as booked; ``price`` is the average, rounded down."""

    order_id: str
    decision_id: str | None
    account_id: str
    symbol: str
    side: int
    qty: int
    notional: int
    fee: int
    pnl: int
    kind: str
    ambiguous: bool
    market_ms: int

    @property
    def price(self) -> int:
        """Average price in units."""
        return mul_div(self.notional, SCALE, self.qty, Rounding.DOWN)


FILL_FIELDS = (
    "order_id",
    "order__decision_id",
    "account_id",
    "symbol",
    "side",
    "qty",
    "notional",
    "fee",
    "pnl",
    "kind",
    "ambiguous",
    "market_ms",
)


def fill_records(
    feed: str, *, account_id: str | None = None, before_ms: int | None = None, limit: int = 50
) -> list[FillRecord]:
    """Return a feed's or one account's fills before a moment, newest first."""
    rows = models.Fill.objects.filter(feed=feed)
    rows = rows if account_id is None else models.Fill.objects.filter(account_id=account_id)
    return _fill_page(rows, before_ms, limit)


def plan_fill_records(feed: str, limit: int) -> list[FillRecord]:
    """Return the newest fills of plans: stops, targets, liquidations, invalidations."""
    return _fill_page(models.Fill.objects.filter(feed=feed).exclude(kind="decision"), None, limit)


def _fill_page(rows: QuerySet[models.Fill], before_ms: int | None, limit: int) -> list[FillRecord]:
    if before_ms is not None:
        rows = rows.filter(market_ms__lt=before_ms)
    ordered = rows.order_by("-market_ms", "account_id", "symbol")[:limit]
    return [FillRecord(*row) for row in ordered.values_list(*FILL_FIELDS)]


def fills_of_decisions(decision_ids: Sequence[str]) -> dict[str, FillRecord]:
    """Return decision -> its fill, for decisions that were filled; several stand as one at their average."""
    rows = models.Fill.objects.filter(order__decision_id__in=decision_ids).order_by("market_ms", "seq")
    found: dict[str, FillRecord] = {}
    for record in (FillRecord(*row) for row in rows.values_list(*FILL_FIELDS)):
        if record.decision_id is not None:
            before = found.get(record.decision_id)
            found[record.decision_id] = _together(before, record) if before else record
    return found


def _together(first: FillRecord, other: FillRecord) -> FillRecord:
    return replace(
        first,
        qty=first.qty + other.qty,
        notional=first.notional + other.notional,
        fee=first.fee + other.fee,
        pnl=first.pnl + other.pnl,
        ambiguous=first.ambiguous or other.ambiguous,
    )


@dataclass(frozen=True, slots=True)
class TradeRecord:
    """A closed trade."""

    symbol: str
    side: int
    opened_ms: int
    closed_ms: int
    pnl: int
    fees: int
    exit_kind: str
    funding: int


def trade_records(account_id: str, limit: int) -> list[TradeRecord]:
    """Return an account's newest closed trades."""
    names = ("symbol", "side", "opened_ms", "closed_ms", "pnl", "fees", "exit_kind", "funding")
    rows = models.ClosedTrade.objects.filter(account_id=account_id).order_by("-closed_ms", "symbol")
    return [TradeRecord(*row) for row in rows.values_list(*names)[:limit]]


def count_fills_by_round(feed: str, moments: Sequence[int]) -> dict[int, int]:
    """Return market moment of a round -> number of fills its decisions had."""
    decided = models.Decision.objects.filter(feed=feed, market_ms__in=moments)
    rows = models.Fill.objects.filter(order__decision__in=decided).values_list("order__decision__market_ms")
    return {moment: count for moment, count in rows.annotate(count=Count("id")) if moment is not None}
