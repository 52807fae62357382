"""Reads of money, positions and the global switch."""

from collections.abc import Sequence

from django.db.models import Count, Q

from accounts.selectors import balances
from kernel.time import DAY_MS, HOUR_MS
from trading import models
from trading.domain.positions import Portfolio, Position

POSITION_FIELDS = (
    "account_id",
    "symbol",
    "side",
    "qty",
    "entry_cost",
    "margin",
    "leverage",
    "stop_loss",
    "take_profit",
    "opened_ms",
    "lifecycle",
    "realised",
    "fees",
)


def open_positions(account_ids: Sequence[str] | None = None) -> dict[str, tuple[Position, ...]]:
    """Return account -> open positions by symbol order; all accounts if none are named."""
    rows = models.Position.objects.filter(qty__gt=0)
    if account_ids is not None:
        rows = rows.filter(account_id__in=account_ids)
    grouped: dict[str, list[Position]] = {}
    for row in rows.order_by("account_id", "symbol").values_list(*POSITION_FIELDS):
        grouped.setdefault(row[0], []).append(Position(*row))
    return {account: tuple(found) for account, found in grouped.items()}


def portfolios(account_ids: Sequence[str]) -> dict[str, Portfolio]:
    """Return account -> portfolio from the books and the position table."""
    money = balances(account_ids)
    positions = open_positions(account_ids)
    return {
        account: Portfolio(
            account, money[account].available, money[account].reserved, positions.get(account, ())
        )
        for account in account_ids
    }


def last_lifecycles(account_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return (account, symbol) -> number of the newest trade, for accounts that ever traded the symbol."""
    rows = models.Position.objects.filter(account_id__in=account_ids)
    return {
        (account, symbol): cycle
        for account, symbol, cycle in rows.values_list("account_id", "symbol", "lifecycle")
    }


def open_counts(market_ms: int) -> dict[str, tuple[int, int]]:
    """Return account -> (opening orders filled in the last hour, in the last day)."""
    opened = Q(market_ms__gt=market_ms - HOUR_MS)
    rows = (
        models.Order.objects.filter(state="filled", reduce_only=False, market_ms__gt=market_ms - DAY_MS)
        .values_list("account_id")
        .annotate(day=Count("id"), hour=Count("id", filter=opened))
    )
    return {account: (hour, day) for account, day, hour in rows}


def trading_level() -> str:
    """Return the global switch: 'active', 'reducing' or 'halted'."""
    row = models.TradingState.objects.filter(id="global").values_list("level", flat=True).first()
    return row or "active"
