"""The outbox: which orders may leave for a venue, each once.

An order is claimed by one compare-and-swap that commits *before* the venue is called, and what the venue
said is recorded after it in another transaction. So a process that dies leaves either an intent that nobody
sent or an order in 'submitting', which is never sent again blindly: when its lease has run out it becomes
'unknown', and the resolver looks at the venue (docs/algorithms/orders.md).
"""

from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models import F, Q

from trading import models
from trading.domain.closings import NO_PROOF, Closing, approve_closing
from trading.domain.encoding import decode_proposal, decode_verdicts
from trading.domain.gating import SEND, WAIT, Gate, judge_gate
from trading.domain.levels import ACTIVE
from trading.domain.order_states import (
    ACCEPTED,
    DENIED,
    INTENT,
    REJECTED,
    SUBMITTING,
    UNKNOWN,
)
from trading.domain.orders import ApprovedOrder, Denied, Review, approve
from trading.domain.resolving import LOOK_EVERY_MS, is_young
from trading.domain.venue import Acknowledged, Refused, SubmitOutcome, Unclear
from trading.selectors import portfolio
from trading.selectors.switch import levels, levels_for_update
from trading.services.outbox_desk import (
    VENUE_TEXT,
    Desk,
    lock_account,
    move_order,
    signed_position,
)

SEND_LEASE_MS: Final = 60_000
"""Longer than any call to a venue may take; after it the sender is taken for dead."""

SYNC_MAX_AGE_MS: Final = 180_000
"""Nobody opens unless the books were found equal to the venue's this recently: so every start looks first."""

DUPLICATE: Final = "duplicate"
"""Refusal code of a venue that has an order of this client id already."""

SEND_WITHIN_MS: Final = 5_000
"""A sender that comes to its call later than this after its claim does not make it."""

_FIRST_WAIT_MS: Final = 2_000
_LONGEST_WAIT_MS: Final = 60_000


def due_intents(desk: Desk) -> list[tuple[str, str, bool]]:
    """Return the orders that wait to be sent, with symbol and whether they reduce: those first, by age."""
    now_ms = desk.wall_ms()
    waited = Q(next_look_wall_ms=None) | Q(next_look_wall_ms__lte=now_ms)
    waited |= Q(next_look_wall_ms__gt=now_ms + 2 * _LONGEST_WAIT_MS)  # written under another clock
    rows = models.Order.objects.filter(waited, account_id=desk.account_id, state=INTENT)
    due = rows.order_by("-reduce_only", "market_ms", "id")
    return list(due.values_list("id", "symbol", "reduce_only"))


def verdict_of(desk: Desk, order: models.Order) -> str:
    """Return SEND, WAIT or the code of a denial, as of now. For the caller's transaction."""
    account = lock_account(desk.account_id)
    now_ms = desk.wall_ms()
    doubts = models.Order.objects.filter(
        account_id=desk.account_id, symbol=order.symbol, state__in=[SUBMITTING, UNKNOWN]
    )
    gate = Gate(
        level=levels_for_update([desk.account_id])[desk.account_id],
        is_enabled=account.enabled,
        is_frozen=account.state != "ready",
        is_certain=is_certain(account, now_ms),
        symbol_in_doubt=doubts.exclude(id=order.id).exists(),
        held=signed_position(desk.account_id, order.symbol),
    )
    decided = order.decision
    return judge_gate(
        gate,
        side=order.side,
        is_opening=not order.reduce_only,
        is_reversal=decided is not None and decided.reverse,
        age_ms=now_ms - decided.market_ms if decided else None,
        max_age_ms=desk.max_lateness_ms,
    )


def is_certain(account: models.VenueAccount, now_ms: int) -> bool:
    """Return whether the account's books were found equal to the venue's a short while ago."""
    synced_ms = account.synced_wall_ms
    return not account.suspicion and synced_ms is not None and abs(now_ms - synced_ms) <= SYNC_MAX_AGE_MS


class Claim(NamedTuple):
    """What came of claiming an order. It is ours to send where ``verdict`` is SEND.

    ``attempt`` is the number of the sending, ``signed_ms`` the moment it is signed as of: its venue refuses
    it ``window_ms`` after that, and nobody takes it for absent before then.
    """

    verdict: str
    attempt: int = 0
    signed_ms: int = 0


def claim(desk: Desk, order: models.Order, before: str) -> Claim:
    """Take an order for sending and commit, if it still is as this row shows it.

    Every verdict but SEND means that it must not be sent: it waits, was denied, another process has it.
    """
    with transaction.atomic():
        verdict = verdict_of(desk, order)
        now_ms = desk.wall_ms()
        if verdict != SEND:
            if before == INTENT and verdict != WAIT:
                deny(order.id, verdict, now_ms)
            return Claim(verdict)
        if before == UNKNOWN and is_young(now_ms, order.sent_wall_ms or 0):
            return Claim("young")
        attempt = order.attempts + 1
        until_ms = now_ms + desk.venue.window_ms
        taken = move_order(
            order.id,
            before,
            SUBMITTING,
            f"attempt {attempt}, signed at {now_ms}, refused after {until_ms}",
            now_ms,
            seen=order,
            attempts=F("attempts") + 1,
            venue=desk.venue.name,
            position_before=signed_position(desk.account_id, order.symbol),
            absent_since_ms=None,
            sent_wall_ms=now_ms,
            lease_until_wall_ms=now_ms + SEND_LEASE_MS,
        )
        return Claim(SEND, attempt, now_ms) if taken else Claim("taken")


def may_still_leave(desk: Desk, order: models.Order, taken: Claim) -> Unclear | None:
    """Look once more, right before the call; return why nothing is sent.

    The switch may have been turned since the claim, and this process may have been stopped for so long that
    others took it for dead.
    """
    if not order.reduce_only and levels([desk.account_id])[desk.account_id] != ACTIVE:
        return Unclear("not sent: the switch was turned", sent=False)
    if abs(desk.wall_ms() - taken.signed_ms) > SEND_WITHIN_MS:
        return Unclear("not sent: too late after the claim", sent=False)
    return None


def deny(order_id: str, code: str, now_ms: int, text: str = "") -> None:
    """End an intent before the venue hears of it."""
    move_order(order_id, INTENT, DENIED, code, now_ms, reason=code, venue_text=text[:VENUE_TEXT])


def approved_of(order: models.Order) -> ApprovedOrder | Denied:
    """Return what is to be sent, sealed again from the stored decision, or from what is held now.

    The round's proof was checked when the intent was written: an intent exists only of an approved order.
    """
    held = portfolio(order.account_id).position_of(order.symbol)
    if order.decision is None:
        closing = Closing(
            order.id, order.account_id, order.symbol, order.side, order.qty, order.leverage, order.mark
        )
        return approve_closing(closing, held)
    proposal = decode_proposal(bytes(order.decision.proposal))
    review = Review(decode_verdicts(bytes(order.decision.verdicts)))
    if proposal is None or proposal.client_order_id != order.id or proposal.qty != order.qty:
        raise ValueError(f"order {order.id} is not the one its decision was approved for; look at the audit")
    return approve(proposal, review, NO_PROOF)


def record_outcome(desk: Desk, order_id: str, outcome: SubmitOutcome, attempt: int) -> str:
    """Record what the venue said of this attempt at sending; return the order's state.

    A sender that was taken for dead finds its order further on: what the resolver saw stays, and what was
    said of an earlier attempt says nothing about a later one.
    """
    now_ms = desk.wall_ms()
    with transaction.atomic():
        order = models.Order.objects.select_for_update().get(id=order_id)
        if order.attempts != attempt or order.state not in {SUBMITTING, UNKNOWN}:
            _keep_venue_id(order, outcome)
            return order.state
        after, reason, changes = _recorded(order, outcome, now_ms)
        if after != order.state:
            move_order(order_id, order.state, after, reason, now_ms, seen=order, **changes)
        elif changes:
            models.Order.objects.filter(id=order_id, state=after).update(**changes)
        return after


def _keep_venue_id(order: models.Order, outcome: SubmitOutcome) -> None:
    if isinstance(outcome, Acknowledged) and not order.venue_order_id:
        models.Order.objects.filter(id=order.id).update(venue_order_id=outcome.venue_order_id)


def _recorded(order: models.Order, outcome: SubmitOutcome, now_ms: int) -> tuple[str, str, dict[str, Any]]:
    """Return the state after an answer, why, and what else changes."""
    if isinstance(outcome, Acknowledged):
        # Our state follows the books: an order the venue calls filled works on until its fills are booked.
        changes = {"venue_order_id": outcome.venue_order_id, "reason": "", "venue_text": ""}
        return ACCEPTED, f"venue: {outcome.state}", changes
    if isinstance(outcome, Refused) and outcome.code != DUPLICATE:
        said = {"reason": outcome.code[:40], "venue_text": outcome.text[:VENUE_TEXT]}
        if order.attempts == 1:
            return REJECTED, outcome.code, said
        # The venue has refused this attempt. An earlier one may be there after all: it is looked for.
        return UNKNOWN, f"refused: {outcome.code}", {**said, **_look_at(now_ms)}
    if (
        isinstance(outcome, Unclear)
        and not outcome.sent
        and order.state == SUBMITTING
        and order.attempts == 1
    ):
        wait_ms = _FIRST_WAIT_MS
        return INTENT, outcome.reason, {"next_look_wall_ms": now_ms + wait_ms, "attempts": 0}
    reason = outcome.reason if isinstance(outcome, Unclear) else "the venue has this client id already"
    return UNKNOWN, reason, _look_at(now_ms) if order.state == SUBMITTING else {}


def _look_at(now_ms: int) -> dict[str, Any]:
    return {"next_look_wall_ms": now_ms + LOOK_EVERY_MS, "looks": 0}


def expire_leases(desk: Desk) -> int:
    """Turn the orders of dead senders into unknown ones; return how many."""
    now_ms = desk.wall_ms()
    rows = models.Order.objects.filter(account_id=desk.account_id, state=SUBMITTING)
    dead = rows.filter(
        Q(lease_until_wall_ms__lte=now_ms) | Q(lease_until_wall_ms__gt=now_ms + 2 * SEND_LEASE_MS)
    )
    found = list(dead)
    for order in found:
        changes = {"next_look_wall_ms": now_ms, "looks": 0}
        move_order(order.id, SUBMITTING, UNKNOWN, "its sender is gone", now_ms, seen=order, **changes)
    return len(found)
