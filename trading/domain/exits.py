"""What fires between rounds: liquidation, stops, target and invalidation, judged on one span of the market.

A span has an open and two extremes; what happened between them is not known, so the worst is assumed. A
watched price (trading.domain.invalidation) is a trigger like the others, on whichever side of the open it
lies. The order, exactly (``bad`` is the extreme against the position, ``good`` the one for it):

1. The open is the span's first moment, and gaps fill there: beyond the liquidation price it liquidates, else
   beyond the stop or the trailing stop it stops, else beyond the target it takes the profit, else beyond the
   watched price the position is invalidated; each at the open.
2. Inside the span, of the triggers towards ``bad`` that it reached (liquidation, stop, trailing stop, watched
   price) the one nearest to the open fires, since the market met it first; in a tie the one named first here.
3. Else, of the triggers towards ``good`` (target, watched price) the nearest, in a tie the target.
4. Else ``good`` raises the trailing stop, and it fires where the close lies beyond it: on the way from
   ``good`` to the close the market has passed it.
5. Else, at the span's end, a watched close or holding time that is found true, at the span's close.

Where 2 fires and ``good`` reached a trigger too, or would have raised the trailing stop that fires, the exit
is flagged ambiguous: the order of the two is an assumption, and the one that costs the account money. So is
every exit by 4, since the span may have passed the raised stop before its close. All but a liquidation fill
half a spread worse than their trigger; a liquidation is taken over at the mark. Every price is rounded to the
tick against the account.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from kernel.units import SCALE, Rounding, div
from trading.domain.instruments import Instrument
from trading.domain.invalidation import fires_at_end, price_trigger
from trading.domain.market import SymbolTick
from trading.domain.positions import Execution, Position, fee_of, liquidation_price, taker_notional
from trading.domain.spans import Span

INVALIDATED: Final = "invalidated"
TRAILING: Final = "trailing"


@dataclass(frozen=True, slots=True)
class Exit:
    """A plan that fired. ``kind``: 'stop_loss', 'trailing', 'take_profit', 'liquidation' or 'invalidated'.

    ``price`` is the fill's.
    """

    position: Position
    kind: str
    price: int
    ambiguous: bool


class _Plan(NamedTuple):
    """A trigger that the market must come up (+1) or down (-1) to."""

    kind: str
    direction: int
    trigger: int

    def is_reached(self, price: int) -> bool:
        """Return whether a price has come to the trigger."""
        return self.direction * (price - self.trigger) >= 0

    @property
    def way(self) -> int:
        """How far along its direction the trigger lies: the least of several is met first."""
        return self.direction * self.trigger


def first_exit(position: Position, spans: Sequence[Span], instrument: Instrument) -> tuple[Exit, int] | None:
    """Return what fires first on the spans of the position's symbol, and when; None if nothing does.

    A position opened inside or after a span is not judged by it: those are prices from before it existed.
    """
    for span in spans:
        if span.market_ms <= position.opened_ms:
            continue
        found = exit_on(position, span, instrument, liquidation_price(position, instrument))
        if found is not None:
            return found, span.market_ms
        position = raise_trail(position, span.part)
    return None


def exit_on(position: Position, span: Span, instrument: Instrument, liquidation: int | None) -> Exit | None:
    """Return what fires on one whole span, its end included; ``liquidation`` is the price of that."""
    part = span.part
    found = _exit_inside(position, part, instrument, liquidation)
    return found or _exit_of_raised(position, part, instrument) or _exit_at_end(position, span, instrument)


def compute_exit(position: Position, tick: SymbolTick, instrument: Instrument) -> Exit | None:
    """Return the trigger that fires for the whole position in this span, or None.

    The caller sees to it that the span begins after the position was opened.
    """
    return _exit_inside(position, tick, instrument, liquidation_price(position, instrument))


def _exit_inside(
    position: Position, tick: SymbolTick, instrument: Instrument, liquidation: int | None
) -> Exit | None:
    plans = _plans_of(position, liquidation)
    gap = next((plan for plan in plans if plan.is_reached(tick.open)), None)
    if gap is not None:
        return _exit(position, gap.kind, tick.open, tick, instrument)
    side = position.side
    bad, good = (tick.low, tick.high) if side > 0 else (tick.high, tick.low)
    losses = [plan for plan in plans if plan.direction != side and plan.is_reached(bad)]
    gains = [plan for plan in plans if plan.direction == side and plan.is_reached(good)]
    if not (losses or gains):
        return None
    # min() keeps the first of equals, and the plans come in the order that decides ties.
    fired = min(losses or gains, key=lambda plan: plan.way)
    raises = fired.kind == TRAILING and raise_trail(position, tick).best != position.best
    unclear = bool(losses and (gains or raises))
    return _exit(position, fired.kind, fired.trigger, tick, instrument, ambiguous=unclear)


def trail_stop(side: int, best: int, trail: int) -> int:
    """Return where a trailing stop stands: ``trail`` (ratio) from the best mark, on the nearer unit."""
    return div(best * (SCALE - side * trail), SCALE, Rounding.UP if side > 0 else Rounding.DOWN)


def raise_trail(position: Position, tick: SymbolTick) -> Position:
    """Return the position with the best mark that its trailing stop follows after this span."""
    if position.best is None:
        return position
    best = max(position.best, tick.high) if position.side > 0 else min(position.best, tick.low)
    return position if best == position.best else replace(position, best=best)


def _exit_of_raised(position: Position, tick: SymbolTick, instrument: Instrument) -> Exit | None:
    raised = raise_trail(position, tick)
    if raised is position or raised.best is None:
        return None
    stop = trail_stop(position.side, raised.best, position.trail)
    if position.side * (tick.close - stop) > 0:
        return None
    return _exit(position, TRAILING, stop, tick, instrument, ambiguous=True)


def _plans_of(position: Position, liquidation: int | None) -> list[_Plan]:
    """Return the triggers of a position; at the same price the earlier one counts."""
    side, watched, best = position.side, price_trigger(position.watch), position.best
    triggers = (
        ("liquidation", -side, liquidation),
        ("stop_loss", -side, position.stop_loss),
        (TRAILING, -side, None if best is None else trail_stop(side, best, position.trail)),
        ("take_profit", side, position.take_profit),
    )
    plans = [_Plan(kind, way, trigger) for kind, way, trigger in triggers if trigger is not None]
    return plans if watched is None else [*plans, _Plan(INVALIDATED, *watched)]


def _exit_at_end(position: Position, span: Span, instrument: Instrument) -> Exit | None:
    """Return the exit of a watched close or holding time that the end of a span finds true."""
    if position.watch is None or not fires_at_end(position.watch, span, position.opened_ms):
        return None
    return _exit(position, INVALIDATED, span.part.close, span.part, instrument)


def _exit(
    position: Position,
    kind: str,
    mark: int,
    tick: SymbolTick,
    instrument: Instrument,
    *,
    ambiguous: bool = False,
) -> Exit:
    spread = 0 if kind == "liquidation" else tick.spread
    return Exit(position, kind, worse_price(position.side, mark, spread, instrument.tick), ambiguous)


def worse_price(side: int, mark: int, spread: int, tick: int) -> int:
    """Return the mark half a spread worse, on the tick further from the account's interest, at least one.

    ``side`` is what is held: a long sells below the mark, a short buys above it. ``spread`` is full, a ratio.
    """
    rounding = Rounding.DOWN if side > 0 else Rounding.UP
    return max(tick, div(mark * (2 * SCALE - side * spread), 2 * SCALE * tick, rounding) * tick)


def exit_execution(
    fired: Exit, instrument: Instrument, market_ms: int, liquidation_fee: int = 0
) -> Execution:
    """Return the fill that closes the whole position at the exit's price, with the taker's fee.

    A liquidation costs ``liquidation_fee`` (ratio of the notional) beside it. Its loss beyond what stands
    behind the position is what ``compute_effect`` lets the insurance cover.
    """
    position = fired.position
    notional = taker_notional(-position.side, position.qty, fired.price)
    penalty = fee_of(notional, liquidation_fee) if fired.kind == "liquidation" else 0
    return Execution(
        account_id=position.account_id,
        symbol=position.symbol,
        side=-position.side,
        qty=position.qty,
        notional=notional,
        fee=fee_of(notional, instrument.taker_fee) + penalty,
        leverage=position.leverage,
        stop_loss=None,
        take_profit=None,
        market_ms=market_ms,
        kind=fired.kind,
        penalty=penalty,
    )
