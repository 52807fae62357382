"""Writes of fills, positions, closed trades and their postings, together. For the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from accounts.services import record_entries
from kernel.ids import derive_id
from store.bulk import insert_rows, update_rows
from trading import models
from trading.domain.bookkeeping import entry_of
from trading.domain.instruments import Instrument
from trading.domain.invalidation import encode_invalidation
from trading.domain.positions import Execution, FillEffect, Position, liquidation_price
from trading.selectors import POSITION_FIELDS
from trading.services.decisions import ORDER_FIELDS

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


FIRST: Final = "1"
"""Key of an order's first fill: its ids are those of an order that fills once."""


class BookedFill(NamedTuple):
    """An execution with its effect, as it goes into the books.

    ``before`` is the position it met. ``is_plan`` marks a plan that fired (stop, target, liquidation,
    invalidation): its order row is written here, where a decision's order stands as an intent already.

    ``fill_key`` tells several fills of one order apart ('1' for the first of paper; at a venue its own name
    of the trade). ``order_state`` is the order's state after it, ``order_filled`` what has been filled of it
    in all; None where the fills of this call are all there are.
    """

    order_id: str
    execution: Execution
    effect: FillEffect
    before: Position | None
    ambiguous: bool = False
    is_plan: bool = False
    fill_key: str = FIRST
    maker: bool = False
    venue_trade_id: str = ""
    order_state: str = "filled"
    order_filled: int | None = None

    @property
    def reference(self) -> str:
        """The natural key of its journal entry."""
        key = "" if self.fill_key == FIRST else f":{self.fill_key}"
        return f"fill:{self.order_id}{key}"


def record_fills(feed: str, fills: Sequence[BookedFill], instruments: Mapping[str, Instrument]) -> None:
    """Book fills, positions, closed trades and postings together."""
    plans = [fill for fill in fills if fill.is_plan]
    insert_rows(models.Order, ORDER_FIELDS, [_plan_order(feed, fill) for fill in plans])
    update_rows(models.Order, "id", ("state", "filled"), _order_changes(fills))
    insert_rows(models.Fill, FILL_FIELDS, [_fill_values(feed, fill) for fill in fills])
    _record_positions(feed, fills, instruments)
    closed = [_trade_values(fill, fill.before) for fill in fills if fill.before and fill.effect.closed]
    insert_rows(models.ClosedTrade, TRADE_FIELDS, closed)
    record_entries([entry_of(fill.effect, fill.execution, fill.reference) for fill in fills])


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
    )


def _trade_values(fill: BookedFill, before: Position) -> tuple[object, ...]:
    done, effect = fill.execution, fill.effect
    trade = derive_id("trade", done.account_id, done.symbol, effect.lifecycle)
    head = (trade, done.account_id, done.symbol, before.side, effect.lifecycle)
    totals = (before.realised + effect.pnl + effect.covered, before.fees + effect.fee, before.funding)
    return (*head, before.opened_ms, done.market_ms, *totals, done.kind)


def _record_positions(feed: str, fills: Sequence[BookedFill], instruments: Mapping[str, Instrument]) -> None:
    latest = {(fill.execution.account_id, fill.execution.symbol): fill for fill in fills}
    rows = [_position_values(fill, instruments) for fill in latest.values()]
    keys = [derive_id("position", account, symbol) for account, symbol in latest]
    fresh = [(key, feed, *names, *row) for key, names, row in zip(keys, latest, rows, strict=True)]
    columns = (*POSITION_FIELDS[2:], "liquidation_price")
    insert_rows(models.Position, ("id", "feed", "account", "symbol", *columns), fresh, ignore_existing=True)
    update_rows(models.Position, "id", columns, [(*row, key) for key, row in zip(keys, rows, strict=True)])


def _position_values(fill: BookedFill, instruments: Mapping[str, Instrument]) -> tuple[object, ...]:
    """Return the columns of a position after a fill, from ``side`` on; a flat one keeps its number."""
    done, after = fill.execution, fill.effect.after
    if after is None:
        return (
            -done.side,
            0,
            0,
            0,
            done.leverage,
            None,
            None,
            done.market_ms,
            fill.effect.lifecycle,
            0,
            0,
            "",
            0,
            0,
            None,
            None,
        )
    watch = {"watch": encode_invalidation(after.watch)}
    values = tuple(watch.get(name, getattr(after, name)) for name in POSITION_FIELDS[2:])
    return (*values, liquidation_price(after, instruments[after.symbol]))
