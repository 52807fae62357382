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
from trading.services.switch import (
    AUTOMATIC,
    VENUE_FEED,
    RepeatedRequestError,
    SwitchError,
    Turn,
    Turned,
    checked_words,
    record_change,
    set_trading_level,
    turn_switch,
)

__all__ = [
    "AUTOMATIC",
    "VENUE_FEED",
    "BookedFill",
    "DecisionRow",
    "RepeatedRequestError",
    "SwitchError",
    "Turn",
    "Turned",
    "checked_words",
    "record_blobs",
    "record_change",
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
    "turn_switch",
]
