"""What may be read: the books, and which keys are there."""

from accounts.selectors.ledger import (
    Balance,
    StatementLine,
    TrialLine,
    balances,
    books_balance,
    check_ledger,
    statement,
    trial_balance,
)
from accounts.selectors.secrets import (
    OpenedSecrets,
    SecretHint,
    master_key_counts,
    open_fields,
    open_secrets,
    secret_hints,
    secrets_of,
)

__all__ = [
    "Balance",
    "OpenedSecrets",
    "SecretHint",
    "StatementLine",
    "TrialLine",
    "balances",
    "books_balance",
    "check_ledger",
    "master_key_counts",
    "open_fields",
    "open_secrets",
    "secret_hints",
    "secrets_of",
    "statement",
    "trial_balance",
]
