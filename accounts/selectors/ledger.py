"""Reads of the books as frozen values, and the checks that derive every figure again (in SQL, set by set)."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db import connections, router

from accounts.domain.ledger import ACCOUNT_CODES, AVAILABLE, RESERVED, USDT, ledger_account_id
from accounts.models import LedgerAccount, Posting
from kernel.units import format_units
from store.bulk import select_by_keys

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """Free and set-aside money of one account in one asset, in units."""

    available: int
    reserved: int

    @property
    def total(self) -> int:
        """Return both together."""
        return self.available + self.reserved


@dataclass(frozen=True, slots=True)
class TrialLine:
    """All columns of one code and asset together, in units."""

    code: str
    asset: str
    columns: int
    balance: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One posting of one account. ``id`` is the key of the page after it."""

    id: int
    reference: str
    kind: str
    market_ms: int
    code: str
    asset: str
    amount: int


def balances(account_ids: Sequence[str], asset: str = USDT) -> dict[str, Balance]:
    """Return the balances of these accounts; an account without columns in this asset is left out."""
    found: dict[str, dict[str, int]] = {}
    names = ("account", "code", "asset", "balance")
    for account, code, held, balance in select_by_keys(LedgerAccount, "account", names, account_ids):
        if held == asset:
            found.setdefault(account, {})[code] = balance
    return {
        account: Balance(found[account].get(AVAILABLE, 0), found[account].get(RESERVED, 0))
        for account in account_ids
        if account in found
    }


def statement(
    account_id: str, *, asset: str = USDT, before: int | None = None, limit: int = 50
) -> tuple[StatementLine, ...]:
    """Return an account's postings with an id below ``before``, newest first (a keyset page)."""
    pages = [_column_page(account_id, code, asset, before, limit) for code in ACCOUNT_CODES]
    return tuple(islice(merge(*pages, key=attrgetter("id"), reverse=True), limit))


def _column_page(
    account_id: str, code: str, asset: str, before: int | None, limit: int
) -> list[StatementLine]:
    # One column at a time is a walk along its index; both at once would sort everything the account ever did.
    rows = Posting.objects.filter(ledger_account_id=ledger_account_id(account_id, code, asset))
    if before is not None:
        rows = rows.filter(id__lt=before)
    fields = "id", "entry__reference", "entry__kind", "entry__market_ms", "amount"
    page = rows.order_by("-id").values_list(*fields)[:limit]
    return [
        StatementLine(key, reference, kind, market_ms, code, asset, amount)
        for key, reference, kind, market_ms, amount in page
    ]


def trial_balance() -> tuple[TrialLine, ...]:
    """Return the sum of every code and asset, in order of asset and code; per asset the sums are zero."""
    return tuple(TrialLine(*row) for row in _rows(_TRIAL))


def books_balance() -> bool:
    """Return whether all cached balances sum to zero per asset: one read of the columns, for every page."""
    return not _rows(_UNEQUAL_ASSETS)


def check_ledger() -> str | None:
    """Derive the books again and return the first break as one sentence, or None.

    Looked at in turn: every posting has its entry and column, every entry has postings, an entry's postings
    sum to zero per asset, every cached balance is the sum of its postings, all balances sum to zero per
    asset, and no account's free or reserved money is negative.
    """
    for sql, say in _BREAKS:
        rows = _rows(sql)
        if rows:
            return say(rows[0])
    return None


def _rows(sql: str) -> list[Row]:
    with connections[router.db_for_read(Posting)].cursor() as cursor:
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]


# SUM gives PostgreSQL a numeric: by the cast both databases answer with an integer, and overflow is an error.
_TRIAL = """
SELECT code, asset, COUNT(*), CAST(SUM(balance) AS BIGINT) FROM accounts_ledgeraccount
GROUP BY code, asset ORDER BY asset, code
"""

_UNEQUAL_ASSETS = """
SELECT asset, CAST(SUM(balance) AS BIGINT) FROM accounts_ledgeraccount
GROUP BY asset HAVING SUM(balance) <> 0 ORDER BY asset
"""

_LOST_POSTINGS = """
SELECT p.id, p.entry_id, p.ledger_account_id FROM accounts_posting p
WHERE NOT EXISTS (SELECT 1 FROM accounts_journalentry e WHERE e.id = p.entry_id)
OR NOT EXISTS (SELECT 1 FROM accounts_ledgeraccount l WHERE l.id = p.ledger_account_id)
ORDER BY p.id LIMIT 1
"""

_EMPTY_ENTRIES = """
SELECT e.reference FROM accounts_journalentry e
WHERE NOT EXISTS (SELECT 1 FROM accounts_posting p WHERE p.entry_id = e.id)
ORDER BY e.market_ms, e.reference LIMIT 1
"""

_UNBALANCED_ENTRIES = """
SELECT e.reference, b.asset, b.total FROM (
  SELECT p.entry_id, l.asset, CAST(SUM(p.amount) AS BIGINT) AS total
  FROM accounts_posting p JOIN accounts_ledgeraccount l ON l.id = p.ledger_account_id
  GROUP BY p.entry_id, l.asset HAVING SUM(p.amount) <> 0
) b JOIN accounts_journalentry e ON e.id = b.entry_id
ORDER BY e.market_ms, e.reference, b.asset LIMIT 1
"""

_STALE_BALANCES = """
SELECT l.account_id, l.code, l.asset, l.balance, CAST(COALESCE(s.total, 0) AS BIGINT)
FROM accounts_ledgeraccount l LEFT JOIN (
  SELECT ledger_account_id, SUM(amount) AS total FROM accounts_posting GROUP BY ledger_account_id
) s ON s.ledger_account_id = l.id
WHERE l.balance <> COALESCE(s.total, 0) ORDER BY l.id LIMIT 1
"""

_NEGATIVE_BALANCES = """
SELECT account_id, code, asset, balance FROM accounts_ledgeraccount
WHERE account_id IS NOT NULL AND balance < 0 ORDER BY id LIMIT 1
"""


def _say_lost(row: Row) -> str:
    return (
        f"posting {row[0]} has lost its entry {row[1]} or its column {row[2]}; restore the rows from a backup"
    )


def _say_empty(row: Row) -> str:
    return f"entry {row[0]} has no postings; restore them from a backup"


def _say_unbalanced(row: Row) -> str:
    return (
        f"entry {row[0]}: its {row[1]} postings sum to {format_units(row[2])} instead of 0; "
        "a posting was changed behind the books, restore it from a backup"
    )


def _say_stale(row: Row) -> str:
    return (
        f"{_owner(row[0])}: {row[1]} {row[2]} stands at {format_units(row[3])}, but its postings sum to "
        f"{format_units(row[4])}; the balance was changed behind the books, set it to that sum"
    )


def _say_unequal(row: Row) -> str:
    return (
        f"all {row[0]} balances sum to {format_units(row[1])} instead of 0; restore the books from a backup"
    )


def _say_negative(row: Row) -> str:
    return (
        f"{_owner(row[0])}: {row[1]} {row[2]} stands at {format_units(row[3])}; book a deposit that covers it"
    )


def _owner(account_id: str | None) -> str:
    return f"account {account_id}" if account_id else "the house"


_BREAKS = (
    (_LOST_POSTINGS, _say_lost),
    (_EMPTY_ENTRIES, _say_empty),
    (_UNBALANCED_ENTRIES, _say_unbalanced),
    (_STALE_BALANCES, _say_stale),
    (_UNEQUAL_ASSETS, _say_unequal),
    (_NEGATIVE_BALANCES, _say_negative),
)
