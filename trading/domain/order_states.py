"""The life of an order: every state, every step between two of them, and nothing else.

    intent ─┬─ denied                     ours, before the venue hears of it
            ├─ filled | accepted | ...    the paper venue answers at once
            └─ submitting ─┬─ accepted ── partially_filled ── filled
                           ├─ rejected                        the venue's own words
                           └─ unknown ── (resolver) ──        accepted | ... | rejected | submitting (again)

A late fill is real: a canceled, expired or rejected order whose fill arrives afterwards becomes filled, and
one that rests at its venue after all is accepted again. Only an order that was never sent (denied) can never
fill. Steps that are not in ``NEXT`` raise.
"""

from typing import Final

INTENT: Final = "intent"
SUBMITTING: Final = "submitting"
UNKNOWN: Final = "unknown"
ACCEPTED: Final = "accepted"
TRIGGERED: Final = "triggered"
PARTIALLY_FILLED: Final = "partially_filled"
PENDING_CANCEL: Final = "pending_cancel"
FILLED: Final = "filled"
CANCELED: Final = "canceled"
EXPIRED: Final = "expired"
REJECTED: Final = "rejected"
DENIED: Final = "denied"

_ENDS: Final = {FILLED, CANCELED, EXPIRED, REJECTED}
_WORKING: Final = {ACCEPTED, TRIGGERED, PARTIALLY_FILLED, PENDING_CANCEL}

NEXT: Final = {
    INTENT: _ENDS | {DENIED, SUBMITTING, ACCEPTED, PARTIALLY_FILLED},
    SUBMITTING: _ENDS | _WORKING | {UNKNOWN, INTENT},
    UNKNOWN: _ENDS | _WORKING | {SUBMITTING},
    ACCEPTED: _ENDS | _WORKING - {ACCEPTED} | {UNKNOWN},
    TRIGGERED: _ENDS | {PARTIALLY_FILLED, PENDING_CANCEL, UNKNOWN},
    PARTIALLY_FILLED: _ENDS - {REJECTED} | {PARTIALLY_FILLED, PENDING_CANCEL, UNKNOWN},
    PENDING_CANCEL: _ENDS - {REJECTED} | {ACCEPTED, PARTIALLY_FILLED, UNKNOWN},
    CANCELED: {PARTIALLY_FILLED, FILLED, ACCEPTED},
    EXPIRED: {PARTIALLY_FILLED, FILLED, ACCEPTED},
    REJECTED: {PARTIALLY_FILLED, FILLED, ACCEPTED},
    FILLED: frozenset[str](),
    DENIED: frozenset[str](),
}
"""State -> the states that may follow. INTENT after SUBMITTING is a call that provably never left us."""

OPEN_STATES: Final = frozenset({INTENT, SUBMITTING, UNKNOWN} | _WORKING)
"""An order in one of these may still do something at a venue."""

RESTING_STATES: Final = frozenset({ACCEPTED, PARTIALLY_FILLED})
"""An order in one of these waits in the paper venue."""


WORKING_STATES: Final = frozenset(_WORKING)
"""The venue has the order and may still fill it, or has filled it and the fills are on their way to us."""

END_STATES: Final = frozenset(_ENDS | {DENIED})


class OrderStateError(ValueError):
    """A step that no order can take: a bug, or a venue that contradicts itself."""


def check_step(order_id: str, before: str, after: str) -> None:
    """Raise OrderStateError for a step that is not in ``NEXT``."""
    if after not in NEXT[before]:
        raise OrderStateError(f"order {order_id}: {before} cannot become {after}")


def state_seen(before: str, told: str, told_filled: int, booked: int, qty: int) -> str:
    """Return our state of an order after the venue told its own.

    Our state follows the books: an order the venue calls filled or cancelled is working for us until the
    executions that it names are booked. So no end is ever recorded from which a fill would have to come back.
    """
    if booked >= qty:
        return FILLED
    if told in _ENDS and booked >= told_filled:
        return CANCELED if told == FILLED else told
    if before in _ENDS:
        return before
    if booked:
        return PENDING_CANCEL if before == PENDING_CANCEL and told not in _ENDS else PARTIALLY_FILLED
    if before in {PENDING_CANCEL, TRIGGERED}:
        return before
    return TRIGGERED if told == TRIGGERED else ACCEPTED


def steps_of_a_fill(before: str, booked: int, qty: int) -> tuple[str, ...]:
    """Return the states an order passes through when a fill of it is booked; the last one stays.

    A late one reopens an ended order for a moment and leaves it ended, unless it is filled whole now.
    """
    if booked >= qty:
        return () if before == FILLED else (FILLED,)
    if before in {CANCELED, EXPIRED, REJECTED}:
        return (PARTIALLY_FILLED, CANCELED if before == REJECTED else before)
    return (before,) if before == PENDING_CANCEL else (PARTIALLY_FILLED,)
