"""The everyday entries of the books as drafts. Amounts are positive units; the name says the direction."""

from accounts.domain.ledger import (
    AVAILABLE,
    HOUSE,
    RESERVED,
    USDT,
    EntryDraft,
    Line,
    MalformedEntryError,
)


def deposit_entry(
    account_id: str, amount: int, *, reference: str, market_ms: int, asset: str = USDT
) -> EntryDraft:
    """Return the entry by which paper money enters an account."""
    moves = Line(HOUSE, "deposits", asset, -amount), Line(account_id, AVAILABLE, asset, amount)
    return _entry("deposit", amount, reference, market_ms, moves)


def withdraw_entry(
    account_id: str, amount: int, *, reference: str, market_ms: int, asset: str = USDT
) -> EntryDraft:
    """Return the entry by which paper money leaves an account."""
    moves = Line(account_id, AVAILABLE, asset, -amount), Line(HOUSE, "deposits", asset, amount)
    return _entry("withdraw", amount, reference, market_ms, moves)


def reserve_entry(
    account_id: str, amount: int, *, reference: str, market_ms: int, asset: str = USDT
) -> EntryDraft:
    """Return the entry that sets free money aside."""
    moves = Line(account_id, AVAILABLE, asset, -amount), Line(account_id, RESERVED, asset, amount)
    return _entry("reserve", amount, reference, market_ms, moves)


def release_entry(
    account_id: str, amount: int, *, reference: str, market_ms: int, asset: str = USDT
) -> EntryDraft:
    """Return the entry that frees money set aside."""
    moves = Line(account_id, RESERVED, asset, -amount), Line(account_id, AVAILABLE, asset, amount)
    return _entry("release", amount, reference, market_ms, moves)


def _entry(kind: str, amount: int, reference: str, market_ms: int, lines: tuple[Line, Line]) -> EntryDraft:
    if amount <= 0:
        raise MalformedEntryError(f"entry {reference}: a {kind} of {amount} units; give a positive amount")
    return EntryDraft(reference, kind, market_ms, lines)
