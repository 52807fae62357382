"""The trading room's invariants, derived again from the facts; each check names its first break."""

import zlib
from collections.abc import Callable
from typing import Final

from django.db.models import F, Sum

from accounts.selectors import balances
from kernel.canonical import sha256_hex
from trading import models
from trading.domain.order_states import RESTING_STATES
from trading.domain.positions import fee_of
from trading.selectors.audit_fills import fills_make_the_positions_and_trades, liquidations_come_in_time
from trading.selectors.audit_orders import (
    no_leg_was_sent_twice,
    only_bound_accounts_trade_at_venues,
    orders_are_what_was_filled_of_them,
    orders_equal_their_approved_decision,
)
from trading.selectors.audit_scope import Scope
from trading.selectors.market import instruments

CHUNK: Final = 2_000

Check = Callable[[Scope], str | None]


def blobs_hold_what_their_name_says(_scope: Scope) -> str | None:
    """Every blob's hash is its bytes' hash."""
    for sha, codec, body in models.Blob.objects.values_list("sha256", "codec", "body").iterator(CHUNK):
        try:
            plain = zlib.decompress(bytes(body)) if codec == "zlib" else bytes(body)
        except zlib.error:
            return f"blob {sha} cannot be read; restore the row from a backup"
        if sha256_hex(plain) != sha:
            return f"blob {sha} holds other bytes than its name says; restore the row from a backup"
    return None


def fees_are_rate_times_notional(scope: Scope) -> str | None:
    """L5: on paper a fee is the notional at the taker's or maker's rate, and a liquidation's, rounded up."""
    known = instruments(scope.feed)
    names = ("id", "symbol", "kind", "maker", "notional", "fee", "penalty")
    rows = models.Fill.objects.filter(feed=scope.feed).exclude(account_id__in=scope.at_venues)
    for fill_id, symbol, kind, maker, notional, fee, penalty in rows.values_list(*names).iterator(CHUNK):
        rate = known[symbol].maker_fee if maker else known[symbol].taker_fee
        extra = fee_of(notional, scope.liquidation_fee) if kind == "liquidation" else 0
        if (fee, penalty) != (fee_of(notional, rate) + extra, extra):
            return f"fill {fill_id} paid a fee of {fee} units, which is not its rate times its notional"
    return None


def margins_are_what_is_reserved(scope: Scope) -> str | None:
    """L4: the margins of an account's positions and what waits of its orders are its reserved money.

    An order that no longer waits has nothing set aside: what it had went into a margin or was given back.
    """
    over = models.Order.objects.filter(feed=scope.feed, reserved__gt=0).exclude(state__in=RESTING_STATES)
    order = over.exclude(account_id__in=scope.at_venues).order_by("id").first()
    if order is not None:
        return f"order {order.pk} is {order.state} but has {order.reserved} units set aside"
    needed = dict.fromkeys(sorted(scope.on_paper), 0)
    held = models.Position.objects.filter(feed=scope.feed).exclude(account_id__in=scope.at_venues)
    needed |= dict(held.values_list("account_id").annotate(total=Sum("margin")))
    waiting = models.Order.objects.filter(feed=scope.feed, venue="", state__in=RESTING_STATES)
    own = waiting.exclude(account_id__in=scope.at_venues).values_list("account_id")
    for account, amount in own.annotate(total=Sum("reserved")):
        needed[account] = needed.get(account, 0) + amount
    for account, money in balances(list(needed)).items():
        if money.reserved != needed[account]:
            return f"account {account} has {money.reserved} units reserved but margins of {needed[account]}"
    return None


def books_come_after_their_snapshot(scope: Scope) -> str | None:
    """D3: nothing was executed on a market state from before its decision."""
    frozen = dict(models.Snapshot.objects.filter(feed=scope.feed).values_list("slot", "market_ms"))
    books = models.ExecutionBook.objects.filter(feed=scope.feed).values_list("slot", "market_ms")
    for slot, market_ms in books:
        # A round that saw no snapshot is held: its book gives marks, nothing is executed on it.
        if market_ms <= frozen.get(slot, market_ms - 1):
            return f"the execution book of slot {slot} is not later than its snapshot"
    return None


CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("blobs", blobs_hold_what_their_name_says),
    ("D1", orders_equal_their_approved_decision),
    ("D2", no_leg_was_sent_twice),
    ("D3", books_come_after_their_snapshot),
    ("O1", orders_are_what_was_filled_of_them),
    ("S1", only_bound_accounts_trade_at_venues),
    ("L5", fees_are_rate_times_notional),
    ("E1", fills_make_the_positions_and_trades),
    ("E3", liquidations_come_in_time),
    ("L4", margins_are_what_is_reserved),
)
"""Invariant and check, in the order in which they are looked at."""


def realised_by_account(feed: str) -> dict[str, tuple[int, int]]:
    """Return account -> (profit and loss borne, fees), summed over its fills."""
    rows = models.Fill.objects.filter(feed=feed).values_list("account_id")
    summed = rows.annotate(borne=Sum(F("pnl") + F("covered")), fees=Sum("fee"))
    return {account: (borne, fees) for account, borne, fees in summed}
