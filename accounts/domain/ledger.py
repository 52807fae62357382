"""The books: which columns exist, what a journal entry is, and when it balances.

Double entry: an entry is a set of lines, each an amount in units of 1e-8 to one column, and its lines sum to
zero per asset. An account's columns hold what its owner has; the house's columns hold the other side. Money
that enters by `deposits` makes that column negative, so all columns together are zero per asset, always.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from kernel.ids import derive_id
from kernel.units import MAX_UNITS, format_units

HOUSE: Final = ""
"""The account id of the house."""

AVAILABLE: Final = "available"
RESERVED: Final = "reserved"
ACCOUNT_CODES: Final = (AVAILABLE, RESERVED)
"""Columns of a trading account: free money, and money set aside as margin or for an order. Never negative."""

HOUSE_CODES: Final = ("deposits", "fees", "trading", "funding", "insurance", "dust", "spot", "adjustments")
"""Columns of the house: money from and to outside, fees earned, the other side of profit and loss, funding,
losses beyond a position's margin, what rounding leaves, the other side of spot trades, and what a real venue
shows that no event of ours explains."""

USDT: Final = "USDT"
MAX_REFERENCE: Final = 120
MAX_KIND: Final = 20

_ASSET = re.compile(r"[A-Z0-9]{1,12}")
_CODES: Final = {True: frozenset(HOUSE_CODES), False: frozenset(ACCOUNT_CODES)}


class LedgerError(Exception):
    """Base of what the books refuse; the text is one sentence with the reference, the reason and the remedy.

    LedgerError
     ├── MalformedEntryError      a bug of the caller: an unknown column, a zero or unbounded amount, no text
     ├── UnbalancedEntryError     a bug of the caller: the lines of an asset do not sum to zero
     ├── DuplicateEntryError      the event is in the books already: the caller may take it as done
     ├── InsufficientFundsError   the account cannot pay: the caller refuses the request
     └── UnknownAccountError      the account was never opened: open it first
    """


class MalformedEntryError(LedgerError):
    """An entry that cannot be read as one."""


class UnbalancedEntryError(LedgerError):
    """An entry that would make or destroy money."""


class DuplicateEntryError(LedgerError):
    """An entry whose reference is in the books. ``reference`` names it."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"entry {reference}: this reference is in the books already; an event is booked once"
        )
        self.reference = reference


class InsufficientFundsError(LedgerError):
    """An entry that would take an account's free or reserved money, or a column, out of bounds."""

    def __init__(self, account_id: str, reference: str, code: str, asset: str, balance: int) -> None:
        super().__init__(
            f"entry {reference}: account {account_id or 'house'} has too little {code} {asset} "
            f"(it would stand at {format_units(balance)}); deposit or release first, or ask for less"
        )
        self.account_id = account_id
        self.reference = reference


class UnknownAccountError(LedgerError):
    """An entry for an account that was never opened."""

    def __init__(self, account_id: str, reference: str) -> None:
        super().__init__(
            f"entry {reference}: account {account_id} was never opened; call open_accounts first"
        )
        self.account_id = account_id
        self.reference = reference


@dataclass(frozen=True, slots=True)
class Line:
    """An amount in units to one column; ``account_id`` '' is the house. Plus adds to the column."""

    account_id: str
    code: str
    asset: str
    amount: int


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """One event for the books. ``reference`` is its natural key: booking it twice is refused."""

    reference: str
    kind: str
    market_ms: int
    lines: tuple[Line, ...]


def ledger_account_id(account_id: str, code: str, asset: str) -> str:
    """Return the id of one column of the books; ``account_id`` '' is the house."""
    return derive_id("ledger", account_id, code, asset)


def entry_id(reference: str) -> str:
    """Return the id of the entry with this reference."""
    return derive_id("entry", reference)


def merge_lines(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return one line a column, in order of first appearance; what cancels out is left away."""
    sums: dict[tuple[str, str, str], int] = {}
    for line in lines:
        column = (line.account_id, line.code, line.asset)
        sums[column] = sums.get(column, 0) + line.amount
    return tuple(Line(*column, amount) for column, amount in sums.items() if amount)


def merge_entry(draft: EntryDraft) -> EntryDraft:
    """Return the entry with one line a column; the same object where nothing is to be merged."""
    lines = merge_lines(draft.lines)
    return draft if len(lines) == len(draft.lines) else replace(draft, lines=lines)


def check_entry(draft: EntryDraft) -> None:
    """Raise the LedgerError that says why this entry cannot be booked; return nothing if it can."""
    if not 1 <= len(draft.reference) <= MAX_REFERENCE:
        raise MalformedEntryError(
            f"entry {draft.reference!r}: a reference has 1 to {MAX_REFERENCE} characters; shorten or give one"
        )
    if not 1 <= len(draft.kind) <= MAX_KIND:
        raise MalformedEntryError(_said(draft, f"kind {draft.kind!r} must have 1 to {MAX_KIND} characters"))
    if not draft.lines:
        raise MalformedEntryError(_said(draft, "it has no lines; an event that moves nothing is not booked"))
    sums: dict[str, int] = {}
    for line in draft.lines:
        _check_line(draft, line)
        sums[line.asset] = sums.get(line.asset, 0) + line.amount
    for asset, total in sums.items():
        if total:
            text = f"its {asset} lines sum to {format_units(total)}; add the line that makes them zero"
            raise UnbalancedEntryError(_said(draft, text))


def _check_line(draft: EntryDraft, line: Line) -> None:
    house = line.account_id == HOUSE
    if line.code not in _CODES[house]:
        known = ", ".join(HOUSE_CODES if house else ACCOUNT_CODES)
        owner = line.account_id or "the house"
        raise MalformedEntryError(_said(draft, f"{owner} has no column {line.code!r}; use one of {known}"))
    if _ASSET.fullmatch(line.asset) is None:
        raise MalformedEntryError(_said(draft, f"{line.asset!r} is no asset; use 1 to 12 of A-Z and 0-9"))
    if type(line.amount) is not int:
        raise MalformedEntryError(_said(draft, f"amount {line.amount!r} is no integer; give units of 1e-8"))
    if not 0 < abs(line.amount) <= MAX_UNITS:
        text = (
            f"{line.code} {line.asset} moves {line.amount} units; leave out zeros, stay within +-{MAX_UNITS}"
        )
        raise MalformedEntryError(_said(draft, text))


def _said(draft: EntryDraft, text: str) -> str:
    return f"entry {draft.reference}: {text}"
