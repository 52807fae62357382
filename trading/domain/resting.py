"""Orders that wait in the paper venue: limits, and triggers that become market orders."""

from dataclasses import dataclass, replace

from trading.domain.exits import trail_stop, worse_price
from trading.domain.instruments import Instrument
from trading.domain.invalidation import Invalidation
from trading.domain.market import SymbolTick
from trading.domain.positions import Execution, Position, fee_of, taker_notional
from trading.domain.terms import LIMIT, TAKE_PROFIT, TRAILING


@dataclass(frozen=True, slots=True)
class RestingOrder:
    """An accepted order that has not come to its end. Amounts and prices in units.

    ``kind`` is 'limit', 'stop', 'take_profit' or 'trailing' (trading.domain.terms). ``qty`` is what is left.
    ``price`` is a limit's; ``trigger`` a stop's or target's; ``trail`` the ratio a trailing stop keeps from
    ``best``, the best mark since it was placed. ``reserved`` is the margin and fee set aside for an opening
    order. Orders of one account and symbol that only reduce are siblings: when the position is closed, all
    of them are cancelled.
    """

    client_order_id: str
    account_id: str
    symbol: str
    side: int
    qty: int
    kind: str
    price: int | None
    trigger: int | None
    trail: int
    best: int | None
    reduce_only: bool
    leverage: int
    reserved: int
    placed_ms: int
    stop_loss: int | None = None
    take_profit: int | None = None
    watch: Invalidation | None = None
    plan_trail: int = 0
    filled: int = 0
    """What has been filled of it before."""
    decision_id: str = ""


def placement(order: RestingOrder) -> tuple[int, str]:
    """Return the key that sorts orders as they were placed."""
    return order.placed_ms, order.client_order_id


def opposes(order: RestingOrder, held: Position | None) -> bool:
    """Return whether what is held forbids the order: nothing to reduce, or an opening against it."""
    if order.reduce_only:
        return held is None or held.side == order.side
    return held is not None and held.side != order.side


def resting_fill(
    order: RestingOrder, held: Position | None, part: SymbolTick, instrument: Instrument, market_ms: int
) -> Execution | None:
    """Return the fill of a waiting order on one span, None where the span does not reach it.

    A limit fills whole, at its own price and as maker, once the price has traded through it by one tick: a
    touch fills those who came before. A trigger becomes a market order: at the trigger, or at the open where
    that lies beyond it, half a spread worse. An order that only reduces is clamped to what is held now.
    """
    price = _limit_price(order, part, instrument) if order.kind == LIMIT else _trigger_price(order, part)
    if price is None:
        return None
    if order.kind != LIMIT:
        price = worse_price(-order.side, price, part.spread, instrument.tick)
    qty = min(order.qty, held.qty) if order.reduce_only and held else order.qty
    notional = taker_notional(order.side, qty, price)
    rate = instrument.maker_fee if order.kind == LIMIT else instrument.taker_fee
    return Execution(
        account_id=order.account_id,
        symbol=order.symbol,
        side=order.side,
        qty=qty,
        notional=notional,
        fee=fee_of(notional, rate),
        leverage=order.leverage,
        stop_loss=order.stop_loss,
        take_profit=order.take_profit,
        market_ms=market_ms,
        kind=order.kind,
        watch=order.watch,
        trail=order.plan_trail,
    )


def _limit_price(order: RestingOrder, part: SymbolTick, instrument: Instrument) -> int | None:
    if order.price is None:
        return None
    extreme = part.low if order.side > 0 else part.high
    return order.price if order.side * (order.price - extreme) >= instrument.tick else None


def _trigger_price(order: RestingOrder, part: SymbolTick) -> int | None:
    """Return the price at which a trigger fires in this span: the open where that lies beyond it."""
    trigger = order.trigger
    if order.kind == TRAILING and order.best is not None:
        trigger = trail_stop(-order.side, order.best, order.trail)
    if trigger is None:
        return None
    # A stop buys after a rise and sells after a fall; a target does the opposite.
    way = -order.side if order.kind == TAKE_PROFIT else order.side
    if way * (part.open - trigger) >= 0:
        return part.open
    extreme = part.high if way > 0 else part.low
    return trigger if way * (extreme - trigger) >= 0 else None


def follow(order: RestingOrder, part: SymbolTick) -> RestingOrder:
    """Return a trailing stop after a span that did not fire it: its best mark moves, never back."""
    if order.kind != TRAILING or order.best is None:
        return order
    best = max(order.best, part.high) if order.side < 0 else min(order.best, part.low)
    return order if best == order.best else replace(order, best=best)


def rest_of_span(side: int, price: int, part: SymbolTick) -> SymbolTick:
    """Return what of a span is sure to have come after a limit at ``price`` was passed.

    Where the span opened beyond the limit that is all of it. Else the way from the limit to the extreme
    beyond it and on to the close; the other extreme may have come first, so it counts for nothing.
    """
    if side * (price - part.open) > 0:
        return part
    high = max(price, part.close) if side > 0 else part.high
    low = part.low if side > 0 else min(price, part.close)
    return SymbolTick(part.symbol, price, high, low, part.close, part.spread)
