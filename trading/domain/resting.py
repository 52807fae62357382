"""Orders that wait in the paper venue: limits, and triggers that become market orders."""

from dataclasses import dataclass

from trading.domain.invalidation import Invalidation


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
