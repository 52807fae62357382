"""Orders held against the decisions they come of, the states they may take and where they may go."""

from collections import defaultdict
from typing import Any, Final

from django.db.models import Q, Sum

from kernel.ids import derive_id
from trading import models
from trading.domain.encoding import decode_proposal, decode_verdicts
from trading.domain.invalidation import encode_invalidation
from trading.domain.order_states import FILLED, NEXT, PARTIALLY_FILLED, SUBMITTING, UNKNOWN
from trading.domain.orders import ProposedOrder
from trading.domain.terms import Terms
from trading.selectors.audit_scope import Scope

CHUNK: Final = 2_000

ORDERED: Final = (
    "account_id",
    "symbol",
    "side",
    "qty",
    "leverage",
    "reduce_only",
    "stop_loss",
    "take_profit",
)
"""What an order takes over from the proposal that was approved, as it stands."""


def orders_equal_their_approved_decision(scope: Scope) -> str | None:
    """D1: an order of a decision is the sized order that every rule passed, under the derived id."""
    rows = models.Order.objects.filter(feed=scope.feed, kind="decision").select_related("decision")
    for order in rows.iterator(CHUNK):
        decision = order.decision
        proposal = decode_proposal(bytes(decision.proposal)) if decision else None
        if decision is None or decision.outcome != "approved" or proposal is None:
            return f"order {order.pk} has no approved decision"
        if not _is_leg_of(order, proposal):
            return f"order {order.pk} differs from the order its decision approved"
        leg = "close" if order.reduce_only else "entry"
        named = proposal.client_order_id if leg == _leg_of(proposal) else order.pk
        if not order.pk == named == derive_id("order", decision.pk, leg):
            return f"order {order.pk} is not named after its decision {decision.pk}"
        if not all(result.passed for result in decode_verdicts(bytes(decision.verdicts))):
            return f"order {order.pk} was executed although a rule objected"
    return None


def _leg_of(proposal: ProposedOrder) -> str:
    return "close" if proposal.reduce_only else "entry"


def _is_leg_of(order: models.Order, proposal: ProposedOrder) -> bool:
    """Return whether an order is the approved one, or the close that a reversal begins with."""
    if order.reduce_only and proposal.reverse:
        told = (order.account_id, order.symbol, order.side, order.type)
        return told == (proposal.account_id, proposal.symbol, proposal.side, Terms().kind)
    if any(getattr(order, name) != getattr(proposal, name) for name in ORDERED):
        return False
    terms = proposal.terms
    how = (encode_invalidation(proposal.watch), proposal.trail, *_how(terms))
    return how == (order.watch, order.trail, order.type, order.price, order.time_in_force, order.post_only)


def _how(terms: Terms) -> tuple[Any, ...]:
    return terms.kind, terms.price, terms.time_in_force, terms.post_only


def no_leg_was_sent_twice(scope: Scope) -> str | None:
    """D2: a decision has at most one order that opens and one that closes, both only for a reversal."""
    rows = models.Order.objects.filter(feed=scope.feed, decision__isnull=False).select_related("decision")
    legs: dict[str, set[bool]] = defaultdict(set)
    for order in rows.order_by("id").iterator(CHUNK):
        decision = order.decision
        if decision is None:
            continue
        before = legs[decision.pk]
        if order.reduce_only in before or (before and not decision.reverse):
            return f"decision {decision.pk} has more than one order"
        before.add(order.reduce_only)
    return None


def orders_are_what_was_filled_of_them(scope: Scope) -> str | None:
    """O1: an order's state can be, and what it says was filled is the sum of its fills, within its size."""
    rows = models.Order.objects.filter(feed=scope.feed).values_list("id", "state", "qty", "filled", "venue")
    sums = models.Fill.objects.filter(feed=scope.feed).values_list("order_id").annotate(total=Sum("qty"))
    fills: dict[str, int] = dict(sums)
    for order_id, state, qty, filled, venue in rows.iterator(CHUNK):
        done = fills.get(order_id, 0)
        # Orders from before the column was kept say 0 although they were filled.
        told = done if state == FILLED and not filled else filled
        problem = _state_problem(state, venue, qty, told, done)
        if problem:
            return f"order {order_id} {problem}"
    return _step_problem(scope)


def _state_problem(state: str, venue: str, qty: int, told: int, done: int) -> str:
    if state not in NEXT:
        return f"is {state}, which no order can be"
    if max(told, done) > qty and not venue:
        return "was filled beyond its quantity"
    if told != done:
        return f"says {told} units of it were filled, its fills give {done}"
    if (state in {FILLED, PARTIALLY_FILLED} and not done) or (state in _UNFILLED and done):
        return f"is {state} but has {'fills' if done else 'no fill'}"
    return ""


_UNFILLED: Final = frozenset({"intent", "denied", SUBMITTING, "rejected"})
"""An order in one of these has no fill: a fill that comes late moves it on."""


def _step_problem(scope: Scope) -> str | None:
    """Return what is wrong with the recorded steps of orders; notes, which move nothing, are passed over."""
    rows = models.OrderStep.objects.filter(order__feed=scope.feed).select_related("order")
    reached: dict[str, str] = {}
    stands: dict[str, str] = {}
    for step in rows.order_by("id").iterator(CHUNK):
        name = step.order_id
        stands[name] = step.order.state
        if step.before == step.after:
            continue
        if step.after not in NEXT.get(step.before, ()) or reached.get(name, step.before) != step.before:
            return f"order {name} went from {step.before} to {step.after}, which no order can"
        reached[name] = step.after
    for name, state in reached.items():
        if stands[name] != state:
            return f"order {name} is {stands[name]}, but its steps end at {state}"
    return None


def only_bound_accounts_trade_at_venues(scope: Scope) -> str | None:
    """S1: no order was meant for a venue but of an account that is bound to one."""
    outside = ~Q(venue="") | ~Q(venue_order_id="") | Q(state__in=[SUBMITTING, UNKNOWN])
    rows = models.Order.objects.filter(outside, feed=scope.feed).exclude(account_id__in=scope.at_venues)
    order = rows.order_by("id").first()
    if order is None:
        return None
    return f"order {order.pk} went to a venue, but account {order.account_id} is bound to none"
