"""Which protective orders should rest at a venue beside a position, and what is to be done about it. Pure.

A position's stop and target are two separate reduce-only orders there, so that they hold while this house is
dark. A new one is placed before the old one goes: for a moment there are two, never none; both can only
reduce. Where the position is flat, every one of them goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from kernel.ids import derive_id
from trading.domain.exits import trail_stop
from trading.domain.order_states import OPEN_STATES, PENDING_CANCEL, REJECTED, WORKING_STATES
from trading.domain.positions import Position
from trading.domain.terms import STOP, TAKE_PROFIT

PROTECT_STOP: Final = "protect_stop"
PROTECT_TARGET: Final = "protect_target"
WOULD_TRIGGER: Final = "would_trigger"
"""Refusal code of a venue where the price is beyond the trigger already."""

PROTECT_KINDS: Final = (PROTECT_STOP, PROTECT_TARGET)
ORDER_TYPES: Final = {PROTECT_STOP: STOP, PROTECT_TARGET: TAKE_PROFIT}

FILL_KINDS: Final = {PROTECT_STOP: "stop_loss", PROTECT_TARGET: "take_profit"}
"""What a fill of a protective order is called in the books: the same words as on paper."""

MOST_OPEN: Final = 4
"""With so many guards of a kind open, one that is being taken back is used again where it is right."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A protective order that was ever written for an account and symbol."""

    id: str
    kind: str
    side: int
    qty: int
    trigger: int
    state: str
    reason: str
    """The code of a refusal."""


class Place(NamedTuple):
    """A protective order to write."""

    id: str
    kind: str
    symbol: str
    side: int
    qty: int
    trigger: int
    leverage: int


class Protection(NamedTuple):
    """What to do for one symbol. ``exit_kind`` is set where a guard was refused: close at the market."""

    place: tuple[Place, ...]
    cancel: tuple[str, ...]
    exit_kind: str


def plan_protection(
    account_id: str,
    symbol: str,
    position: Position | None,
    guards: Sequence[Guard],
    counts: Mapping[str, int],
) -> Protection:
    """Return what brings the venue's protective orders in line with what is held.

    ``guards`` are the open ones of the account and symbol and the newest of each kind, oldest first;
    ``counts`` says how many of a kind were ever written, which names the next.
    """
    wanted = _wanted(position)
    place: list[Place] = []
    cancel: list[str] = []
    exit_kind = ""
    for kind in PROTECT_KINDS:
        mine = [guard for guard in guards if guard.kind == kind]
        working = [guard for guard in mine if guard.state in OPEN_STATES]
        trigger = wanted.get(kind)
        if position is None or trigger is None:
            cancel += [guard.id for guard in working]
            continue
        like = (-position.side, position.qty, trigger)
        standing = _standing(working, like, position)
        if standing is not None:
            if standing.state in WORKING_STATES:
                cancel += [guard.id for guard in working if guard.id != standing.id]
        elif _was_refused(mine, like):
            # A stop that the venue will not keep is no stop: out at the market. A target can be done without,
            # unless the price is there already.
            if kind == PROTECT_STOP or mine[-1].reason == WOULD_TRIGGER:
                exit_kind = exit_kind or FILL_KINDS[kind]
        else:
            key = derive_id("guard", account_id, symbol, kind, counts.get(kind, 0))
            place.append(Place(key, kind, symbol, *like, position.leverage))
    return Protection(tuple(place), tuple(cancel), exit_kind)


def _wanted(position: Position | None) -> dict[str, int]:
    if position is None:
        return {}
    named = {PROTECT_STOP: _stop_of(position), PROTECT_TARGET: position.take_profit}
    return {kind: trigger for kind, trigger in named.items() if trigger is not None}


def _stop_of(position: Position) -> int | None:
    """Return the tighter of the stop and the trailing stop."""
    if not position.trail or position.best is None:
        return position.stop_loss
    trailing, side = trail_stop(position.side, position.best, position.trail), position.side
    return trailing if position.stop_loss is None else side * max(side * trailing, side * position.stop_loss)


def _standing(working: Sequence[Guard], like: tuple[int, int, int], position: Position) -> Guard | None:
    """Return the guard that is the wanted one and stays, a working one before one on its way.

    One that is being taken back counts only where several wait for that already: a venue that answers no
    cancel would be given another one at each look.
    """
    equal = [guard for guard in working if _stands(guard, like, position)]
    staying = [guard for guard in equal if guard.state != PENDING_CANCEL]
    if not staying and len(working) >= MOST_OPEN:
        return next(iter(equal), None)
    return next((guard for guard in staying if guard.state in WORKING_STATES), next(iter(staying), None))


def _stands(guard: Guard, like: tuple[int, int, int], position: Position) -> bool:
    """Return whether a guard is the wanted one; behind a trailing stop it may lag by a thousandth."""
    side, qty, trigger = like
    if (guard.side, guard.qty) != (side, qty):
        return False
    lag = position.side * (trigger - guard.trigger)
    return lag == 0 or (bool(position.trail) and guard.kind == PROTECT_STOP and 0 < lag <= trigger // 1000)


def _was_refused(guards: Sequence[Guard], like: tuple[int, int, int]) -> bool:
    """Return whether the newest guard was just this one and the venue refused it: the price is beyond it."""
    if not guards:
        return False
    last = guards[-1]
    return last.state == REJECTED and (last.side, last.qty, last.trigger) == like
