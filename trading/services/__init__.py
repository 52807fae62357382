"""Writes of market facts, decisions, orders and fills."""

from trading.domain.account_events import BookedFill
from trading.services.budgets import BudgetSpentError, SharedBudget
from trading.services.decisions import (
    DecisionRow,
    record_decisions,
    record_denials,
    record_intents,
    record_rejections,
)
from trading.services.fills import record_fills
from trading.services.market import (
    record_blobs,
    record_execution_book,
    record_funding,
    record_instruments,
    record_snapshot,
    record_ticks,
)
from trading.services.reconcile_booking import MismatchError, resolve_mismatch, unfreeze_account
from trading.services.recorded_commands import CommandRow, record_commands
from trading.services.resting import AccountChange, ask_to_withdraw, carry_out, end_waiting, record_changes
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
from trading.services.switch_keys import PURPOSE as VENUE_PURPOSE
from trading.services.switch_keys import check_role, drop_venue_key, store_venue_key
from trading.services.switch_trips import obey_stop_file, trip
from trading.services.switch_venues import (
    disable_venue,
    enable_venue,
    live_words,
    note_permissions,
    record_deployment,
    waive_permissions,
)
from trading.services.venue_books_binding import Binding, BindingError, VenueState, bind_venue_account

__all__ = [
    "AUTOMATIC",
    "VENUE_FEED",
    "VENUE_PURPOSE",
    "AccountChange",
    "Binding",
    "BindingError",
    "BookedFill",
    "BudgetSpentError",
    "CommandRow",
    "DecisionRow",
    "MismatchError",
    "RepeatedRequestError",
    "SharedBudget",
    "SwitchError",
    "Turn",
    "Turned",
    "VenueState",
    "ask_to_withdraw",
    "bind_venue_account",
    "carry_out",
    "check_role",
    "checked_words",
    "disable_venue",
    "drop_venue_key",
    "enable_venue",
    "end_waiting",
    "live_words",
    "note_permissions",
    "obey_stop_file",
    "record_blobs",
    "record_change",
    "record_changes",
    "record_commands",
    "record_decisions",
    "record_denials",
    "record_deployment",
    "record_execution_book",
    "record_fills",
    "record_funding",
    "record_instruments",
    "record_intents",
    "record_rejections",
    "record_snapshot",
    "record_ticks",
    "resolve_mismatch",
    "set_trading_level",
    "store_venue_key",
    "trip",
    "turn_switch",
    "unfreeze_account",
    "waive_permissions",
]
