"""Fills and funding folded once more into what they must have made: positions, trades and running counts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from typing import Any

from django.db.models import Max, Sum

from kernel.units import SCALE, Rounding, mul_div
from trading import models
from trading.domain.account import CROSS
from trading.domain.funding import FundingRate
from trading.domain.instruments import Instrument
from trading.domain.positions import (
    FillEffect,
    Position,
    liquidation_price,
    maintenance_breached,
)
from trading.selectors.audit_fold import AccountFold, FoldError, merged, same_but_followed
from trading.selectors.audit_scope import Scope
from trading.selectors.books import POSITION_FIELDS, position_from
from trading.selectors.market import funding_rates, instruments, last_prices

CHUNK = 2_000
Key = tuple[str, str]
"""Account and symbol."""

Trades = dict[tuple[str, str, int], tuple[Any, ...]]
Seen = Callable[[models.Fill, Position | None, FillEffect], None]


def fills_make_the_positions_and_trades(scope: Scope) -> str | None:
    """E1: what a fill booked, every payment of funding, position and closed trade follow from the fills."""
    trades: Trades = {}

    def close(fill: models.Fill, before: Position | None, effect: FillEffect) -> None:
        if before and effect.closed:
            trades[(fill.account_id, fill.symbol, effect.lifecycle)] = _trade(fill, before, effect)

    try:
        held = _fold(scope, close)
    except FoldError as broken:
        return str(broken)
    return _check_positions(scope, held) or _check_trades(scope, trades)


def liquidations_come_in_time(scope: Scope) -> str | None:
    """E3: what was liquidated had fallen to its maintenance, and nothing that has is still open.

    On cross margin the first is judged by the account's equity at prices that are no facts of their own: only
    isolated margin is looked at.
    """
    known = instruments(scope.feed)
    changed = _margins_taken(scope.feed)

    def judge(fill: models.Fill, before: Position | None, _effect: FillEffect) -> None:
        key = (fill.account_id, fill.symbol)
        changed[key] = max(fill.market_ms, changed.get(key, 0))
        if fill.kind == "liquidation" and scope.margin_mode != CROSS and before is not None:
            towards = Rounding.DOWN if before.side > 0 else Rounding.UP
            price = mul_div(fill.notional, SCALE, fill.qty, towards)
            if not maintenance_breached(before, price, known[fill.symbol]):
                raise FoldError(f"fill {fill.pk} liquidated a position that was above its maintenance")

    try:
        held = _fold(scope, judge)
    except FoldError as broken:
        return str(broken)
    return None if scope.margin_mode == CROSS else _overdue(scope, held, known, changed)


def _margins_taken(feed: str) -> dict[Key, int]:
    """Return when funding last took from a position's margin: a price from then on judges it."""
    rows = models.FundingPayment.objects.filter(feed=feed, margin_change__lt=0)
    newest = rows.values_list("account_id", "symbol").annotate(last=Max("market_ms"))
    return {(account, symbol): last - 1 for account, symbol, last in newest}


def _overdue(
    scope: Scope, held: dict[Key, Position], known: dict[str, Instrument], changed: Mapping[Key, int]
) -> str | None:
    """Return who should have been liquidated at a price from after its position last changed."""
    symbols = {symbol for _account, symbol in held}
    prices = last_prices(scope.feed, scope.settled_ms, symbols, 0) if symbols else {}
    for (account, symbol), position in sorted(held.items()):
        last = prices.get(symbol)
        if last is None or last.market_ms <= changed.get((account, symbol), position.opened_ms):
            continue
        if maintenance_breached(position, last.price, known[symbol]):
            return f"account {account} still holds {symbol} below its maintenance"
    return None


def _fold(scope: Scope, seen: Seen) -> dict[Key, Position]:
    """Fold every paper account of a feed; return what is held at the end. Raises FoldError."""
    rates = funding_rates(scope.feed, -1, scope.settled_ms) if scope.funding else []
    payments = _payments(scope)
    held: dict[Key, Position] = {}
    # A break ends the loop early: the cursor is closed here, not whenever its iterator is forgotten.
    with closing(_fills(scope)) as fills:
        for account, group in groupby(fills, key=lambda fill: fill.account_id):
            fold = AccountFold(scope.margin_mode)
            paid = payments.pop(account, {})
            _fold_account(fold, merged(list(group), rates), paid, seen)
            held.update({(account, symbol): position for symbol, position in fold.held.items()})
            if paid:
                raise FoldError(f"funding payment {next(iter(paid.values())).pk} belongs to no settlement")
    for rows in payments.values():
        raise FoldError(f"funding payment {next(iter(rows.values())).pk} belongs to no position")
    return held


def _fold_account(
    fold: AccountFold,
    events: Sequence[models.Fill | FundingRate],
    paid: dict[tuple[str, int], models.FundingPayment],
    seen: Seen,
) -> None:
    for event in events:
        if isinstance(event, FundingRate):
            fold.settle(event, paid.pop((event.symbol, event.market_ms), None))
        else:
            seen(event, *fold.book(event))


def _payments(scope: Scope) -> dict[str, dict[tuple[str, int], models.FundingPayment]]:
    found: dict[str, dict[tuple[str, int], models.FundingPayment]] = {}
    rows = models.FundingPayment.objects.filter(feed=scope.feed).exclude(account_id__in=scope.at_venues)
    for row in rows.iterator(CHUNK):
        found.setdefault(row.account_id, {})[row.symbol, row.market_ms] = row
    return found


def _fills(scope: Scope) -> Generator[models.Fill]:
    rows = models.Fill.objects.filter(feed=scope.feed).exclude(account_id__in=scope.at_venues)
    # At one moment they are numbered; where they are not, a plan ended its trade before the next was opened.
    ordered = rows.select_related("order").order_by("account_id", "market_ms", "seq", "lifecycle")
    yield from ordered.iterator(CHUNK)


def _trade(fill: models.Fill, before: Position, effect: FillEffect) -> tuple[Any, ...]:
    money = (before.realised + effect.pnl + effect.covered, before.fees + effect.fee, before.funding)
    return (before.side, before.opened_ms, fill.market_ms, *money, fill.kind)


def _check_positions(scope: Scope, held: dict[Key, Position]) -> str | None:
    known = instruments(scope.feed)
    rows = models.Position.objects.filter(feed=scope.feed, qty__gt=0).exclude(account_id__in=scope.at_venues)
    stored = {(row[0], row[1]): row for row in rows.values_list(*POSITION_FIELDS, "liquidation_price")}
    for key in sorted({*held, *stored}):
        expected = held.get(key)
        row = stored.get(key)
        if expected is None or row is None:
            return f"account {key[0]} {'holds' if row else 'lacks'} a position on {key[1]} against its fills"
        # On cross margin it moves with all that the account holds, so none is stored.
        price = None if scope.margin_mode == CROSS else liquidation_price(expected, known[key[1]])
        if not same_but_followed(expected, position_from(row[:-1])) or row[-1] != price:
            return f"the position of account {key[0]} on {key[1]} is not what its fills make of it"
    return None


TRADE_FACTS = ("side", "opened_ms", "closed_ms", "pnl", "fees", "funding", "exit_kind")


def _check_trades(scope: Scope, trades: Trades) -> str | None:
    accounts = models.Position.objects.filter(feed=scope.feed).exclude(account_id__in=scope.at_venues)
    rows = models.ClosedTrade.objects.filter(account_id__in=accounts.values("account_id"))
    stored = {row[:3]: row[3:] for row in rows.values_list("account_id", "symbol", "lifecycle", *TRADE_FACTS)}
    for key in sorted({*trades, *stored}):
        if trades.get(key) != stored.get(key):
            return f"trade {key[2]} of account {key[0]} on {key[1]} is not what its fills make of it"
    return None


def counts_by_account(feed: str, capitals: Mapping[str, int]) -> dict[str, Counter[str]]:
    """Return account -> what its fills, funding, trades and refusals add up to, by the standing's names.

    ``capitals`` maps account to what its sizes are a ratio of.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for fill in models.Fill.objects.filter(feed=feed).select_related("order").iterator(CHUNK):
        found = counts[fill.account_id]
        is_open = fill.margin_change > 0
        found["fees"] += fill.fee
        found["realised"] += fill.pnl + fill.covered
        found["turnover"] += fill.notional
        found["orders"] += 1
        found["opens"] += is_open
        found["sum_leverage"] += fill.order.leverage * is_open
        size = mul_div(fill.margin_change, SCALE, capitals[fill.account_id], Rounding.DOWN)
        found["sum_size"] += size * is_open
    accounts = models.Position.objects.filter(feed=feed).values("account_id")
    for trade in models.ClosedTrade.objects.filter(account_id__in=accounts).iterator(CHUNK):
        found = counts[trade.account_id]
        found["trades"] += 1
        found["wins"] += trade.pnl + trade.funding > trade.fees
        found["sum_hold_ms"] += trade.closed_ms - trade.opened_ms
    for account, amount in funding_by_account(feed).items():
        counts[account]["funding"] += amount
    refused = models.Decision.objects.filter(feed=feed, outcome__in=["denied", "unsizable"])
    for account in refused.values_list("account_id", flat=True).iterator(CHUNK):
        counts[account]["denials"] += 1
    return counts


def funding_by_account(feed: str) -> dict[str, int]:
    """Return account -> funding received (paid: negative), summed over its payments."""
    rows = models.FundingPayment.objects.filter(feed=feed).values_list("account_id")
    return dict(rows.annotate(total=Sum("amount")))
