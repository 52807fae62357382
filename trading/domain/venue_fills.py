"""What a venue's execution means for our books: one or two executions, and effects that our money can bear.

The venue has executed it, so it must be bookable whatever our books hold: an execution beyond the position is
a close and an opening, a loss beyond the position's margin takes free money, and margin that an opening would
lock is cut to the free money there is. What the house has to add for a moment shows as a difference of money
at the next comparison.
"""

from dataclasses import replace
from typing import NamedTuple

from kernel.units import Rounding, mul_div
from trading.domain.positions import (
    Backing,
    Execution,
    FillEffect,
    Portfolio,
    Position,
    compute_effect,
)
from trading.domain.protecting import FILL_KINDS, PROTECT_STOP
from trading.domain.terms import TRAILING


class VenueEffect(NamedTuple):
    """One execution with the position it met and what it does. ``part`` is '' or 'open' of a flip."""

    execution: Execution
    before: Position | None
    effect: FillEffect
    part: str


def kind_of_fill(order_kind: str, trigger: int | None, held: Position | None) -> str:
    """Return what a fill of an order is called in the books, with the words of paper.

    A guard that stood elsewhere than the position's own stop was where its trailing stop had come to.
    """
    if order_kind == PROTECT_STOP and held is not None and held.trail and trigger != held.stop_loss:
        return TRAILING
    return FILL_KINDS.get(order_kind, order_kind)


def effects_of(execution: Execution, portfolio: Portfolio, last_lifecycle: int) -> list[VenueEffect]:
    """Return what an execution does, in one step or, where it crosses zero, in two."""
    held = portfolio.position_of(execution.symbol)
    available = portfolio.available
    if held is None or held.side == execution.side or execution.qty <= held.qty:
        effect = _bearable(held, execution, last_lifecycle + 1, available)
        return [VenueEffect(execution, held, effect, "")]
    closing, opening = _split(execution, held.qty)
    first = _bearable(held, closing, last_lifecycle + 1, available)
    second = _bearable(None, opening, first.lifecycle + 1, available + first.available_change)
    return [VenueEffect(closing, held, first, ""), VenueEffect(opening, None, second, "open")]


def _split(execution: Execution, qty: int) -> tuple[Execution, Execution]:
    """Return the part that closes and the rest that opens; notional and fee go pro rata, nothing is lost."""
    notional = mul_div(execution.notional, qty, execution.qty, Rounding.DOWN)
    fee = mul_div(execution.fee, qty, execution.qty, Rounding.DOWN)
    closing = replace(execution, qty=qty, notional=notional, fee=fee)
    rest = (execution.qty - qty, execution.notional - notional, execution.fee - fee)
    return closing, replace(execution, qty=rest[0], notional=rest[1], fee=rest[2])


def _bearable(held: Position | None, execution: Execution, lifecycle: int, available: int) -> FillEffect:
    effect = compute_effect(held, execution, lifecycle, Backing(available=available))
    short = -(available + effect.available_change)
    if short <= 0 or effect.after is None:
        return effect
    less = min(short, effect.margin_locked)
    after = replace(effect.after, margin=effect.after.margin - less)
    covered = effect.covered + short - less
    return replace(effect, after=after, margin_locked=effect.margin_locked - less, covered=covered)
