"""Writes of market facts, decisions, orders and fills."""

from trading.services.decisions import (
    DecisionRow,
    record_decisions,
    record_denials,
    record_intents,
    record_rejections,
)
from trading.services.fills import BookedFill, record_fills
from trading.services.market import (
    record_blobs,
    record_execution_book,
    record_funding,
    record_instruments,
    record_snapshot,
    record_ticks,
)
from trading.services.switch import set_trading_level

__all__ = [
    "BookedFill",
    "DecisionRow",
    "record_blobs",
    "record_decisions",
    "record_denials",
    "record_execution_book",
    "record_fills",
    "record_funding",
    "record_instruments",
    "record_intents",
    "record_rejections",
    "record_snapshot",
    "record_ticks",
    "set_trading_level",
]
