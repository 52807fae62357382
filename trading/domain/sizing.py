"""From a decision to an order with a quantity: the one place where size, leverage and steps meet.

Opening: margin = size x equity x the profile's factor, notional = margin x leverage, quantity = notional /
mark rounded down to the lot. The factor is applied as it is; whether the result is too large is for the
rules to say. Closing: a share of the position, rounded down to the lot.
"""

from dataclasses import dataclass

from kernel.ids import derive_id
from kernel.units import SCALE, Rounding, mul_div, round_to_step
from trading.domain.decisions import Action, Decision
from trading.domain.instruments import Instrument
from trading.domain.market import SymbolSnapshot
from trading.domain.orders import ProposedOrder
from trading.domain.positions import Portfolio, Position, margin_of, notional_of
from trading.domain.rules import Profile
from trading.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Unsizable:
    """A decision no order can be made of.

    ``code``: 'unknown_symbol', 'no_position' (nothing to close), 'already_opposite' (BUY while short or SELL
    while long is ambiguous: close first) or 'below_lot' (less than the smallest quantity).
    """

    code: str


def propose_order(
    decision: Decision,
    *,
    decision_id: str,
    portfolio: Portfolio,
    equity: int,
    part: SymbolSnapshot | None,
    instrument: Instrument | None,
    profile: Profile,
) -> ProposedOrder | Unsizable:
    """Return the order that a BUY, SELL or CLOSE asks for, at the snapshot's mark, or why there is none.

    Raises ValueError for HOLD: holding has no order.
    """
    if decision.action is Action.HOLD:
        raise ValueError(f"decision {decision_id}: HOLD has no order to size")
    if part is None or instrument is None:
        return Unsizable("unknown_symbol")
    position = portfolio.position_of(decision.symbol)
    if decision.action is Action.CLOSE:
        return _propose_close(decision, decision_id, position, part.mark, instrument)
    side = 1 if decision.action is Action.BUY else -1
    opposite = position is not None and position.side != side
    if opposite and not decision.reverse:
        return Unsizable("already_opposite")
    qty = _entry_qty(decision, equity, part.mark, instrument, profile)
    if qty == 0:
        return Unsizable("below_lot")
    return _entry(decision, decision_id, portfolio.account_id, qty, part.mark, instrument, reverse=opposite)


def _entry_qty(decision: Decision, equity: int, mark: int, instrument: Instrument, profile: Profile) -> int:
    """Return the quantity, never rounded up in risk; 0 where equity, size or leverage is not positive."""
    if min(decision.size, decision.leverage, equity) <= 0:
        return 0
    size = mul_div(decision.size, profile.size_factor, SCALE, Rounding.DOWN)
    notional = mul_div(size, equity, SCALE, Rounding.DOWN) * decision.leverage
    return round_to_step(mul_div(notional, SCALE, mark, Rounding.DOWN), instrument.lot, Rounding.DOWN)


def _entry(
    decision: Decision,
    decision_id: str,
    account_id: str,
    qty: int,
    mark: int,
    instrument: Instrument,
    *,
    reverse: bool,
) -> ProposedOrder:
    """Return the opening order. Stop and target move to the tick nearer to the mark: the earlier trigger.

    A limit price is the contestant's own word: it is judged, never moved.
    """
    buys = decision.action is Action.BUY
    notional = notional_of(qty, entry_cost_price(decision.terms, mark))
    return ProposedOrder(
        decision_id=decision_id,
        client_order_id=derive_id("order", decision_id, "entry"),
        account_id=account_id,
        symbol=decision.symbol,
        action=decision.action,
        side=1 if buys else -1,
        qty=qty,
        mark=mark,
        notional=notional,
        leverage=decision.leverage,
        margin=margin_of(notional, decision.leverage),
        reduce_only=False,
        stop_loss=_to_tick(decision.stop_loss, instrument, Rounding.UP if buys else Rounding.DOWN),
        take_profit=_to_tick(decision.take_profit, instrument, Rounding.DOWN if buys else Rounding.UP),
        confidence=decision.confidence,
        watch=decision.watch,
        terms=decision.terms,
        trail=decision.trail,
        reverse=reverse,
    )


def entry_cost_price(terms: Terms, mark: int) -> int:
    """Return the price margin is counted at: a limit's own, since it reserves that; else the mark."""
    return mark if terms.price is None else max(0, terms.price)


def _to_tick(price: int | None, instrument: Instrument, rounding: Rounding) -> int | None:
    return None if price is None else round_to_step(price, instrument.tick, rounding)


def closing_qty(position: Position, share: int, lot: int) -> int:
    """Return the quantity that closes a share (ratio) of a position: on the lot, or all of it.

    A rest below one lot could never be closed by itself, so it goes along; more than all is all; 0 where the
    share is below a lot.
    """
    if share <= 0:
        return 0
    wanted = mul_div(position.qty, share, SCALE, Rounding.DOWN)
    qty = round_to_step(wanted, lot, Rounding.DOWN)
    return position.qty if position.qty - qty < lot else qty


def _propose_close(
    decision: Decision, decision_id: str, position: Position | None, mark: int, instrument: Instrument
) -> ProposedOrder | Unsizable:
    if position is None:
        return Unsizable("no_position")
    qty = closing_qty(position, decision.size, instrument.lot)
    if qty == 0:
        return Unsizable("below_lot")
    return close_order(position, qty, mark, decision_id, decision.confidence)


def close_order(
    position: Position, qty: int, mark: int, decision_id: str, confidence: int = 0
) -> ProposedOrder:
    """Return the reduce-only order that closes ``qty`` of a position."""
    return ProposedOrder(
        decision_id=decision_id,
        client_order_id=derive_id("order", decision_id, "close"),
        account_id=position.account_id,
        symbol=position.symbol,
        action=Action.CLOSE,
        side=-position.side,
        qty=qty,
        mark=mark,
        notional=notional_of(qty, mark),
        leverage=position.leverage,
        margin=0,
        reduce_only=True,
        stop_loss=None,
        take_profit=None,
        confidence=confidence,
    )
