"""Binance USD-M and Aster, which speaks its dialect: orders, cancels and looking orders up.

Conditional orders have a place and ids of their own at Binance (algoOrder) and stand beside the others at
Aster. ``reduceOnly`` is the text 'true': ccxt would send Python's True, which Aster does not understand.
"""

from collections.abc import Callable
from typing import Any, Final

from kernel.units import BASIS_POINT
from trading.adapters.ccxt_live.errors import TroubleError
from trading.adapters.ccxt_live.fapi_books import FapiBooks
from trading.adapters.ccxt_live.fapi_rows import order_from, state_of_order, trigger_from
from trading.adapters.ccxt_live.figures import id_of, text_of
from trading.adapters.ccxt_live.ids import venue_id
from trading.adapters.ccxt_live.legs import CONDITIONAL, Leg
from trading.adapters.ccxt_live.reading import Row, row_of
from trading.adapters.ccxt_live.wire import Wire
from trading.domain.order_states import TRIGGERED
from trading.domain.terms import LIMIT, STOP, TAKE_PROFIT, TRAILING
from trading.domain.venue import Acknowledged, VenueOrder

_TYPES: Final = {STOP: "STOP_MARKET", TAKE_PROFIT: "TAKE_PROFIT_MARKET", TRAILING: "TRAILING_STOP_MARKET"}

_MIN_CALLBACK: Final = 10 * BASIS_POINT
"""0.1 %, the smallest distance of a trailing stop and the step of it."""


class FapiTongue(FapiBooks):
    """The dialect of both venues. ``venue`` is 'binanceusdm' or 'aster'."""

    def __init__(self, venue: str, wire: Wire, clock: Callable[[], int], quote: str) -> None:
        super().__init__(venue, wire, clock, quote)
        self._apart = wire.knows("trigger")

    def place(self, leg: Leg, signed_ms: int) -> Acknowledged:
        """Send one order; the answer tells what has become of it at once."""
        conditional = leg.kind in CONDITIONAL
        params: dict[str, Any] = {
            "symbol": leg.listed.market_id,
            "side": "BUY" if leg.side > 0 else "SELL",
            "quantity": text_of(leg.qty),
            **(_trigger_terms(leg, apart=self._apart) if conditional else _plain_terms(leg)),
        }
        if leg.reduce_only:
            params["reduceOnly"] = "true"
        if self._venue == "aster":  # its only mark of time; Binance's timestamp is set where it is signed
            params["nonce"] = str(self._wire.nonce_us(signed_ms))
        if conditional and self._apart:
            params |= {"algoType": "CONDITIONAL", "clientAlgoId": leg.order_id}
            answer = row_of(self._wire.ask("trigger", params, urgent=leg.reduce_only, signed_ms=signed_ms))
            return Acknowledged(id_of(answer.get("algoId")), trigger_from(self, answer).state)
        params |= {"newClientOrderId": leg.order_id, "newOrderRespType": "RESULT"}
        answer = row_of(self._wire.ask("order", params, urgent=leg.reduce_only, signed_ms=signed_ms))
        return Acknowledged(id_of(answer.get("orderId")), state_of_order(answer))

    def cancel(self, order: VenueOrder) -> Acknowledged:
        """Cancel by our id; an order that is not ours by the venue's."""
        apart = self._apart and order.kind in CONDITIONAL and order.state != TRIGGERED
        ours = venue_id(self._venue, order.client_order_id) if order.client_order_id else ""
        if apart:
            named = {"clientAlgoId": ours} if ours else {"algoId": order.venue_order_id}
            row_of(self._wire.ask("cancel_trigger", named, urgent=True))
            return Acknowledged(order.venue_order_id, "canceled")
        named = {"origClientOrderId": ours} if ours else {"orderId": order.venue_order_id}
        if order.state == TRIGGERED:
            named = {"orderId": order.venue_order_id}
        answer = self._wire.ask("cancel", {"symbol": self._id(order.symbol), **named}, urgent=True)
        return Acknowledged(id_of(row_of(answer).get("orderId")), state_of_order(row_of(answer)))

    def find(self, order_id: str, symbol: str, since_ms: int) -> VenueOrder | None:  # noqa: ARG002 - it needs no start
        """Look it up by our id, among the plain orders and then among the conditional ones."""
        ours = venue_id(self._venue, order_id)
        plain = self._found("find", {"symbol": self._id(symbol), "origClientOrderId": ours})
        if plain is not None:
            return order_from(self, plain)
        if not self._apart:
            return None
        trigger = self._found("find_trigger", {"clientAlgoId": ours})
        return None if trigger is None else self._followed(trigger)

    def _followed(self, trigger: Row) -> VenueOrder:
        """Return a conditional order; one that was triggered as the plain order it has become."""
        waiting = trigger_from(self, trigger)
        if waiting.state != TRIGGERED or not trigger.get("actualOrderId"):
            return waiting
        named = {"symbol": trigger.get("symbol"), "orderId": trigger["actualOrderId"]}
        plain = self._found("find", named)
        return waiting if plain is None else order_from(self, plain, waiting)

    def _found(self, name: str, params: dict[str, Any]) -> Row | None:
        try:
            return row_of(self._wire.ask(name, params))
        except TroubleError as trouble:
            if trouble.definite and trouble.code == "not_found":
                return None
            raise


def _plain_terms(leg: Leg) -> dict[str, str]:
    if leg.kind != LIMIT or leg.price is None:
        return {"type": "MARKET"}
    force = "GTX" if leg.post_only else "IOC" if leg.immediate else "GTC"
    return {"type": "LIMIT", "price": text_of(leg.price), "timeInForce": force}


def _trigger_terms(leg: Leg, *, apart: bool) -> dict[str, str]:
    terms = {"type": _TYPES[leg.kind], "workingType": "MARK_PRICE"}
    if leg.kind == TRAILING:
        steps = max(leg.trail // _MIN_CALLBACK, 1)
        return terms | {"callbackRate": f"{steps // 10}.{steps % 10}"}
    return terms | {"triggerPrice" if apart else "stopPrice": text_of(leg.trigger or 0)}
