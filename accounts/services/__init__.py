"""What may be written: the books, and keys at rest."""

from accounts.services.ledger import (
    AccountDraft,
    deposit,
    open_accounts,
    record_entries,
    release,
    reserve,
    withdraw,
)
from accounts.services.secrets import (
    RotationCount,
    drop_secret,
    keep_host,
    mark_checked,
    rotate_secrets,
    store_fields,
    store_secret,
)

__all__ = [
    "AccountDraft",
    "RotationCount",
    "deposit",
    "drop_secret",
    "keep_host",
    "mark_checked",
    "open_accounts",
    "record_entries",
    "release",
    "reserve",
    "rotate_secrets",
    "store_fields",
    "store_secret",
    "withdraw",
]
