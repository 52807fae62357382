"""One order on its way to a venue: fitted to tick, lot and minimum, or refused before anything is sent."""

from dataclasses import dataclass
from typing import Final

from kernel.units import SCALE, Rounding, mul_div, round_to_step
from trading.adapters.ccxt_live.figures import text_of, towards
from trading.adapters.ccxt_live.ids import venue_id
from trading.adapters.ccxt_live.markets import Listed, Markets
from trading.domain.orders import ApprovedOrder, ProposedOrder
from trading.domain.terms import IOC, LIMIT, MARKET, STOP, TAKE_PROFIT, TRAILING
from trading.domain.venue import Refused

CONDITIONAL: Final = frozenset({STOP, TAKE_PROFIT, TRAILING})
KINDS: Final = frozenset({MARKET, LIMIT}) | CONDITIONAL


@dataclass(frozen=True, slots=True)
class Leg:
    """An order as it is sent. ``order_id`` is written as the venue takes it; prices stand on the tick.

    ``guide`` is the price the order was thought at: where a venue wants a worst price with a market order,
    it is reckoned from there.
    """

    order_id: str
    listed: Listed
    side: int
    qty: int
    kind: str
    price: int | None
    trigger: int | None
    immediate: bool
    post_only: bool
    reduce_only: bool
    trail: int
    guide: int


class _NoError(Exception):
    """The order cannot be sent: our code and a sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.refusal = Refused(code, text)


def fit(
    venue: str, markets: Markets, approved: ApprovedOrder, kind: str, price: int | None, trigger: int | None
) -> Leg | Refused:
    """Return the order fitted to the venue's steps, or why it is not sent."""
    order = approved.order
    try:
        _check_whole(order, price, trigger)
        listed = _listed(markets, order.symbol)
        _check_shape(order, listed, kind, price, trigger)
        qty = round_to_step(order.qty, listed.lot, Rounding.DOWN)
        trigger = None if trigger is None else _trigger(listed, order.side, kind, trigger)
        leg = Leg(
            order_id=venue_id(venue, order.client_order_id),
            listed=listed,
            side=order.side,
            qty=qty,
            kind=kind,
            price=price,
            trigger=trigger,
            immediate=kind == LIMIT and order.terms.time_in_force == IOC,
            post_only=kind == LIMIT and order.terms.post_only,
            reduce_only=order.reduce_only or kind in CONDITIONAL,
            trail=order.trail,
            guide=price or trigger or order.mark,
        )
        _check_size(leg, order)
    except _NoError as no:
        return no.refusal
    except ValueError as error:
        return Refused("bad_order", str(error))
    return leg


def _listed(markets: Markets, symbol: str) -> Listed:
    listed = markets.by_symbol.get(symbol)
    if symbol in markets.refused:
        raise _NoError("unknown_symbol", f"{symbol} cannot be used there: {markets.refused[symbol]}")
    if listed is None:
        raise _NoError("unknown_symbol", f"{symbol} is not listed there")
    if not listed.active:
        raise _NoError("delisted", f"{symbol} is listed there but not traded")
    return listed


def _check_whole(order: ProposedOrder, *prices: int | None) -> None:
    """Refuse a figure that is no integer, whatever its type promises: NaN compares false with everything."""
    figures: list[object] = [order.side, order.qty, order.mark, order.leverage, order.trail]
    for figure in (*figures, *(price for price in prices if price is not None)):
        if not isinstance(figure, int) or isinstance(figure, bool):
            raise _NoError("bad_order", f"{figure!r} is not a whole number of units")


def _check_shape(
    order: ProposedOrder, listed: Listed, kind: str, price: int | None, trigger: int | None
) -> None:
    if kind not in KINDS or order.side not in {1, -1}:
        raise _NoError("bad_order", f"there is no order of kind {kind!r} on side {order.side}")
    if kind == LIMIT and price is None:
        raise _NoError("bad_order", "a limit order needs a price")
    if kind in {STOP, TAKE_PROFIT} and trigger is None:
        raise _NoError("bad_order", f"a {kind} order needs the price that triggers it")
    for figure in (price, trigger):
        if figure is not None and figure <= 0:
            raise _NoError("price_off_tick", f"{text_of(figure)} is not a price above zero")
    if price is not None and kind == LIMIT and price % listed.tick_at(price):
        step = text_of(listed.tick_at(price))
        raise _NoError("price_off_tick", f"{text_of(price)} is not on the tick of {step} there")
    if not order.reduce_only and listed.max_leverage is not None and order.leverage > listed.max_leverage:
        raise _NoError(
            "leverage_refused", f"{order.leverage}x is above the {listed.max_leverage}x {order.symbol} allows"
        )


def _trigger(listed: Listed, side: int, kind: str, trigger: int) -> int:
    """Return a trigger on the tick, moved towards the market: protection comes earlier, never later."""
    up = (side < 0) is (kind == STOP)
    return towards(trigger, listed.tick_at(trigger), up=up)


def _check_size(leg: Leg, order: ProposedOrder) -> None:
    """Refuse what the venue would find too small or too large; closing needs no minimum value."""
    listed = leg.listed
    if leg.qty < listed.min_qty:
        raise _NoError(
            "below_minimum",
            f"{text_of(order.qty)} {order.symbol} is {text_of(max(leg.qty, 0))} in steps of "
            f"{text_of(listed.lot)}, below the {text_of(listed.min_qty)} the venue takes",
        )
    if leg.guide <= 0:
        raise _NoError("bad_order", "an order needs a price it was thought at")
    if leg.qty > listed.max_qty:
        raise _NoError("above_maximum", f"the venue takes {text_of(listed.max_qty)} {order.symbol} at most")
    if leg.kind == MARKET and leg.qty > listed.max_market_qty:
        raise _NoError(
            "above_maximum",
            f"the venue takes {text_of(listed.max_market_qty)} {order.symbol} at most in one market order; "
            "close the rest by hand or in parts",
        )
    value = mul_div(leg.qty, leg.guide, SCALE, Rounding.DOWN)
    if not leg.reduce_only and value < listed.min_notional:
        raise _NoError(
            "below_minimum", f"{text_of(value)} is below the {text_of(listed.min_notional)} the venue takes"
        )
