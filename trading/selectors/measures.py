"""Reads of what performance is measured from: trades, executions, orders, funding and hourly marks."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from django.db.models import F, Max, Sum

from kernel.time import HOUR_MS
from trading import models
from trading.domain.encoding import decode_tick
from trading.domain.performance_fills import FillFact, OrderFact
from trading.domain.performance_trades import TradeFact

_ENDED: Final = ("filled", "canceled", "expired", "rejected")
"""States of orders that were sent and will not change."""

_CHUNK: Final = 5_000
"""Moments in one SELECT: SQLite allows 32,766 parameters."""


class AccountFacts(NamedTuple):
    """What one account did until a moment. ``funding`` is received; paid is negative."""

    trades: tuple[TradeFact, ...]
    fills: tuple[FillFact, ...]
    orders: tuple[OrderFact, ...]
    funding: int


def account_facts(account_ids: Collection[str], until_ms: int) -> dict[str, AccountFacts]:
    """Return account -> everything it did up to and including a moment; four queries whatever the number."""
    trades, fills = _trades(account_ids, until_ms), _fills(account_ids, until_ms)
    orders, funding = _orders(account_ids, until_ms, fills), _funding(account_ids, until_ms)
    return {
        account: AccountFacts(
            tuple(trades.get(account, ())),
            tuple(fills.get(account, ())),
            tuple(orders.get(account, ())),
            funding.get(account, 0),
        )
        for account in account_ids
    }


def _trades(account_ids: Collection[str], until_ms: int) -> dict[str, list[TradeFact]]:
    rows = models.ClosedTrade.objects.filter(account_id__in=account_ids, closed_ms__lte=until_ms)
    names = ("account_id", "pnl", "fees", "funding", "opened_ms", "closed_ms", "exit_kind")
    found: dict[str, list[TradeFact]] = {}
    for account, pnl, fees, funding, *rest in rows.values_list(*names):
        found.setdefault(account, []).append(TradeFact(pnl - fees + funding, *rest))
    return found


def _fills(account_ids: Collection[str], until_ms: int) -> dict[str, list[FillFact]]:
    rows = models.Fill.objects.filter(account_id__in=account_ids, market_ms__lte=until_ms)
    names = ("order_id", "symbol", "side", "qty", "notional", "fee", "ambiguous", "market_ms", "order__mark")
    found: dict[str, list[FillFact]] = {}
    for account, *fact in rows.values_list("account_id", *names):
        found.setdefault(account, []).append(FillFact(*fact))
    return found


def _orders(
    account_ids: Collection[str], until_ms: int, fills: Mapping[str, Sequence[FillFact]]
) -> dict[str, list[OrderFact]]:
    """Return what decided orders came to; one that was executed further after the moment was open then."""
    done: dict[str, int] = {}
    for facts in fills.values():
        for fact in facts:
            done[fact.order_id] = done.get(fact.order_id, 0) + fact.qty
    rows = models.Order.objects.filter(
        account_id__in=account_ids, market_ms__lte=until_ms, mark__gt=0, state__in=_ENDED
    )
    found: dict[str, list[OrderFact]] = {}
    for order, account, qty, filled, mark in rows.values_list("id", "account_id", "qty", "filled", "mark"):
        executed = done.get(order, 0)
        if executed >= filled:
            found.setdefault(account, []).append(OrderFact(qty, executed, mark))
    return found


def _funding(account_ids: Collection[str], until_ms: int) -> dict[str, int]:
    rows = models.FundingPayment.objects.filter(account_id__in=account_ids, market_ms__lte=until_ms)
    return dict(rows.values_list("account_id").annotate(total=Sum("amount")).order_by())


def hourly_marks(feed: str, from_ms: int, until_ms: int) -> dict[int, dict[str, int]]:
    """Return full hour -> each symbol's last recorded price at or before it, within (from, until].

    Of an hour's ticks only the last is read; an hour without one keeps the prices before it.
    """
    rows = models.Tick.objects.filter(feed=feed, market_ms__gt=from_ms - HOUR_MS, market_ms__lte=until_ms)
    hours = rows.annotate(hour=(F("market_ms") + (HOUR_MS - 1)) / HOUR_MS)
    last = sorted(hours.values_list("hour").annotate(last=Max("market_ms")).order_by())
    bodies = _tick_bodies(feed, [moment for _, moment in last])
    marks: dict[int, dict[str, int]] = {}
    known: dict[str, int] = {}
    by_hour = dict(last)
    for hour in range(-(-from_ms // HOUR_MS), until_ms // HOUR_MS + 1):
        if hour in by_hour:
            tick = decode_tick(bodies[by_hour[hour]])
            known = known | {part.symbol: part.close for part in tick.symbols}
        marks[hour * HOUR_MS] = known
    return marks


def _tick_bodies(feed: str, moments: Sequence[int]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for start in range(0, len(moments), _CHUNK):
        rows = models.Tick.objects.filter(feed=feed, market_ms__in=moments[start : start + _CHUNK])
        found.update((moment, bytes(body)) for moment, body in rows.values_list("market_ms", "body"))
    return found
