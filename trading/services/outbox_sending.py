"""Sending what waits: look at the switches, claim, commit, call, record. One order after another."""

from typing import Final

from django.db import transaction

from kernel.ids import derive_id
from store.bulk import insert_rows
from trading import models
from trading.domain.closings import Closing
from trading.domain.gating import SEND, WAIT
from trading.domain.order_states import (
    DENIED,
    INTENT,
    PENDING_CANCEL,
    REJECTED,
    SUBMITTING,
    UNKNOWN,
    WORKING_STATES,
)
from trading.domain.orders import ApprovedOrder, Denied
from trading.domain.terms import MARKET
from trading.domain.venue import SubmitOutcome, VenueOrder
from trading.ports import VenueError, VenueRefusedError
from trading.services.outbox import (
    approved_of,
    claim,
    deny,
    due_intents,
    may_still_leave,
    record_outcome,
    verdict_of,
)
from trading.services.outbox_desk import VENUE_TEXT, Desk, move_order, signed_position

PLAN_FIELDS: Final = (
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
    "market_ms",
    "state",
    "reason",
    "type",
    "trigger",
    "mark",
    "venue",
)


def send_intents(desk: Desk, *, reducing_only: bool = False) -> int:
    """Send every order of the account that may leave now; return how many the venue was called for.

    Where one opening on a symbol must wait, the later ones there wait with it. A venue that cannot be reached
    at all is left alone until the next ring.
    """
    sent, waiting = 0, set()
    for order_id, symbol, is_reducing in due_intents(desk):
        if (symbol in waiting or reducing_only) and not is_reducing:
            continue
        state = send_one(desk, order_id, INTENT)
        if state == WAIT:
            waiting.add(symbol)
        elif state == INTENT:
            break
        sent += state not in {"", WAIT}
    return sent


def send_one(desk: Desk, order_id: str, before: str, seen: models.Order | None = None) -> str:
    """Send one order, if it may leave; return its state after the venue's answer.

    Where it was not sent: 'wait', or '' where it never will be, or another process has it.
    ``before`` is 'intent', or 'unknown' for one that provably never arrived: same client id, and only if it
    still is as the row ``seen`` shows it. Everything slow is done before the claim.
    """
    order = seen or models.Order.objects.select_related("decision").get(id=order_id)
    approved = _prepared(desk, order, before)
    if isinstance(approved, str):
        return approved
    taken = claim(desk, order, before)
    if taken.verdict != SEND:
        return ""
    # From here on the order counts as sent, whatever happens to this process.
    outcome: SubmitOutcome | None = may_still_leave(desk, order, taken)
    if outcome is None:
        outcome = desk.venue.submit(approved, order.type, order.price, order.trigger, taken.signed_ms)
    return record_outcome(desk, order_id, outcome, taken.attempt)


def _prepared(desk: Desk, order: models.Order, before: str) -> ApprovedOrder | str:
    """Return the sealed order once the venue is ready for it; 'wait' or '' where it is not to be sent."""
    with transaction.atomic():
        verdict = verdict_of(desk, order)
    if verdict == WAIT and not order.reduce_only:
        _close_for_reversal(desk, order)
    if verdict != SEND:
        if before == INTENT and verdict != WAIT:
            deny(order.id, verdict, desk.wall_ms())
        return WAIT if verdict == WAIT else ""
    approved = approved_of(order)
    if isinstance(approved, Denied):
        if before == INTENT:
            deny(order.id, approved.breaches[0].rule, desk.wall_ms())
        return ""
    if not order.reduce_only and not _set_leverage(desk, order):
        return WAIT
    return _checked(desk, order, before, approved)


def _checked(desk: Desk, order: models.Order, before: str, approved: ApprovedOrder) -> ApprovedOrder | str:
    """Return the order if the venue's rules let it pass; what they do not let pass ends here, unsent."""
    try:
        refusal = desk.venue.check(approved, order.type, order.price, order.trigger)
    except VenueError:
        return before
    if refusal is None:
        return approved
    said = {"reason": refusal.code[:40], "venue_text": refusal.text[:VENUE_TEXT]}
    moved = move_order(order.id, before, REJECTED, refusal.code, desk.wall_ms(), seen=order, **said)
    return REJECTED if moved else ""


def _set_leverage(desk: Desk, order: models.Order) -> bool:
    try:
        desk.venue.prepare(order.symbol, order.leverage, desk.margin_mode)
    except VenueRefusedError as refusal:
        deny(order.id, "venue_refused", desk.wall_ms(), str(refusal))
        return False
    except VenueError:
        return False
    return True


def _close_for_reversal(desk: Desk, order: models.Order) -> None:
    """Close what is held on the other side first, where the decision asked for it; the opening waits."""
    held = signed_position(desk.account_id, order.symbol)
    if order.decision is None or not order.decision.reverse or held * order.side >= 0:
        return
    key = derive_id("reversal", order.id)
    closing = Closing(key, desk.account_id, order.symbol, order.side, abs(held), order.leverage, order.mark)
    write_plan(desk, "decision", closing)


def write_plan(
    desk: Desk, kind: str, plan: Closing, order_type: str = MARKET, trigger: int | None = None
) -> None:
    """Write an order that only reduces as an intent; one that is written already stays as it is."""
    what = (kind, plan.symbol, plan.side, plan.qty, max(1, plan.leverage), True)
    how = (desk.wall_ms(), INTENT, "", order_type, trigger, plan.mark, desk.venue.name)
    row = (plan.order_id, desk.feed, None, desk.account_id, *what, *how)
    with transaction.atomic():
        insert_rows(models.Order, PLAN_FIELDS, [row], ignore_existing=True)


def cancel_order(desk: Desk, order_id: str) -> None:
    """Take an order back: an intent ends here, a working one is asked for at the venue.

    One whose outcome nobody knows is left to the resolver: it cannot be cancelled before it is found. What
    came of the cancelling is told by the next look at the order.
    """
    order = models.Order.objects.get(id=order_id)
    now_ms = desk.wall_ms()
    if order.state == INTENT:
        move_order(order_id, INTENT, DENIED, "no_longer_wanted", now_ms, reason="no_longer_wanted")
    if order.state not in WORKING_STATES or order.state in {SUBMITTING, UNKNOWN}:
        return
    if order.state != PENDING_CANCEL:
        move_order(order_id, order.state, PENDING_CANCEL, "no longer wanted", now_ms)
    desk.venue.cancel(venue_order_of(order))


def venue_order_of(order: models.Order) -> VenueOrder:
    """Return our order as the venue is asked for it."""
    return VenueOrder(
        client_order_id=order.id,
        venue_order_id=order.venue_order_id,
        symbol=order.symbol,
        side=order.side,
        qty=order.qty,
        filled=order.filled,
        state=order.state,
        reduce_only=order.reduce_only,
        kind=order.type,
        price=order.price,
        trigger=order.trigger,
        updated_ms=order.sent_wall_ms or 0,
    )
