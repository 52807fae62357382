"""Reads that let a round go on where it was left."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from trading import models
from trading.domain.decisions import Action, Decision
from trading.domain.encoding import decode_evidence, decode_proposal, decode_verdicts
from trading.domain.invalidation import decode_invalidation
from trading.domain.orders import ProposedOrder, Review
from trading.domain.terms import decode_terms


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


def stored_decisions(feed: str, market_ms: int) -> list[StoredDecision]:
    """Return the decisions of the round at this moment with their sized orders."""
    names = ("id", "turn_id", "symbol", "outcome", "reason", "proposal", "verdicts")
    rows = models.Decision.objects.filter(feed=feed, market_ms=market_ms).values_list(*names)
    return [_stored_decision(*row) for row in rows]


def _stored_decision(
    decision_id: str, turn_id: str, symbol: str, outcome: str, reason: str, proposal: bytes, verdicts: bytes
) -> StoredDecision:
    review = Review(decode_verdicts(bytes(verdicts)))
    return StoredDecision(
        decision_id, turn_id, symbol, outcome, reason, decode_proposal(bytes(proposal)), review
    )


def decisions_by_turn(feed: str, market_ms: int) -> dict[str, tuple[Decision, ...]]:
    """Return turn -> its decisions as they were asked for, in symbol order, of the round at this moment."""
    names = ("action", "symbol", "size", "leverage", "stop_loss", "take_profit", "confidence")
    words = ("invalidation", "reasoning")
    rows = models.Decision.objects.filter(feed=feed, market_ms=market_ms).order_by("turn_id", "symbol")
    found: dict[str, list[Decision]] = {}
    columns = ("watch", "evidence", "terms", "trail", "reverse", "turn_id", *names, *words)
    for watch, evidence, terms, trail, reverse, turn_id, action, *asked in rows.values_list(*columns):
        asked += [decode_invalidation(watch), decode_evidence(evidence), decode_terms(terms), trail, reverse]
        found.setdefault(turn_id, []).append(Decision(Action(action), *asked))
    return {turn_id: tuple(decisions) for turn_id, decisions in found.items()}


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
    "penalty",
)


def fills_decided_at(feed: str, market_ms: int) -> list[tuple[Any, ...]]:
    """Return the fills of the decisions of the round at this moment as tuples of FILL_FACT_FIELDS.

    Those at real venues are left out, here and below: they come when the venue tells of them.
    """
    decided = models.Fill.objects.filter(
        kind="decision", order__decision__feed=feed, order__decision__market_ms=market_ms
    ).exclude(account_id__in=_at_venues(feed))
    return list(decided.values_list(*FILL_FACT_FIELDS))


def plan_fills(feed: str) -> list[tuple[Any, ...]]:
    """Return the fills between rounds (plans, orders that rested) as FILL_FACT_FIELDS, oldest first."""
    rows = models.Fill.objects.filter(feed=feed).exclude(kind="decision")
    rows = rows.exclude(account_id__in=_at_venues(feed))
    return list(rows.order_by("market_ms").values_list(*FILL_FACT_FIELDS))


FUNDING_FACT_FIELDS = ("account_id", "symbol", "lifecycle", "amount", "covered", "margin_change", "market_ms")


def funding_facts(feed: str) -> list[tuple[Any, ...]]:
    """Return every settlement of funding of a feed's paper as FUNDING_FACT_FIELDS, oldest first."""
    rows = models.FundingPayment.objects.filter(feed=feed).exclude(account_id__in=_at_venues(feed))
    return list(rows.order_by("market_ms").values_list(*FUNDING_FACT_FIELDS))


def _at_venues(feed: str) -> QuerySet[models.VenueAccount, str]:
    return models.VenueAccount.objects.filter(feed=feed).values_list("account_id", flat=True)


def book_times(feed: str) -> dict[int, int]:
    """Return slot -> market moment of its execution book."""
    return dict(models.ExecutionBook.objects.filter(feed=feed).values_list("slot", "market_ms"))


def open_intents(feed: str, market_ms: int) -> set[str]:
    """Return the ids of the decided orders of this moment that still wait for the venue."""
    rows = models.Order.objects.filter(feed=feed, state="intent", market_ms=market_ms)
    return set(rows.values_list("id", flat=True))
