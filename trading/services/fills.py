"""Writes of fills, positions, closed trades and their postings, together. For the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Final

from accounts.services import record_entries
from kernel.ids import derive_id
from store.bulk import insert_rows, update_rows
from trading import models
from trading.domain.account import CROSS
from trading.domain.account_events import BookedFill, entries_of
from trading.domain.instruments import Instrument
from trading.domain.invalidation import encode_invalidation
from trading.domain.positions import Position, liquidation_price
from trading.selectors import POSITION_FIELDS
from trading.services.decisions import ORDER_FIELDS

__all__ = ["BookedFill", "insert_fills", "position_values", "record_fills", "write_positions"]

FILL_FIELDS: Final = (
    "id",
    "feed",
    "order",
    "account",
    "symbol",
    "side",
    "qty",
    "notional",
    "fee",
    "pnl",
    "covered",
    "margin_change",
    "kind",
    "ambiguous",
    "lifecycle",
    "market_ms",
    "maker",
    "venue_trade_id",
    "penalty",
    "seq",
)

TRADE_FIELDS: Final = (
    "id",
    "account",
    "symbol",
    "side",
    "lifecycle",
    "opened_ms",
    "closed_ms",
    "pnl",
    "fees",
    "funding",
    "exit_kind",
)


def record_fills(feed: str, fills: Sequence[BookedFill], instruments: Mapping[str, Instrument]) -> None:
    """Book fills, positions, closed trades and postings together."""
    insert_fills(feed, fills)
    update_rows(models.Order, "id", ("state", "filled"), _order_changes(fills))
    latest = {(fill.account_id, fill.execution.symbol): fill for fill in fills}
    rows = [(key, position_values(fill, fill.effect.after, instruments)) for key, fill in latest.items()]
    write_positions(feed, rows)
    record_entries([entry for fill in fills for entry in entries_of(fill)])


def insert_fills(feed: str, fills: Sequence[BookedFill]) -> None:
    """Insert the rows of fills, of the trades they closed and of the plans that fired."""
    plans = [fill for fill in fills if fill.is_plan]
    insert_rows(models.Order, ORDER_FIELDS, [_plan_order(feed, fill) for fill in plans])
    insert_rows(models.Fill, FILL_FIELDS, [_fill_values(feed, fill) for fill in fills])
    closed = [_trade_values(fill, fill.before) for fill in fills if fill.before and fill.effect.closed]
    insert_rows(models.ClosedTrade, TRADE_FIELDS, closed)


def _order_changes(fills: Sequence[BookedFill]) -> list[tuple[object, ...]]:
    """Return state and filled quantity of each order after the last of its fills here."""
    filled: dict[str, int] = {}
    states: dict[str, str] = {}
    for fill in fills:
        if fill.is_plan:
            continue
        before = filled.get(fill.order_id, 0)
        told = fill.order_filled
        filled[fill.order_id] = before + fill.execution.qty if told is None else told
        states[fill.order_id] = fill.order_state
    return [(states[order], filled[order], order) for order in states]


def _plan_order(feed: str, fill: BookedFill) -> tuple[object, ...]:
    done = fill.execution
    head = (
        fill.order_id,
        feed,
        None,
        done.account_id,
        done.kind,
        done.symbol,
        done.side,
        done.qty,
        done.leverage,
    )
    end = ("market", "ioc", False, None, 0, 0, done.qty)
    return (*head, True, None, None, "", done.market_ms, "filled", "", *end)


def _fill_values(feed: str, fill: BookedFill) -> tuple[object, ...]:
    done, effect = fill.execution, fill.effect
    return (
        derive_id("fill", fill.order_id, fill.fill_key),
        feed,
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
        fill.maker,
        fill.venue_trade_id,
        done.penalty,
        fill.seq,
    )


def _trade_values(fill: BookedFill, before: Position) -> tuple[object, ...]:
    done, effect = fill.execution, fill.effect
    trade = derive_id("trade", done.account_id, done.symbol, effect.lifecycle)
    head = (trade, done.account_id, done.symbol, before.side, effect.lifecycle)
    totals = (before.realised + effect.pnl + effect.covered, before.fees + effect.fee, before.funding)
    return (*head, before.opened_ms, done.market_ms, *totals, done.kind)


Key = tuple[str, str]
"""Account and symbol."""


def write_positions(feed: str, rows: Sequence[tuple[Key, tuple[object, ...]]]) -> None:
    """Write the columns of positions, from ``side`` on, whether their rows stand already or not."""
    keys = [derive_id("position", *key) for key, _ in rows]
    fresh = [(row_id, feed, *key, *values) for row_id, (key, values) in zip(keys, rows, strict=True)]
    columns = (*POSITION_FIELDS[2:], "liquidation_price")
    insert_rows(models.Position, ("id", "feed", "account", "symbol", *columns), fresh, ignore_existing=True)
    changed = [(*values, row_id) for row_id, (_, values) in zip(keys, rows, strict=True)]
    update_rows(models.Position, "id", columns, changed)


def position_values(
    fill: BookedFill | None,
    after: Position | None,
    instruments: Mapping[str, Instrument],
    mode: str = "isolated",
) -> tuple[object, ...]:
    """Return the columns of a position; a flat one keeps the number of the trade that ``fill`` closed.

    On cross margin no liquidation price is stored: it moves with whatever else the account holds.
    """
    if after is not None:
        watch = {"watch": encode_invalidation(after.watch)}
        values = tuple(watch.get(name, getattr(after, name)) for name in POSITION_FIELDS[2:])
        stored = None if mode == CROSS else liquidation_price(after, instruments[after.symbol])
        return (*values, stored)
    if fill is None:
        raise ValueError("a position became flat without a fill")
    done = fill.execution
    head = (-done.side, 0, 0, 0, done.leverage, None, None, done.market_ms, fill.effect.lifecycle)
    return (*head, 0, 0, "", 0, 0, None, None)
