"""The operator's view of people, money and keys. Django finds the pages by this import."""

from accounts.admin.books import (
    JournalEntryAdmin,
    LedgerAccountAdmin,
    ReadOnlyAdmin,
    TradingAccountAdmin,
    UserAdmin,
)
from accounts.admin.keys import SecretAdmin

__all__ = [
    "JournalEntryAdmin",
    "LedgerAccountAdmin",
    "ReadOnlyAdmin",
    "SecretAdmin",
    "TradingAccountAdmin",
    "UserAdmin",
]
