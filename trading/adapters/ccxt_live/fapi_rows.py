"""Binance USD-M and Aster: their rows of orders, plain and conditional, in our words."""

from typing import Any, Final, Protocol

from trading.adapters.ccxt_live.figures import id_of, moment_of, units_of, units_or_none
from trading.adapters.ccxt_live.reading import Row, side_of, state_of
from trading.domain.order_states import (
    ACCEPTED,
    CANCELED,
    EXPIRED,
    FILLED,
    PARTIALLY_FILLED,
    REJECTED,
    TRIGGERED,
)
from trading.domain.terms import LIMIT, MARKET, STOP, TAKE_PROFIT, TRAILING
from trading.domain.venue import VenueOrder

_STATES: Final = {
    "NEW": ACCEPTED,
    "PARTIALLY_FILLED": PARTIALLY_FILLED,
    "FILLED": FILLED,
    "CANCELED": CANCELED,
    "PENDING_CANCEL": ACCEPTED,
    "REJECTED": REJECTED,
    "EXPIRED": EXPIRED,
    "EXPIRED_IN_MATCH": EXPIRED,
}
_TRIGGER_STATES: Final = {
    "NEW": ACCEPTED,
    "TRIGGERING": TRIGGERED,
    "TRIGGERED": TRIGGERED,
    "FINISHED": TRIGGERED,
    "CANCELED": CANCELED,
    "REJECTED": REJECTED,
    "EXPIRED": EXPIRED,
}
_KINDS: Final = {
    "MARKET": MARKET,
    "LIMIT": LIMIT,
    "STOP": STOP,
    "STOP_MARKET": STOP,
    "TAKE_PROFIT": TAKE_PROFIT,
    "TAKE_PROFIT_MARKET": TAKE_PROFIT,
    "TRAILING_STOP_MARKET": TRAILING,
    "LIQUIDATION": MARKET,
}


class Names(Protocol):
    """Knows the venue's names of symbols and orders."""

    def symbol_of(self, market_id: Any) -> str:
        """Return our symbol of the venue's name."""

    def our_id(self, said: Any) -> str:
        """Return our id of a client id; '' for one that is not ours."""


def state_of_order(row: Row) -> str:
    """Return our state of an order's row."""
    return state_of(_STATES, row.get("status"))


def order_from(names: Names, row: Row, waiting: VenueOrder | None = None) -> VenueOrder:
    """Return an order's row in our words; ``waiting`` is the conditional order it has come from."""
    kind = _KINDS.get(str(row.get("origType") or row.get("type")), MARKET)
    return VenueOrder(
        client_order_id=names.our_id(row.get("clientOrderId"))
        if waiting is None
        else waiting.client_order_id,
        venue_order_id=id_of(row.get("orderId")),
        symbol=names.symbol_of(row["symbol"]),
        side=side_of(row.get("side")),
        qty=units_of(row.get("origQty")),
        filled=units_of(row.get("executedQty")),
        state=state_of_order(row),
        reduce_only=row.get("reduceOnly") is True or str(row.get("reduceOnly")).lower() == "true",
        kind=kind if waiting is None else waiting.kind,
        price=units_or_none(row.get("price")),
        trigger=units_or_none(row.get("stopPrice")) if waiting is None else waiting.trigger,
        updated_ms=moment_of(row.get("updateTime") or row.get("time")),
    )


def trigger_from(names: Names, row: Row) -> VenueOrder:
    """Return a conditional order's row in our words."""
    state = state_of(_TRIGGER_STATES, row.get("algoStatus"))
    became = row.get("actualOrderId") if state == TRIGGERED else None
    return VenueOrder(
        client_order_id=names.our_id(row.get("clientAlgoId")),
        venue_order_id=id_of(became or row.get("algoId")),
        symbol=names.symbol_of(row["symbol"]),
        side=side_of(row.get("side")),
        qty=units_of(row.get("quantity")),
        filled=0,
        state=state,
        reduce_only=row.get("reduceOnly") is True or str(row.get("reduceOnly")).lower() == "true",
        kind=_KINDS.get(str(row.get("orderType") or row.get("type")), STOP),
        price=units_or_none(row.get("price")),
        trigger=units_or_none(row.get("triggerPrice")),
        updated_ms=moment_of(row.get("updateTime") or row.get("createTime")),
    )
