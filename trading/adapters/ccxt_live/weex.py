"""WEEX contracts: orders, cancels and looking orders up; and its simulation, which knows much less.

There is no way to ask for an order by our id: the open ones, the conditional ones and the history are listed
and searched. A side and a direction are both named: closing a short is BUY with positionSide SHORT. No
post-only. An answer with HTTP 200 may be a refusal.
"""

from typing import Any, Final

from trading.adapters.ccxt_live.errors import TroubleError, check_fields
from trading.adapters.ccxt_live.figures import id_of, text_of
from trading.adapters.ccxt_live.ids import venue_id
from trading.adapters.ccxt_live.legs import CONDITIONAL, Leg
from trading.adapters.ccxt_live.reading import Pages, Row, row_of, rows_of
from trading.adapters.ccxt_live.weex_books import WeexBooks
from trading.domain.order_states import ACCEPTED
from trading.domain.terms import LIMIT, STOP, TRAILING
from trading.domain.venue import Acknowledged, VenueOrder

_HISTORY_PAGE: Final = 1_000


class WeexTongue(WeexBooks):
    """The dialect of both; the table of requests tells which one it is."""

    def place(self, leg: Leg, signed_ms: int) -> Acknowledged:
        """Send one order. Its answer tells an id, and nothing about fills."""
        self._check_known(leg)
        conditional = leg.kind in CONDITIONAL
        opens_long = (leg.side > 0) is not leg.reduce_only
        params: dict[str, Any] = {
            "symbol": self._id(leg.listed.symbol),
            "side": "BUY" if leg.side > 0 else "SELL",
            "positionSide": "LONG" if opens_long else "SHORT",
            "quantity": text_of(leg.qty),
            "clientAlgoId" if conditional else "newClientOrderId": leg.order_id,
            **_terms(leg),
        }
        if leg.reduce_only:
            params["reduceOnly"] = True
        name = "trigger" if conditional else "order"
        answer = row_of(self._wire.ask(name, params, urgent=leg.reduce_only, signed_ms=signed_ms))
        check_fields(answer, self._words)
        return Acknowledged(id_of(answer.get("orderId") or answer.get("algoId")), ACCEPTED)

    def _check_known(self, leg: Leg) -> None:
        """Refuse, before anything is sent, what this venue has no way to say."""
        missing = (
            "post-only orders" if leg.post_only
            else "trailing stops" if leg.kind == TRAILING
            else "conditional orders in its simulation" if leg.kind in CONDITIONAL and self._simulated
            else ""
        )  # fmt: skip
        if missing:
            raise TroubleError("not_supported", f"WEEX has no {missing}", definite=True, sent=False)

    def cancel(self, order: VenueOrder) -> Acknowledged:
        """Cancel by our id; a conditional order, or one that is not ours, by the venue's."""
        if not self._wire.knows("cancel"):
            raise TroubleError("not_supported", "WEEX cancels no simulated order", definite=True, sent=False)
        if order.kind in CONDITIONAL:
            name, named = "cancel_trigger", {"orderId": order.venue_order_id}
        elif order.client_order_id:
            name, named = "cancel", {"origClientOrderId": venue_id("weex", order.client_order_id)}
        else:
            name, named = "cancel", {"orderId": order.venue_order_id}
        check_fields(row_of(self._wire.ask(name, named, urgent=True)), self._words)
        return Acknowledged(order.venue_order_id, "canceled")

    def find(self, order_id: str, symbol: str, since_ms: int) -> VenueOrder | None:
        """Search what is open, what waits, and what is over since a moment."""
        for row in self._everything(symbol, since_ms):
            if venue_id("weex", order_id) in {row.get("clientOrderId"), row.get("clientAlgoId")}:
                return self.order_from(row)
        return None

    def _everything(self, symbol: str, since_ms: int) -> Any:
        """Yield rows list by list: the next is asked for only if the last did not have it."""
        for name in ("open", "open_triggers"):
            if self._wire.knows(name):
                yield from rows_of(self._wire.ask(name, {"symbol": self._id(symbol)}))

        def page(start: int, end: int) -> tuple[list[Row], bool]:
            span = {"symbol": self._id(symbol), "startTime": start, "endTime": end, "limit": _HISTORY_PAGE}
            rows = rows_of(self._wire.ask("history", span))
            return rows, len(rows) >= _HISTORY_PAGE

        yield from Pages(page, "orderId").read(since_ms, self._clock() + 1)

    def open_orders(self, symbols: tuple[str, ...]) -> list[VenueOrder]:  # noqa: ARG002 - one list for all
        """Fetch what rests and what waits for its trigger."""
        self._check_real("open orders", "open")
        rows = rows_of(self._wire.ask("open")) + rows_of(self._wire.ask("open_triggers"))
        return [self.order_from(row) for row in rows]


def _terms(leg: Leg) -> dict[str, str]:
    if leg.kind in CONDITIONAL:
        kind = "STOP_MARKET" if leg.kind == STOP else "TAKE_PROFIT_MARKET"
        working = "SlWorkingType" if leg.kind == STOP else "TpWorkingType"
        return {"type": kind, "triggerPrice": text_of(leg.trigger or 0), working: "MARK_PRICE"}
    if leg.kind == LIMIT and leg.price is not None:
        force = "IOC" if leg.immediate else "GTC"
        return {"type": "LIMIT", "price": text_of(leg.price), "timeInForce": force}
    return {"type": "MARKET"}
