"""Hyperliquid: signed actions for orders and cancels, and orders looked up by our id.

A market order is a limit that fills at once or not at all, at a worst price of ours. Prices have five
significant digits. No action names a builder or a referrer: each is written here, none by ccxt.
"""

from typing import Any, Final

from kernel.units import BASIS_POINT, SCALE, Rounding, mul_div
from trading.adapters.ccxt_live.dialects import DIALECTS
from trading.adapters.ccxt_live.errors import TroubleError
from trading.adapters.ccxt_live.figures import UnreadableError, id_of, text_of, towards, units_of
from trading.adapters.ccxt_live.hyperliquid_books import HyperliquidBooks
from trading.adapters.ccxt_live.ids import venue_id
from trading.adapters.ccxt_live.legs import CONDITIONAL, Leg
from trading.adapters.ccxt_live.reading import Row, row_of
from trading.domain.order_states import ACCEPTED, FILLED, PARTIALLY_FILLED
from trading.domain.terms import LIMIT, STOP, TRAILING
from trading.domain.venue import Acknowledged, VenueOrder

MARKET_SLIPPAGE: Final = 500 * BASIS_POINT
"""How far a market order may fill from the price it was thought at: 5 %."""

TRIGGER_SLIPPAGE: Final = 1_000 * BASIS_POINT
"""How far a protective order may fill from its trigger: 10 %, for leaving at a bad price beats staying."""


_WINDOW_MS: Final = DIALECTS["hyperliquid"].window_ms

_SOONEST_MS: Final = 6_000


class HyperliquidTongue(HyperliquidBooks):
    """The dialect of the venue and of its testnet, which differ in addresses and in what is signed."""

    def place(self, leg: Leg, signed_ms: int) -> Acknowledged:
        """Send one order in one action, which the venue refuses once it has expired."""
        if leg.kind == TRAILING:
            raise TroubleError(
                "not_supported", "Hyperliquid has no trailing stops", definite=True, sent=False
            )
        order = {
            "a": self._asset(leg.listed.symbol),
            "b": leg.side > 0,
            "p": text_of(_limit(leg)),
            "s": text_of(leg.qty),
            "r": leg.reduce_only,
            "t": _terms(leg),
            "c": leg.order_id,
        }
        action = {"type": "order", "orders": [order], "grouping": "na"}
        answer = self._wire.act(
            "order", action, urgent=leg.reduce_only, signed_ms=signed_ms, window_ms=_WINDOW_MS
        )
        return _acknowledged(_status_in(answer), leg.qty)

    def cancel(self, order: VenueOrder) -> Acknowledged:
        """Cancel by our id."""
        if not order.client_order_id:
            raise TroubleError("not_found", "the order is not one of ours", definite=True, sent=False)
        cloid = venue_id("hyperliquid", order.client_order_id)
        cancel = {"asset": self._asset(order.symbol), "cloid": cloid}
        answer = self._wire.act("cancel", {"type": "cancelByCloid", "cancels": [cancel]}, urgent=True)
        if _status_in(answer) != "success":
            raise UnreadableError("a cancel was neither done nor refused")
        return Acknowledged(order.venue_order_id, "canceled")

    def find(self, order_id: str, symbol: str, since_ms: int) -> VenueOrder | None:  # noqa: ARG002 - ids are enough
        """Look it up by our id."""
        asked = {"type": "orderStatus", "user": self._user, "oid": venue_id("hyperliquid", order_id)}
        try:
            answer = row_of(self._wire.ask("find", asked))
        except TroubleError as trouble:
            if trouble.definite and trouble.code == "not_found":
                return None
            raise
        return self.order_from(row_of(answer.get("order")))

    def prepare(self, symbol: str, leverage: int, margin_mode: str) -> None:
        """Set both by one action; again changes nothing."""
        crossed = margin_mode != "isolated"
        action = {
            "type": "updateLeverage",
            "asset": self._asset(symbol),
            "isCross": crossed,
            "leverage": leverage,
        }
        self._wire.act("leverage", action)

    def hold(self, _symbols: frozenset[str], timeout_ms: int) -> bool:
        """Let the venue cancel all orders then, never for 0; False where the account traded too little.

        A moment less than five seconds ahead is refused; what was scheduled is taken back by naming none.
        """
        action: dict[str, Any] = {"type": "scheduleCancel"}
        if timeout_ms:
            action["time"] = self._wire.client.milliseconds() + max(timeout_ms, _SOONEST_MS)
        try:
            self._wire.act("dead_man", action, urgent=True)
        except TroubleError as trouble:
            if trouble.definite and "volume" in trouble.text:
                return False
            raise
        return True


def _limit(leg: Leg) -> int:
    """Return the worst price: the limit itself, or so far from the price an order was thought at."""
    if leg.kind == LIMIT and leg.price is not None:
        return leg.price
    slippage = TRIGGER_SLIPPAGE if leg.kind in CONDITIONAL else MARKET_SLIPPAGE
    worst = mul_div(leg.guide, SCALE + leg.side * slippage, SCALE, Rounding.DOWN)
    return towards(worst, leg.listed.tick_at(worst), up=leg.side < 0)


def _terms(leg: Leg) -> Row:
    if leg.kind in CONDITIONAL:
        closer = "sl" if leg.kind == STOP else "tp"
        return {"trigger": {"isMarket": True, "triggerPx": text_of(leg.trigger or 0), "tpsl": closer}}
    if leg.kind != LIMIT or leg.immediate:
        return {"limit": {"tif": "Ioc"}}
    return {"limit": {"tif": "Alo" if leg.post_only else "Gtc"}}


def _status_in(answer: Any) -> Any:
    """Return what is said about the one order of an action."""
    data = row_of(row_of(row_of(answer).get("response")).get("data"))
    statuses = data.get("statuses")
    if not isinstance(statuses, list) or len(statuses) != 1:
        raise UnreadableError("one order was sent, and not one was answered")
    return statuses[0]


def _acknowledged(status: Any, qty: int) -> Acknowledged:
    if isinstance(status, str):  # a conditional order that waits is answered by a word, without an id
        return Acknowledged("", ACCEPTED)
    said = row_of(status)
    if "resting" in said:
        return Acknowledged(id_of(row_of(said["resting"]).get("oid")), ACCEPTED)
    filled = row_of(said.get("filled"))
    whole = units_of(filled.get("totalSz")) >= qty
    return Acknowledged(id_of(filled.get("oid")), FILLED if whole else PARTIALLY_FILLED)
