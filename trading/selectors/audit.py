"""The trading room's invariants, derived again from the facts; each check names its first break."""

import zlib
from collections.abc import Callable
from typing import Final

from django.db.models import F, Sum

from accounts.selectors import balances
from kernel.canonical import sha256_hex
from kernel.ids import derive_id
from kernel.units import SCALE, Rounding, mul_div
from trading import models
from trading.domain.encoding import decode_proposal, decode_verdicts
from trading.domain.invalidation import encode_invalidation
from trading.selectors.audit_fills import fills_make_the_positions_and_trades
from trading.selectors.market import instruments

CHUNK: Final = 2_000

Check = Callable[[str], str | None]


def blobs_hold_what_their_name_says(_feed: str) -> str | None:
    """Every blob's hash is its bytes' hash."""
    for sha, codec, body in models.Blob.objects.values_list("sha256", "codec", "body").iterator(CHUNK):
        try:
            plain = zlib.decompress(bytes(body)) if codec == "zlib" else bytes(body)
        except zlib.error:
            return f"blob {sha} cannot be read; restore the row from a backup"
        if sha256_hex(plain) != sha:
            return f"blob {sha} holds other bytes than its name says; restore the row from a backup"
    return None


ORDERED: Final = (
    "account_id",
    "symbol",
    "side",
    "qty",
    "leverage",
    "reduce_only",
    "stop_loss",
    "take_profit",
    "watch",
)
"""What an order takes over from the proposal that was approved."""


def orders_equal_their_approved_decision(feed: str) -> str | None:
    """D1, D2: an order of a decision is the sized order that every rule passed, under the derived id."""
    decided = ("decision_id", "decision__outcome", "decision__proposal", "decision__verdicts")
    rows = models.Order.objects.filter(feed=feed, kind="decision").values_list("id", *decided, *ORDERED)
    for order_id, decision_id, outcome, proposal, verdicts, *ordered in rows.iterator(CHUNK):
        order = decode_proposal(bytes(proposal or b""))
        if outcome != "approved" or order is None:
            return f"order {order_id} has no approved decision"
        if [*(getattr(order, name) for name in ORDERED[:-1]), encode_invalidation(order.watch)] != ordered:
            return f"order {order_id} differs from the order its decision approved"
        leg = "close" if order.reduce_only else "entry"
        if not order_id == order.client_order_id == derive_id("order", decision_id, leg):
            return f"order {order_id} is not named after its decision {decision_id}"
        if not all(result.passed for result in decode_verdicts(bytes(verdicts))):
            return f"order {order_id} was executed although a rule objected"
    return None


def no_decision_was_executed_twice(feed: str) -> str | None:
    """D2: at most one order for each decision."""
    rows = models.Order.objects.filter(feed=feed, decision__isnull=False)
    seen: set[str] = set()
    for decision_id in rows.order_by("id").values_list("decision_id", flat=True).iterator(CHUNK):
        if decision_id in seen:
            return f"decision {decision_id} has more than one order"
        seen.add(str(decision_id))
    return None


def filled_orders_have_their_fill(feed: str) -> str | None:
    """O1: a filled order has one fill of at most its quantity, any other has none."""
    rows = models.Order.objects.filter(feed=feed).values_list("id", "state", "qty")
    fills = dict(models.Fill.objects.filter(feed=feed).values_list("order_id", "qty"))
    for order_id, state, qty in rows.iterator(CHUNK):
        if (state == "filled") != (order_id in fills):
            return f"order {order_id} is {state} but has {'a' if order_id in fills else 'no'} fill"
        if fills.get(order_id, 0) > qty:
            return f"order {order_id} was filled beyond its quantity"
    return None


def fees_are_rate_times_notional(feed: str) -> str | None:
    """L5: a fill's fee is its notional at the taker's rate, rounded up."""
    rates = {symbol: item.taker_fee for symbol, item in instruments(feed).items()}
    rows = models.Fill.objects.filter(feed=feed).values_list("id", "symbol", "notional", "fee")
    for fill_id, symbol, notional, fee in rows.iterator(CHUNK):
        if fee != mul_div(notional, rates[symbol], SCALE, Rounding.UP):
            return f"fill {fill_id} paid a fee of {fee} units, which is not its rate times its notional"
    return None


def margins_are_what_is_reserved(feed: str) -> str | None:
    """L4: the margins of an account's positions are its reserved money."""
    held = models.Position.objects.filter(feed=feed).values_list("account_id")
    margins = dict(held.annotate(total=Sum("margin")))
    for account, money in balances(list(margins)).items():
        if money.reserved != margins[account]:
            return f"account {account} has {money.reserved} units reserved but margins of {margins[account]}"
    return None


def books_come_after_their_snapshot(feed: str) -> str | None:
    """D3: nothing was executed on a market state from before its decision."""
    frozen = dict(models.Snapshot.objects.filter(feed=feed).values_list("slot", "market_ms"))
    for slot, market_ms in models.ExecutionBook.objects.filter(feed=feed).values_list("slot", "market_ms"):
        # A round that saw no snapshot is held: its book gives marks, nothing is executed on it.
        if market_ms <= frozen.get(slot, market_ms - 1):
            return f"the execution book of slot {slot} is not later than its snapshot"
    return None


CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("blobs", blobs_hold_what_their_name_says),
    ("D1", orders_equal_their_approved_decision),
    ("D2", no_decision_was_executed_twice),
    ("D3", books_come_after_their_snapshot),
    ("O1", filled_orders_have_their_fill),
    ("L5", fees_are_rate_times_notional),
    ("E1", fills_make_the_positions_and_trades),
    ("L4", margins_are_what_is_reserved),
)
"""Invariant and check, in the order in which they are looked at."""


def realised_by_account(feed: str) -> dict[str, tuple[int, int]]:
    """Return account -> (profit and loss borne, fees), summed over its fills."""
    rows = models.Fill.objects.filter(feed=feed).values_list("account_id")
    summed = rows.annotate(borne=Sum(F("pnl") + F("covered")), fees=Sum("fee"))
    return {account: (borne, fees) for account, borne, fees in summed}
