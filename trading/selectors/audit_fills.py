"""Fills folded once more into what they must have made: profits, positions, trades and running counts."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from kernel.units import SCALE, Rounding, mul_div
from trading import models
from trading.domain.invalidation import decode_invalidation
from trading.domain.positions import Execution, FillEffect, Position, compute_effect, liquidation_price
from trading.selectors.books import POSITION_FIELDS, position_from
from trading.selectors.market import instruments

CHUNK = 2_000
Key = tuple[str, str]
"""Account and symbol."""


def fills_make_the_positions_and_trades(feed: str) -> str | None:
    """E1: what a fill booked, every position and every closed trade follow from the fills."""
    held: dict[Key, Position] = {}
    trades: dict[tuple[str, str, int], tuple[Any, ...]] = {}
    cycles: Counter[Key] = Counter()
    for fill in _fills(feed):
        key = (fill.account_id, fill.symbol)
        before = held.pop(key, None)
        effect = _effect_of(fill, before, cycles[key] + 1)
        booked = (fill.pnl, fill.covered, fill.margin_change, fill.lifecycle)
        if effect is None or booked != _figures(effect):
            return f"fill {fill.pk} was not booked as the position before it and its price demand"
        cycles[key] = effect.lifecycle
        if effect.after:
            held[key] = effect.after
        if before and effect.closed:
            trades[(*key, effect.lifecycle)] = _trade(fill, before, effect)
    return _check_positions(feed, held) or _check_trades(feed, trades)


def _fills(feed: str) -> Iterator[models.Fill]:
    rows = models.Fill.objects.filter(feed=feed).select_related("order")
    # At one moment a plan that fired ended its trade before the next one was opened.
    return rows.order_by("market_ms", "lifecycle").iterator(CHUNK)


def _figures(effect: FillEffect) -> tuple[int, int, int, int]:
    return effect.pnl, effect.covered, effect.reserved_change, effect.lifecycle


def _effect_of(fill: models.Fill, before: Position | None, next_cycle: int) -> FillEffect | None:
    order = fill.order
    execution = Execution(
        account_id=fill.account_id,
        symbol=fill.symbol,
        side=fill.side,
        qty=fill.qty,
        notional=fill.notional,
        fee=fill.fee,
        leverage=order.leverage,
        stop_loss=order.stop_loss,
        take_profit=order.take_profit,
        market_ms=fill.market_ms,
        kind=fill.kind,
        watch=decode_invalidation(order.watch),
    )
    try:
        return compute_effect(before, execution, next_cycle)
    except ValueError:
        return None


def _trade(fill: models.Fill, before: Position, effect: FillEffect) -> tuple[Any, ...]:
    money = (before.realised + effect.pnl + effect.covered, before.fees + effect.fee)
    return (before.side, before.opened_ms, fill.market_ms, *money, fill.kind)


def _check_positions(feed: str, held: dict[Key, Position]) -> str | None:
    known = instruments(feed)
    rows = models.Position.objects.filter(feed=feed, qty__gt=0)
    stored = {(row[0], row[1]): row for row in rows.values_list(*POSITION_FIELDS, "liquidation_price")}
    for key in sorted({*held, *stored}):
        expected = held.get(key)
        row = stored.get(key)
        if expected is None or row is None:
            return f"account {key[0]} {'holds' if row else 'lacks'} a position on {key[1]} against its fills"
        if (position_from(row[:-1]), row[-1]) != (expected, liquidation_price(expected, known[key[1]])):
            return f"the position of account {key[0]} on {key[1]} is not what its fills make of it"
    return None


def _check_trades(feed: str, trades: dict[tuple[str, str, int], tuple[Any, ...]]) -> str | None:
    accounts = models.Position.objects.filter(feed=feed).values("account_id")
    names = (
        "account_id",
        "symbol",
        "lifecycle",
        "side",
        "opened_ms",
        "closed_ms",
        "pnl",
        "fees",
        "exit_kind",
    )
    rows = models.ClosedTrade.objects.filter(account_id__in=accounts).values_list(*names)
    stored = {row[:3]: row[3:] for row in rows}
    for key in sorted({*trades, *stored}):
        if trades.get(key) != stored.get(key):
            return f"trade {key[2]} of account {key[0]} on {key[1]} is not what its fills make of it"
    return None


def counts_by_account(feed: str, capital: int) -> dict[str, Counter[str]]:
    """Return account -> what its fills, trades and refusals add up to, by the standing's names."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for fill in _fills(feed):
        found = counts[fill.account_id]
        is_open = fill.margin_change > 0
        found["fees"] += fill.fee
        found["realised"] += fill.pnl + fill.covered
        found["turnover"] += fill.notional
        found["orders"] += 1
        found["opens"] += is_open
        found["sum_leverage"] += fill.order.leverage * is_open
        found["sum_size"] += mul_div(fill.margin_change, SCALE, capital, Rounding.DOWN) * is_open
    accounts = models.Position.objects.filter(feed=feed).values("account_id")
    for trade in models.ClosedTrade.objects.filter(account_id__in=accounts).iterator(CHUNK):
        found = counts[trade.account_id]
        found["trades"] += 1
        found["wins"] += trade.pnl > trade.fees
        found["sum_hold_ms"] += trade.closed_ms - trade.opened_ms
    refused = models.Decision.objects.filter(feed=feed, outcome__in=["denied", "unsizable"])
    for account in refused.values_list("account_id", flat=True).iterator(CHUNK):
        counts[account]["denials"] += 1
    return counts
