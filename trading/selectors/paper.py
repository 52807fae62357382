"""Reads of paper accounts: what rests, whom a stretch of the market can touch, and what was commanded."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.db.models import Q

from accounts.selectors import balances
from trading import models
from trading.domain.account import CROSS, Account
from trading.domain.engine_sweep import HeldRow
from trading.domain.invalidation import decode_invalidation
from trading.domain.order_states import RESTING_STATES
from trading.domain.positions import Portfolio
from trading.domain.resting import RestingOrder
from trading.selectors.books import held_positions, within_reach

_RESTING_FIELDS: Final = (
    "id",
    "account_id",
    "symbol",
    "side",
    "qty",
    "type",
    "price",
    "trigger",
    "trail",
    "best",
    "reduce_only",
    "leverage",
    "reserved",
    "market_ms",
    "stop_loss",
    "take_profit",
    "watch",
    "filled",
    "decision_id",
)


def resting_orders(feed: str) -> dict[str, tuple[RestingOrder, ...]]:
    """Return account -> its orders that wait in the paper venue, in the order of placement."""
    rows = models.Order.objects.filter(feed=feed, venue="", state__in=RESTING_STATES)
    grouped: dict[str, list[RestingOrder]] = {}
    for row in sorted(rows.values_list(*_RESTING_FIELDS), key=lambda row: (row[13], row[0])):
        grouped.setdefault(row[1], []).append(_resting(row))
    return {account: tuple(orders) for account, orders in grouped.items()}


def _resting(row: Sequence[Any]) -> RestingOrder:
    (name, account, symbol, side, qty, kind, price, trigger, trail, best, *rest) = row
    reduce_only, leverage, reserved, placed_ms, stop_loss, take_profit, watch, filled, decision = rest
    trails = kind == "trailing"
    return RestingOrder(
        client_order_id=name,
        account_id=account,
        symbol=symbol,
        side=side,
        qty=qty - filled,
        kind=kind,
        price=price,
        trigger=trigger,
        trail=trail if trails else 0,
        best=best,
        reduce_only=reduce_only,
        leverage=leverage,
        reserved=reserved,
        placed_ms=placed_ms,
        stop_loss=stop_loss,
        take_profit=take_profit,
        watch=decode_invalidation(watch),
        plan_trail=0 if trails else trail,
        filled=filled,
        decision_id=decision or "",
    )


def paper_accounts(feed: str, account_ids: Collection[str], mode: str) -> dict[str, Account]:
    """Return account -> everything the paper venue knows of it."""
    wanted = sorted(account_ids)
    money = balances(wanted)
    held = held_positions(feed, wanted)
    waiting = resting_orders(feed)
    cycles: dict[str, dict[str, int]] = {}
    rows = models.Position.objects.filter(feed=feed)
    for account, symbol, cycle in rows.values_list("account_id", "symbol", "lifecycle"):
        cycles.setdefault(account, {})[symbol] = cycle
    return {
        account: Account(
            Portfolio(account, money[account].available, money[account].reserved, held.get(account, ())),
            waiting.get(account, ()),
            cycles.get(account, {}),
            mode,
        )
        for account in wanted
    }


def accounts_within_reach(feed: str, extremes: Mapping[str, tuple[int, int]], mode: str) -> set[str]:
    """Return the accounts that these prices (a symbol's low and high) may touch.

    That is whoever has a plan or liquidation price between them, watches a condition, trails a stop or has an
    order waiting; on cross margin everybody with a position.
    """
    touched = Q() if mode == CROSS else within_reach(extremes)
    held = models.Position.objects.filter(touched, feed=feed, qty__gt=0)
    waiting = models.Order.objects.filter(feed=feed, venue="", state__in=RESTING_STATES)
    return {*held.values_list("account_id", flat=True), *waiting.values_list("account_id", flat=True)}


def held_rows(feed: str, symbols: Collection[str]) -> list[HeldRow]:
    """Return every open position on these symbols as a plain row, in any order."""
    rows = models.Position.objects.filter(feed=feed, qty__gt=0, symbol__in=list(symbols))
    names = ("account_id", "symbol", "side", "qty", "entry_cost", "liquidation_price")
    rest = ("opened_ms", "lifecycle", "id")
    return list(rows.values_list(*names, *rest))


class DueCommand(NamedTuple):
    """A command for running paper seasons. ``scope`` is 'global' or an account.

    Without ``effective_ms`` it has had no moment yet: the first tick after ``asked_market_ms`` will be it.
    """

    id: int
    scope: str
    kind: str
    asked_market_ms: int
    effective_ms: int | None


def due_commands(feed: str, after_ms: int, until_ms: int) -> list[DueCommand]:
    """Return commands that wait or were recorded for after_ms < moment <= until_ms, in order of asking."""
    due = Q(effective_ms=None) | Q(effective_ms__gt=after_ms, effective_ms__lte=until_ms)
    rows = models.Command.objects.filter(due, feed=feed).order_by("id")
    return [DueCommand(*row) for row in rows.values_list(*DueCommand._fields)]
