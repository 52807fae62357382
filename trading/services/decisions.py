"""Writes of reviewed decisions and of the intents that follow. For the caller's transaction."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from store.bulk import insert_rows, update_rows
from trading import models
from trading.domain.encoding import encode_evidence, encode_proposal, encode_verdicts
from trading.domain.invalidation import encode_invalidation
from trading.domain.orders import ApprovedOrder
from trading.domain.review import ReviewedDecision
from trading.domain.terms import encode_terms

DECISION_FIELDS: Final = (
    "id",
    "feed",
    "turn_id",
    "account",
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
    "watch",
    "evidence",
    "terms",
    "trail",
    "reverse",
    "reasoning",
    "outcome",
    "reason",
    "verdicts",
    "proposal",
)

ORDER_FIELDS: Final = (
    "id",
    "feed",
    "decision",
    "account",
    "kind",
    "symbol",
    "side",
    "qty",
    "leverage",
    "reduce_only",
    "stop_loss",
    "take_profit",
    "watch",
    "market_ms",
    "state",
    "reason",
    "type",
    "time_in_force",
    "post_only",
    "price",
    "trail",
    "mark",
    "filled",
)


class DecisionRow(NamedTuple):
    """A reviewed decision with where it belongs."""

    turn_id: str
    account_id: str
    reviewed: ReviewedDecision


def record_decisions(feed: str, slot: int, market_ms: int, rows: Sequence[DecisionRow]) -> None:
    """Store reviewed decisions with every verdict, accepted or not."""
    insert_rows(
        models.Decision, DECISION_FIELDS, [_decision_values(feed, slot, market_ms, row) for row in rows]
    )


def _decision_values(feed: str, slot: int, market_ms: int, row: DecisionRow) -> tuple[object, ...]:
    item = row.reviewed
    decision = item.decision
    return (
        item.decision_id,
        feed,
        row.turn_id,
        row.account_id,
        slot,
        market_ms,
        decision.symbol,
        decision.action.value,
        decision.size,
        decision.leverage,
        decision.stop_loss,
        decision.take_profit,
        decision.confidence,
        decision.invalidation,
        encode_invalidation(decision.watch),
        encode_evidence(decision.evidence),
        encode_terms(decision.terms),
        decision.trail,
        decision.reverse,
        decision.reasoning,
        item.outcome,
        item.reason,
        encode_verdicts(item.review),
        encode_proposal(item.order),
    )


def record_intents(feed: str, orders: Sequence[ApprovedOrder], market_ms: int) -> None:
    """Store what is about to be submitted, so that a crash after the venue's answer loses nothing."""
    rows = [
        (
            item.order.client_order_id,
            feed,
            item.order.decision_id,
            item.order.account_id,
            "decision",
            item.order.symbol,
            item.order.side,
            item.order.qty,
            item.order.leverage,
            item.order.reduce_only,
            item.order.stop_loss,
            item.order.take_profit,
            encode_invalidation(item.order.watch),
            market_ms,
            "intent",
            "",
            item.order.terms.kind,
            item.order.terms.time_in_force,
            item.order.terms.post_only,
            item.order.terms.price,
            item.order.trail,
            item.order.mark,
            0,
        )
        for item in orders
    ]
    insert_rows(models.Order, ORDER_FIELDS, rows)


def record_denials(order_ids: Sequence[str], code: str) -> None:
    """Close intents that we ourselves stop before the venue hears of them."""
    update_rows(
        models.Order, "id", ("state", "reason"), [("denied", code, order_id) for order_id in order_ids]
    )


def record_rejections(rejections: Sequence[tuple[str, str]]) -> None:
    """Close intents that the venue refused; pairs of client order id and code."""
    rows = [("rejected", code, order_id) for order_id, code in rejections]
    update_rows(models.Order, "id", ("state", "reason"), rows)
