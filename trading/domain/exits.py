"""What fires between rounds: liquidation, stop loss and take profit, judged on one span of the market.

A span has an open and two extremes; what happened between them is not known, so the worst is assumed. The
order, exactly (``bad`` is the extreme against the position, ``good`` the one for it):

1. The open is the span's first moment, and gaps fill there: beyond the liquidation price it liquidates, else
   beyond the stop it stops, else beyond the target it takes the profit; each at the open.
2. Inside the span a stop strictly before the liquidation price fires if ``bad`` reaches it.
3. Else liquidation fires if ``bad`` reaches the liquidation price.
4. Else the target fires if ``good`` reaches it.

Where 2 or 3 fires and ``good`` reached the target too, the exit is flagged ambiguous: the order of the two is
an assumption, and the one that costs the account money. Stops and targets fill half a spread worse than their
trigger; a liquidation is taken over at the mark. Every price is rounded to the tick against the account.
"""

from dataclasses import dataclass
from typing import NamedTuple

from kernel.units import SCALE, Rounding, div
from trading.domain.instruments import Instrument
from trading.domain.market import SymbolTick
from trading.domain.positions import Execution, Position, fee_of, liquidation_price, taker_notional


@dataclass(frozen=True, slots=True)
class Exit:
    """A plan that fired. ``kind``: 'stop_loss', 'take_profit' or 'liquidation'; ``price`` is the fill's."""

    position: Position
    kind: str
    price: int
    ambiguous: bool


class _Fired(NamedTuple):
    kind: str
    mark: int
    ambiguous: bool = False


def compute_exit(position: Position, tick: SymbolTick, instrument: Instrument) -> Exit | None:
    """Return what fires for the whole position in this span, or None.

    The caller sees to it that the span begins after the position was opened.
    """
    liquidation = liquidation_price(position, instrument)
    fired = _at_open(position, liquidation, tick.open) or _inside(position, liquidation, tick)
    if fired is None:
        return None
    spread = 0 if fired.kind == "liquidation" else tick.spread
    price = _fill_price(position.side, fired.mark, spread, instrument.tick)
    return Exit(position, fired.kind, price, fired.ambiguous)


def _at_open(position: Position, liquidation: int | None, price: int) -> _Fired | None:
    """Return what the open is already beyond, liquidation first."""
    side = position.side
    if _reached(-side, liquidation, price):
        return _Fired("liquidation", price)
    if _reached(-side, position.stop_loss, price):
        return _Fired("stop_loss", price)
    if _reached(side, position.take_profit, price):
        return _Fired("take_profit", price)
    return None


def _inside(position: Position, liquidation: int | None, tick: SymbolTick) -> _Fired | None:
    """Return what fires between the open and the span's extremes, the worst for the account first."""
    side, stop, target = position.side, position.stop_loss, position.take_profit
    bad, good = (tick.low, tick.high) if side > 0 else (tick.high, tick.low)
    both = _reached(side, target, good)
    stop_is_first = stop is not None and (liquidation is None or side * (stop - liquidation) > 0)
    if stop is not None and stop_is_first and _reached(-side, stop, bad):
        return _Fired("stop_loss", stop, both)
    if liquidation is not None and _reached(-side, liquidation, bad):
        return _Fired("liquidation", liquidation, both)
    return _Fired("take_profit", target) if target is not None and both else None


def _reached(direction: int, trigger: int | None, price: int) -> bool:
    """Return whether a price has come up (+1) or down (-1) to its trigger."""
    return trigger is not None and direction * (price - trigger) >= 0


def _fill_price(side: int, mark: int, spread: int, tick: int) -> int:
    """Return the mark half a spread worse, on the tick further from the account's interest, at least one.

    A long sells below the mark, a short buys above it.
    """
    rounding = Rounding.DOWN if side > 0 else Rounding.UP
    return max(tick, div(mark * (2 * SCALE - side * spread), 2 * SCALE * tick, rounding) * tick)


def exit_execution(fired: Exit, instrument: Instrument, market_ms: int) -> Execution:
    """Return the fill that closes the whole position at the exit's price, with the taker's fee.

    A liquidation's loss beyond the isolated margin is what ``compute_effect`` lets the insurance cover.
    """
    position = fired.position
    notional = taker_notional(-position.side, position.qty, fired.price)
    return Execution(
        account_id=position.account_id,
        symbol=position.symbol,
        side=-position.side,
        qty=position.qty,
        notional=notional,
        fee=fee_of(notional, instrument.taker_fee),
        leverage=position.leverage,
        stop_loss=None,
        take_profit=None,
        market_ms=market_ms,
        kind=fired.kind,
    )
