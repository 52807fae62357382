"""Reads of the market, portfolios, decisions and fills as frozen values."""

from trading.selectors.books import (
    POSITION_FIELDS,
    last_lifecycles,
    open_counts,
    open_positions,
    portfolios,
    trading_level,
)
from trading.selectors.market import (
    blob_bodies,
    blob_body,
    execution_book,
    instruments,
    latest_tick,
    rule_book,
    snapshot,
    ticks,
)
from trading.selectors.records import (
    DecisionRecord,
    FillRecord,
    TradeRecord,
    decision_records,
    decisions_of_turns,
    fill_records,
    fills_of_decisions,
    trade_records,
)
from trading.selectors.rounds import (
    FILL_FACT_FIELDS,
    StoredDecision,
    fills_of_orders,
    intents,
    stored_decisions,
)

__all__ = [
    "FILL_FACT_FIELDS",
    "POSITION_FIELDS",
    "DecisionRecord",
    "FillRecord",
    "StoredDecision",
    "TradeRecord",
    "blob_bodies",
    "blob_body",
    "count_fills_by_slot",
    "decision_records",
    "decisions_of_turns",
    "execution_book",
    "fill_records",
    "fills_of_decisions",
    "fills_of_orders",
    "first_tick_since",
    "instruments",
    "intents",
    "last_lifecycles",
    "latest_tick",
    "open_counts",
    "open_positions",
    "portfolios",
    "rule_book",
    "snapshot",
    "stored_decisions",
    "ticks",
    "trade_records",
    "trading_level",
]
