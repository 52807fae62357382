"""Whether an order may leave for a venue now, must wait, or ends here. Pure."""

from dataclasses import dataclass
from typing import Final

from trading.domain.levels import ACTIVE

SEND: Final = "send"
WAIT: Final = "wait"
"""Not now: something is in doubt. A decision that waits too long is denied as too late."""

TOO_LATE: Final = "too_late"
KILL_SWITCH: Final = "kill_switch"
VENUE_OFF: Final = "venue_off"
ACCOUNT_FROZEN: Final = "account_frozen"
OPPOSITE_POSITION: Final = "position_opposite"
NOTHING_TO_REDUCE: Final = "nothing_to_reduce"

DENIALS: Final = (
    TOO_LATE,
    KILL_SWITCH,
    VENUE_OFF,
    ACCOUNT_FROZEN,
    OPPOSITE_POSITION,
    NOTHING_TO_REDUCE,
    "not_approved",
    "venue_refused",
    "no_longer_wanted",
)
"""Every reason for which an order for a venue is denied after the rules let it pass."""


@dataclass(frozen=True, slots=True)
class Gate:
    """How things stand for one order of one account. Nothing here is read twice: it is one moment."""

    level: str
    is_enabled: bool
    is_frozen: bool
    is_certain: bool
    """Our books and the venue's were found equal a short while ago and nothing was seen to differ since."""
    symbol_in_doubt: bool
    """An order of the account on the symbol whose outcome nobody knows."""
    held: int
    """Signed quantity held on the symbol."""


def judge_gate(
    gate: Gate, *, side: int, is_opening: bool, is_reversal: bool, age_ms: int | None, max_age_ms: int
) -> str:
    """Return SEND, WAIT or the code of a denial. ``age_ms`` is None for a plan: plans are never late.

    Reducing passes every switch but needs something to reduce. A clock that jumped makes a decision as late
    as one from the past.
    """
    if age_ms is not None and abs(age_ms) > max_age_ms:
        return TOO_LATE
    if not is_opening:
        return SEND if gate.held * side < 0 else NOTHING_TO_REDUCE
    denial = _denial_of(gate)
    if denial:
        return denial
    if gate.symbol_in_doubt or not gate.is_certain:
        return WAIT
    if gate.held * side < 0:
        return WAIT if is_reversal else OPPOSITE_POSITION
    return SEND


def _denial_of(gate: Gate) -> str:
    if gate.level != ACTIVE:
        return KILL_SWITCH
    if not gate.is_enabled:
        return VENUE_OFF
    return ACCOUNT_FROZEN if gate.is_frozen else ""
