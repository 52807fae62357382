"""From a decision to an order with a quantity: the one place where size, leverage and steps meet.

Opening: margin = size x equity x the profile's factor, notional = margin x leverage, quantity = notional /
price rounded down to the lot; the price is the mark, a limit order's its limit. The factor is applied as it
is; whether the result is too large is for the rules to say. Closing: a share of the position, rounded down
to the lot.
"""

from dataclasses import replace

from kernel.ids import derive_id
from kernel.units import MAX_UNITS, SCALE, Rounding, mul_div, round_to_step
from trading.domain.decisions import Action, Decision
from trading.domain.instruments import Instrument
from trading.domain.market import SymbolSnapshot
from trading.domain.orders import ProposedOrder
from trading.domain.positions import Portfolio, Position, margin_of, notional_of
from trading.domain.rules import Profile
from trading.domain.sizing_methods import Unsizable


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
    price = part.mark if decision.terms.price is None else decision.terms.price
    qty = _entry_qty(decision, equity, price, instrument, profile)
    if isinstance(qty, Unsizable):
        return qty
    order = _entry(decision, decision_id, portfolio.account_id, qty, price, part.mark, instrument)
    return replace(order, reverse=True) if opposite else order


def _entry_qty(
    decision: Decision, equity: int, price: int, instrument: Instrument, profile: Profile
) -> int | Unsizable:
    """Return the quantity, never rounded up in risk. ``price`` is what margin is counted at."""
    if equity <= 0:
        return Unsizable("no_equity")
    if min(decision.size, decision.leverage) <= 0:
        return Unsizable("bad_size")
    if price <= 0:
        return Unsizable("bad_price")
    size = mul_div(decision.size, profile.size_factor, SCALE, Rounding.DOWN)
    notional = mul_div(size, equity, SCALE, Rounding.DOWN) * decision.leverage
    qty = round_to_step(mul_div(notional, SCALE, price, Rounding.DOWN), instrument.lot, Rounding.DOWN)
    if max(notional, qty) > MAX_UNITS:
        return Unsizable("too_large")
    return qty or Unsizable("below_lot")


def _entry(
    decision: Decision,
    decision_id: str,
    account_id: str,
    qty: int,
    price: int,
    mark: int,
    instrument: Instrument,
) -> ProposedOrder:
    """Return the opening order. Stop and target move to the tick nearer to the mark: the earlier trigger.

    A limit price is the contestant's own word: it is judged, never moved, and margin is counted at it.
    """
    buys = decision.action is Action.BUY
    notional = notional_of(qty, price)
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
    )


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
