"""Reads that let a round go on where it was left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trading import models
from trading.domain.encoding import decode_proposal, decode_verdicts
from trading.domain.orders import ProposedOrder, Review


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


def plan_fills(account_ids: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the fills of plans (stops, targets, liquidations) as FILL_FACT_FIELDS, oldest first."""
    rows = models.Fill.objects.filter(account_id__in=account_ids).exclude(kind="decision")
    return list(rows.order_by("market_ms").values_list(*FILL_FACT_FIELDS))


def book_times(feed: str) -> dict[int, int]:
    """Return slot -> market moment of its execution book."""
    return dict(models.ExecutionBook.objects.filter(feed=feed).values_list("slot", "market_ms"))
