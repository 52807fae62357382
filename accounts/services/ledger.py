"""Writes to the books: accounts, entries, and the balances that cache them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from django.db import IntegrityError, connections, router, transaction

from accounts.domain.entries import deposit_entry, release_entry, reserve_entry, withdraw_entry
from accounts.domain.ledger import (
    ACCOUNT_CODES,
    HOUSE,
    USDT,
    DuplicateEntryError,
    EntryDraft,
    InsufficientFundsError,
    Line,
    MalformedEntryError,
    UnknownAccountError,
    check_entry,
    entry_id,
    ledger_account_id,
    merge_entry,
)
from accounts.models import JournalEntry, LedgerAccount, Posting, TradingAccount
from kernel.units import MAX_UNITS
from store.bulk import add_to_rows, insert_rows, select_by_keys

Column = tuple[str, str, str]
"""Account id ('' is the house), code and asset."""

_CHUNK = 10_000
"""Ids in one SELECT: SQLite allows 32,766 parameters."""


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """A trading account to open. ``owner_id`` is a user's id, or None for a contestant's account."""

    id: str
    name: str
    kind: str
    owner_id: int | None
    created_ms: int


def open_accounts(drafts: Sequence[AccountDraft]) -> None:
    """Open accounts with their USDT columns; those that stand already are left as they are."""
    accounts = sorted((d.id, d.name, d.kind, d.owner_id, d.created_ms) for d in drafts)
    columns = [(draft.id, code, USDT) for draft in drafts for code in ACCOUNT_CODES]
    with transaction.atomic():
        insert_rows(
            TradingAccount, ["id", "name", "kind", "owner", "created_ms"], accounts, ignore_existing=True
        )
        _insert_columns(columns)


def record_entries(drafts: Sequence[EntryDraft]) -> None:
    """Book entries in order: all of them, or none and a LedgerError.

    Runs inside the caller's transaction, which stays usable after a LedgerError. The result is that of
    booking one by one: an entry may use what an earlier one brought. Call it once in a transaction: it locks
    the columns in the order of their ids, so that two workers cannot wait for each other.
    """
    if not drafts:
        return
    if not connections[router.db_for_write(Posting)].in_atomic_block:
        raise transaction.TransactionManagementError(
            "record_entries outside a transaction; wrap the whole event in transaction.atomic()"
        )
    entries = [_checked(draft) for draft in drafts]
    _check_references(entries)
    columns = dict.fromkeys(chain.from_iterable(map(_columns_of, entries)))
    ids = {column: ledger_account_id(*column) for column in columns}
    with transaction.atomic():
        before = _lock_columns(ids, entries)
        keys = [entry_id(entry.reference) for entry in entries]
        _insert_entries(entries, keys)
        after = _compute_balances(entries, before)
        _insert_postings(entries, keys, ids)
        changes = [(after[column] - before[column], key) for column, key in ids.items()]
        add_to_rows(LedgerAccount, "id", ["balance"], sorted(changes, key=lambda row: row[1]))


def deposit(account_id: str, amount: int, *, reference: str, market_ms: int, asset: str = USDT) -> None:
    """Book paper money into an account; raises LedgerError."""
    _record(deposit_entry(account_id, amount, reference=reference, market_ms=market_ms, asset=asset))


def withdraw(account_id: str, amount: int, *, reference: str, market_ms: int, asset: str = USDT) -> None:
    """Book paper money out of an account; raises LedgerError."""
    _record(withdraw_entry(account_id, amount, reference=reference, market_ms=market_ms, asset=asset))


def reserve(account_id: str, amount: int, *, reference: str, market_ms: int, asset: str = USDT) -> None:
    """Set free money aside; raises LedgerError."""
    _record(reserve_entry(account_id, amount, reference=reference, market_ms=market_ms, asset=asset))


def release(account_id: str, amount: int, *, reference: str, market_ms: int, asset: str = USDT) -> None:
    """Free money that was set aside; raises LedgerError."""
    _record(release_entry(account_id, amount, reference=reference, market_ms=market_ms, asset=asset))


def _record(draft: EntryDraft) -> None:
    with transaction.atomic():
        record_entries([draft])


def _checked(draft: EntryDraft) -> EntryDraft:
    check_entry(draft)
    merged = merge_entry(draft)
    if merged is not draft:
        check_entry(merged)  # merging may leave nothing, or an amount out of bounds
    return merged


def _check_references(entries: Sequence[EntryDraft]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.reference in seen:
            raise DuplicateEntryError(entry.reference)
        seen.add(entry.reference)


def _columns_of(entry: EntryDraft) -> Iterator[Column]:
    return ((line.account_id, line.code, line.asset) for line in entry.lines)


def _lock_columns(ids: dict[Column, str], entries: Sequence[EntryDraft]) -> dict[Column, int]:
    """Return the balances of these columns, locked until the transaction ends; missing ones are made."""
    with transaction.atomic():
        found = _select_for_update(ids.values())
        missing = [column for column, key in ids.items() if key not in found]
        # What was locked beside missing columns is let go again: to lock these afterwards would be another
        # order than that of who finds them all, and the two would wait for each other (PostgreSQL).
        transaction.set_rollback(bool(missing))
    if missing:
        _check_accounts_exist(missing, entries)
        _insert_columns(missing)
        found = _select_for_update(ids.values())
    return {column: found[key] for column, key in ids.items()}


def _select_for_update(keys: Iterable[str]) -> dict[str, int]:
    return dict(select_by_keys(LedgerAccount, "id", ("id", "balance"), sorted(keys), lock=True))


def _check_accounts_exist(columns: Sequence[Column], entries: Sequence[EntryDraft]) -> None:
    wanted = sorted({account_id for account_id, _, _ in columns if account_id != HOUSE})
    known: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        known.update(TradingAccount.objects.filter(id__in=chunk).values_list("id", flat=True))
    unknown = set(wanted) - known
    for entry in entries:
        for line in entry.lines:
            if line.account_id in unknown:
                raise UnknownAccountError(line.account_id, entry.reference)


def _insert_columns(columns: Sequence[Column]) -> None:
    """Insert columns at zero. Another worker may do the same: the id is derived, so one of the two wins."""
    rows = sorted(
        (ledger_account_id(account_id, code, asset), account_id or None, code, asset, 0)
        for account_id, code, asset in columns
    )
    names = ["id", "account", "code", "asset", "balance"]
    insert_rows(LedgerAccount, names, rows, ignore_existing=True)


def _compute_balances(entries: Sequence[EntryDraft], before: dict[Column, int]) -> dict[Column, int]:
    """Return the balances after these entries in turn; raises for the first entry that goes out of bounds."""
    balances = dict(before)
    for entry in entries:
        for line in entry.lines:
            column = (line.account_id, line.code, line.asset)
            balances[column] += line.amount
            if balances[column] < 0 or balances[column] > MAX_UNITS:
                _check_bounds(entry, line, balances[column])
    return balances


def _check_bounds(entry: EntryDraft, line: Line, balance: int) -> None:
    if line.account_id != HOUSE and balance < 0:
        raise InsufficientFundsError(line.account_id, entry.reference, line.code, line.asset, balance)
    if abs(balance) > MAX_UNITS:
        owner = line.account_id or "the house"
        raise MalformedEntryError(
            f"entry {entry.reference}: {owner} would hold {balance} units of {line.code} {line.asset}; "
            f"a column stays within +-{MAX_UNITS}, book less"
        )


def _insert_entries(entries: Sequence[EntryDraft], keys: Sequence[str]) -> None:
    rows = [
        (key, entry.reference, entry.kind, entry.market_ms) for key, entry in zip(keys, entries, strict=True)
    ]
    try:
        with transaction.atomic():
            insert_rows(JournalEntry, ["id", "reference", "kind", "market_ms"], rows)
    except IntegrityError as error:
        for entry in entries:
            if JournalEntry.objects.filter(reference=entry.reference).exists():
                raise DuplicateEntryError(entry.reference) from error
        raise


def _insert_postings(entries: Sequence[EntryDraft], keys: Sequence[str], ids: dict[Column, str]) -> None:
    rows: list[tuple[str, str, int]] = []
    for key, entry in zip(keys, entries, strict=True):
        rows += [(key, ids[line.account_id, line.code, line.asset], line.amount) for line in entry.lines]
    insert_rows(Posting, ["entry", "ledger_account", "amount"], rows)
