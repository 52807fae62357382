"""Reads of money and positions."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.selectors import balances
from kernel.time import DAY_MS, HOUR_MS
from trading import models
from trading.domain.invalidation import decode_invalidation
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
    "watch",
    "funding",
    "trail",
    "best",
)
"""The columns of ``position_from``, in its order."""

_WATCH = POSITION_FIELDS.index("watch")


def position_from(row: Sequence[Any]) -> Position:
    """Return the position of a row of POSITION_FIELDS."""
    head, watch, tail = row[:_WATCH], row[_WATCH], row[_WATCH + 1 :]
    return Position(*(*head, decode_invalidation(watch), *tail))


FEW = 500
"""Accounts up to which the database is asked for them by name; for more it hands out the feed."""

Held = dict[str, tuple[Position, ...]]
"""Account -> its open positions by symbol order."""


def open_positions(feed: str) -> Held:
    """Return all open positions of a feed."""
    return _held(models.Position.objects.filter(feed=feed, qty__gt=0))


def held_positions(feed: str, account_ids: Collection[str]) -> Held:
    """Return the open positions of these accounts."""
    rows = models.Position.objects.filter(feed=feed, qty__gt=0)
    wanted = set(account_ids)
    chosen = rows.filter(account_id__in=wanted) if len(wanted) <= FEW else rows
    return {account: held for account, held in _held(chosen).items() if account in wanted}


def within_reach(extremes: Mapping[str, tuple[int, int]]) -> Q:
    """Return the condition on positions that these prices may close, by symbol's low and high.

    That is those with a stop, target or liquidation price between the two, and all that watch a condition or
    trail a stop.
    """
    reach = Q(pk__in=[])
    for symbol, (low, high) in extremes.items():
        falls = Q(side=1, stop_loss__gte=low) | Q(side=1, liquidation_price__gte=low)
        rises = Q(side=-1, stop_loss__lte=high) | Q(side=-1, liquidation_price__lte=high)
        targets = Q(side=1, take_profit__lte=high) | Q(side=-1, take_profit__gte=low)
        reach |= Q(symbol=symbol) & (falls | rises | targets | ~Q(watch="") | Q(trail__gt=0))
    return reach


def _held(rows: QuerySet[models.Position]) -> Held:
    grouped: dict[str, list[Position]] = {}
    for row in rows.order_by("account_id", "symbol").values_list(*POSITION_FIELDS):
        grouped.setdefault(row[0], []).append(position_from(row))
    return {account: tuple(found) for account, found in grouped.items()}


def portfolios(feed: str, account_ids: Sequence[str]) -> dict[str, Portfolio]:
    """Return account -> portfolio from the books and the position table."""
    money = balances(account_ids)
    positions = open_positions(feed)
    return {
        account: Portfolio(
            account, money[account].available, money[account].reserved, positions.get(account, ())
        )
        for account in account_ids
    }


def portfolio(account_id: str) -> Portfolio:
    """Return one account's portfolio."""
    money = balances([account_id])[account_id]
    held = _held(models.Position.objects.filter(account_id=account_id, qty__gt=0))
    return Portfolio(account_id, money.available, money.reserved, held.get(account_id, ()))


def last_lifecycles(feed: str) -> dict[tuple[str, str], int]:
    """Return (account, symbol) -> number of the newest trade, where the account ever traded the symbol."""
    rows = models.Position.objects.filter(feed=feed)
    return {
        (account, symbol): cycle
        for account, symbol, cycle in rows.values_list("account_id", "symbol", "lifecycle")
    }


def open_counts(feed: str, market_ms: int) -> dict[str, tuple[int, int]]:
    """Return account -> (opening orders with a fill in the last hour, in the last day).

    An order counts once, however many fills it had and whatever became of its rest.
    """
    filled = models.Fill.objects.filter(feed=feed, order__reduce_only=False)
    in_hour = Q(market_ms__gt=market_ms - HOUR_MS)
    rows = (
        filled.filter(market_ms__gt=market_ms - DAY_MS)
        .values_list("account_id")
        .annotate(day=Count("order_id", distinct=True), hour=Count("order_id", filter=in_hour, distinct=True))
    )
    return {account: (hour, day) for account, day, hour in rows}


def sides_at(account_id: str, market_ms: int) -> dict[str, int]:
    """Return symbol -> +1 or -1 of what an account held at a moment, worked out from its fills."""
    rows = models.Fill.objects.filter(account_id=account_id, market_ms__lte=market_ms)
    held: dict[str, int] = {}
    for symbol, side, qty in rows.values_list("symbol", "side", "qty"):
        held[symbol] = held.get(symbol, 0) + side * qty
    return {symbol: 1 if qty > 0 else -1 for symbol, qty in held.items() if qty}
