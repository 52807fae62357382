"""Writes of market facts, decisions, orders and fills. Every function is meant for the caller's transaction."""

import zlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from accounts.services import record_entries
from kernel.canonical import sha256_hex
from kernel.ids import derive_id
from store.bulk import insert_rows, update_rows
from trading import models
from trading.domain.bookkeeping import entry_of
from trading.domain.encoding import (
    encode_book,
    encode_proposal,
    encode_snapshot,
    encode_tick,
    encode_verdicts,
)
from trading.domain.instruments import Instrument
from trading.domain.market import ExecutionBook, MarketSnapshot, Tick
from trading.domain.orders import ApprovedOrder
from trading.domain.positions import Execution, FillEffect, Position
from trading.domain.review import ReviewedDecision
from trading.selectors import POSITION_FIELDS

COMPRESS_FROM = 512
"""Bytes below which zlib costs more than it saves."""


def record_blobs(bodies: Iterable[bytes]) -> list[str]:
    """Store bytes by their hash and return the hashes in order; known bytes are stored once."""
    hashes: list[str] = []
    rows: dict[str, tuple[str, str, bytes]] = {}
    for body in bodies:
        sha = sha256_hex(body)
        hashes.append(sha)
        if sha not in rows:
            is_long = len(body) >= COMPRESS_FROM
            rows[sha] = (sha, "zlib", zlib.compress(body, 1)) if is_long else (sha, "raw", body)
    insert_rows(models.Blob, ("sha256", "codec", "body"), list(rows.values()), ignore_existing=True)
    return hashes


def record_instruments(feed: str, instruments: Sequence[Instrument]) -> None:
    """Store the instruments of a feed; those already there stay as they are."""
    rows = [
        (
            derive_id("instrument", feed, item.symbol),
            feed,
            item.symbol,
            item.tick,
            item.lot,
            item.min_notional,
            item.taker_fee,
            item.maker_fee,
            item.maintenance_rate,
            item.max_leverage,
        )
        for item in instruments
    ]
    names = ("id", "feed", "symbol", "tick", "lot", "min_notional", "taker_fee", "maker_fee")
    rates = ("maintenance_rate", "max_leverage")
    insert_rows(models.Instrument, (*names, *rates), rows, ignore_existing=True)


def record_snapshot(feed: str, slot: int, snapshot: MarketSnapshot) -> str:
    """Store the frozen market of a slot and return its hash."""
    sha = record_blobs([encode_snapshot(snapshot)])[0]
    row = (derive_id("snapshot", feed, slot), feed, slot, snapshot.market_ms, snapshot.source, sha)
    insert_rows(models.Snapshot, ("id", "feed", "slot", "market_ms", "source", "blob"), [row])
    return sha


def record_execution_book(feed: str, slot: int, book: ExecutionBook) -> str:
    """Store the execution book of a slot and return its hash."""
    sha = record_blobs([encode_book(book)])[0]
    row = (derive_id("book", feed, slot), feed, slot, book.market_ms, sha)
    insert_rows(models.ExecutionBook, ("id", "feed", "slot", "market_ms", "blob"), [row])
    return sha


def record_ticks(feed: str, ticks: Sequence[Tick]) -> None:
    """Store ticks; one already recorded at a moment stays as it is."""
    rows = [(feed, tick.market_ms, encode_tick(tick)) for tick in ticks]
    insert_rows(models.Tick, ("feed", "market_ms", "body"), rows, ignore_existing=True)


class DecisionRow(NamedTuple):
    """A reviewed decision with where it belongs."""

    turn_id: str
    account_id: str
    reviewed: ReviewedDecision


def record_decisions(slot: int, market_ms: int, rows: Sequence[DecisionRow]) -> None:
    """Store reviewed decisions with every verdict, accepted or not."""
    names = (
        "id turn_id account slot market_ms symbol action size leverage stop_loss take_profit "
        "confidence invalidation reasoning outcome reason verdicts proposal"
    ).split()
    insert_rows(models.Decision, names, [_decision_values(slot, market_ms, row) for row in rows])


def _decision_values(slot: int, market_ms: int, row: DecisionRow) -> tuple[object, ...]:
    item = row.reviewed
    decision = item.decision
    return (
        item.decision_id,
        row.turn_id,
        row.account_id,
        slot,
        market_ms,
        decision.symbol,
        decision.action.value,
        decision.size,
        decision.leverage,
        decision.stop_loss,
        decision.take_profit,
        decision.confidence,
        decision.invalidation,
        decision.reasoning,
        item.outcome,
        item.reason,
        encode_verdicts(item.review),
        encode_proposal(item.order),
    )


ORDER_FIELDS = (
    "id decision account kind symbol side qty leverage reduce_only stop_loss take_profit market_ms state reason"
).split()


def record_intents(orders: Sequence[ApprovedOrder], market_ms: int) -> None:
    """Store what is about to be submitted, so that a crash after the venue's answer loses nothing."""
    rows = [
        (
            item.order.client_order_id,
            item.order.decision_id,
            item.order.account_id,
            "decision",
            item.order.symbol,
            item.order.side,
            item.order.qty,
            item.order.leverage,
            item.order.reduce_only,
            item.order.stop_loss,
            item.order.take_profit,
            market_ms,
            "intent",
            "",
        )
        for item in orders
    ]
    insert_rows(models.Order, ORDER_FIELDS, rows)


def record_rejections(rejections: Sequence[tuple[str, str]]) -> None:
    """Close intents that the venue refused; pairs of client order id and code."""
    rows = [("rejected", code, order_id) for order_id, code in rejections]
    update_rows(models.Order, "id", ("state", "reason"), rows)


class BookedFill(NamedTuple):
    """An execution with its effect, as it goes into the books.

    ``before`` is the position it met. ``is_plan`` marks a plan that fired (stop, target, liquidation): its
    order row is written here, where a decision's order stands as an intent already.
    """

    order_id: str
    execution: Execution
    effect: FillEffect
    before: Position | None
    ambiguous: bool = False
    is_plan: bool = False


def record_fills(fills: Sequence[BookedFill]) -> None:
    """Book fills, positions, closed trades and postings together."""
    plans = [fill for fill in fills if fill.is_plan]
    decided = [fill for fill in fills if not fill.is_plan]
    insert_rows(models.Order, ORDER_FIELDS, [_plan_order(fill) for fill in plans])
    update_rows(models.Order, "id", ("state",), [("filled", fill.order_id) for fill in decided])
    insert_rows(models.Fill, FILL_FIELDS, [_fill_values(fill) for fill in fills])
    _record_positions(fills)
    closed = [_trade_values(fill, fill.before) for fill in fills if fill.before and fill.effect.closed]
    insert_rows(models.ClosedTrade, TRADE_FIELDS, closed)
    record_entries([entry_of(fill.effect, fill.execution, f"fill:{fill.order_id}") for fill in fills])


FILL_FIELDS = (
    "id order account symbol side qty notional fee pnl covered margin_change kind ambiguous lifecycle market_ms"
).split()

TRADE_FIELDS = "id account symbol side lifecycle opened_ms closed_ms pnl fees exit_kind".split()


def _plan_order(fill: BookedFill) -> tuple[object, ...]:
    done = fill.execution
    head = (fill.order_id, None, done.account_id, done.kind, done.symbol, done.side, done.qty, done.leverage)
    return (*head, True, None, None, done.market_ms, "filled", "")


def _fill_values(fill: BookedFill) -> tuple[object, ...]:
    done, effect = fill.execution, fill.effect
    return (
        derive_id("fill", fill.order_id, 1),
        fill.order_id,
        done.account_id,
        done.symbol,
        done.side,
        done.qty,
        done.notional,
        effect.fee,
        effect.pnl,
        effect.covered,
        effect.reserved_change,
        done.kind,
        fill.ambiguous,
        effect.lifecycle,
        done.market_ms,
    )


def _trade_values(fill: BookedFill, before: Position) -> tuple[object, ...]:
    done, effect = fill.execution, fill.effect
    trade = derive_id("trade", done.account_id, done.symbol, effect.lifecycle)
    head = (trade, done.account_id, done.symbol, before.side, effect.lifecycle)
    totals = (before.realised + effect.pnl + effect.covered, before.fees + effect.fee)
    return (*head, before.opened_ms, done.market_ms, *totals, done.kind)


def _record_positions(fills: Sequence[BookedFill]) -> None:
    latest: dict[str, tuple[object, ...]] = {}
    for fill in fills:
        done, after = fill.execution, fill.effect.after
        key = derive_id("position", done.account_id, done.symbol)
        if after is not None:
            values = tuple(getattr(after, name) for name in POSITION_FIELDS)
        else:
            lead = (done.account_id, done.symbol, -done.side)
            values = (*lead, 0, 0, 0, done.leverage, None, None, done.market_ms, fill.effect.lifecycle, 0, 0)
        latest[key] = (*values[2:], key, values[0], values[1])
    rows = [(row[-3], row[-2], row[-1], *row[:-3]) for row in latest.values()]
    names = ("id", "account", "symbol", *POSITION_FIELDS[2:])
    insert_rows(models.Position, names, rows, ignore_existing=True)
    update_rows(models.Position, "id", POSITION_FIELDS[2:], [row[:-2] for row in latest.values()])


def set_trading_level(level: str, reason: str, changed_by: str, now_ms: int) -> None:
    """Turn the global switch: 'active', 'reducing' (no new entries) or 'halted' (no new rounds)."""
    if level not in {"active", "reducing", "halted"}:
        raise ValueError(f"trading level {level!r} is not known; use active, reducing or halted")
    if level != "active" and not reason.strip():
        raise ValueError("turning trading off needs a reason")
    values = {"level": level, "reason": reason, "changed_by": changed_by, "changed_ms": now_ms}
    models.TradingState.objects.update_or_create(id="global", defaults=values)
