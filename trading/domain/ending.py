"""Orders that wait and come to their end without a fill: cancelled, replaced, or with what they stood for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from trading.domain.account import Account
from trading.domain.account_events import AccountEvent, OrderEnded
from trading.domain.resting import RestingOrder

REPLACED: Final = "replaced"
"""A later decision on the symbol took the order's place."""

SEASON_OVER: Final = "season_over"
RETIRED: Final = "retired"
PAUSED: Final = "paused"


def end_orders(
    account: Account, orders: Sequence[RestingOrder], market_ms: int, reason: str
) -> tuple[Account, tuple[AccountEvent, ...]]:
    """Return the account without these of its waiting orders, and their ends; what they reserved is free."""
    if not orders:
        return account, ()
    freed = sum([order.reserved for order in orders])
    left = tuple(order for order in account.resting if order not in orders)
    after = replace(account, resting=left).with_positions(account.portfolio.positions, freed, -freed)
    return after, tuple(OrderEnded(order, market_ms, reason) for order in orders)


def replace_waiting(
    account: Account, symbol: str, market_ms: int
) -> tuple[Account, tuple[AccountEvent, ...]]:
    """Return the account without the openings that wait on a symbol: a new decision on it replaces them.

    Orders that only reduce stay: the position that they belong to does.
    """
    replaced = [order for order in account.resting if order.symbol == symbol and not order.reduce_only]
    return end_orders(account, replaced, market_ms, REPLACED)
