"""Writes of spot wallets, each one transaction: opening, deposits, withdrawals and trades. Paper only.

Every write has an idempotency key, chosen by whoever asks: the same request under the same key is booked once
and answered alike, another request under it is refused. A refusal books nothing and leaves its key free.
"""

from contextlib import suppress
from typing import NamedTuple

from django.db import transaction

from accounts.domain.entries import deposit_entry, withdraw_entry
from accounts.domain.ledger import (
    DuplicateEntryError,
    EntryDraft,
    InsufficientFundsError,
    MalformedEntryError,
)
from accounts.selectors.wallets import WALLET, WalletHead, booked_amount, wallet_head
from accounts.services import AccountDraft, open_accounts, record_entries
from kernel.ids import derive_id
from kernel.units import MAX_UNITS
from store.bulk import insert_rows
from trading.domain.spot import (
    OPENING_USDT,
    WALLET_ASSETS,
    Refusal,
    SpotPrices,
    SpotQuote,
    SpotRequest,
    quote_spot,
    spot_entry,
)
from trading.models import SpotTrade
from trading.selectors.spot import ENTRY, spot_trade, wallet_entry_id


class Moved(NamedTuple):
    """A deposit or withdrawal as booked; ``is_repeat`` says that it stood in the books already."""

    id: str
    kind: str
    asset: str
    amount: int
    is_repeat: bool


class Traded(NamedTuple):
    """A trade as booked; ``is_repeat`` says that it stood in the books already."""

    id: str
    quote: SpotQuote
    is_repeat: bool


def open_wallet(name: str, *, market_ms: int, owner_id: int | None = None) -> WalletHead:
    """Open a wallet with 10,000 USDT; one with this name and owner is returned as it is."""
    account = derive_id("wallet", "" if owner_id is None else owner_id, name)
    with transaction.atomic():
        open_accounts([AccountDraft(account, name, WALLET, owner_id, market_ms)])
        opening = deposit_entry(account, OPENING_USDT, reference=f"opening:{account}", market_ms=market_ms)
        with suppress(DuplicateEntryError):  # opened before: its money came then
            record_entries([opening])
    head = wallet_head(account)
    if head is None:
        raise LookupError(f"wallet {account} was not opened")
    return head


def deposit_money(account_id: str, asset: str, amount: int, *, key: str, market_ms: int) -> Moved | Refusal:
    """Book paper money into a wallet."""
    reference = ENTRY + wallet_entry_id(account_id, key)
    draft = _move_checked(account_id, asset, amount)
    if draft is not None:
        return draft
    entry = deposit_entry(account_id, amount, reference=reference, market_ms=market_ms, asset=asset)
    return _book_move(account_id, entry, asset, amount)


def withdraw_money(account_id: str, asset: str, amount: int, *, key: str, market_ms: int) -> Moved | Refusal:
    """Book paper money out of a wallet: of what is free, never of what is locked."""
    reference = ENTRY + wallet_entry_id(account_id, key)
    draft = _move_checked(account_id, asset, amount)
    if draft is not None:
        return draft
    entry = withdraw_entry(account_id, amount, reference=reference, market_ms=market_ms, asset=asset)
    return _book_move(account_id, entry, asset, -amount)


def trade_spot(
    account_id: str, request: SpotRequest, prices: SpotPrices | None, *, key: str
) -> Traded | Refusal:
    """Buy, sell or convert at these prices: the trade's row and its entry are booked together."""
    problem = check_wallet(account_id)
    if problem is not None:
        return problem
    trade_id = wallet_entry_id(account_id, key)
    earlier = spot_trade(trade_id)
    if earlier is not None:
        return _repeated(trade_id, earlier, request)
    if prices is None:
        return Refusal("no_price", request.to_asset)
    quote = quote_spot(request, prices)
    return quote if isinstance(quote, Refusal) else _book_trade(account_id, trade_id, quote, request)


def check_wallet(account_id: str) -> Refusal | None:
    """Return why an account is no wallet, or None: a contestant's money is moved by its decisions alone."""
    head = wallet_head(account_id)
    if head is None or head.id != account_id:
        return Refusal("unknown_wallet", account_id[:40])
    return None if head.kind == WALLET else Refusal("not_a_wallet", head.name)


def _book_trade(account_id: str, trade_id: str, quote: SpotQuote, request: SpotRequest) -> Traded | Refusal:
    names = ("kind", "from_asset", "to_asset", "amount", "quantity", "fee", "source", "market_ms")
    values = quote._asdict() | {"source": quote.source[:120]}
    row = (trade_id, account_id, *(values[name] for name in names), quote.to_asset)
    try:
        with transaction.atomic():
            record_entries([spot_entry(account_id, quote, ENTRY + trade_id)])
            insert_rows(SpotTrade, ("id", "account", *names, "fee_asset"), [row])
    except DuplicateEntryError:
        earlier = spot_trade(trade_id)
        return Refusal("key_reused") if earlier is None else _repeated(trade_id, earlier, request)
    except (InsufficientFundsError, MalformedEntryError) as problem:
        return _refused(problem, quote.from_asset)
    return Traded(trade_id, quote, is_repeat=False)


def _repeated(trade_id: str, earlier: SpotQuote, request: SpotRequest) -> Traded | Refusal:
    same = earlier[:3] == request[:3]
    wanted = earlier.amount if request.quantity is None else earlier.quantity
    asked = request.amount if request.quantity is None else request.quantity
    return Traded(trade_id, earlier, is_repeat=True) if same and wanted == asked else Refusal("key_reused")


def _move_checked(account_id: str, asset: str, amount: int) -> Refusal | None:
    problem = check_wallet(account_id)
    if problem is not None:
        return problem
    if asset not in WALLET_ASSETS:
        return Refusal("unknown_asset", asset[:12])
    if amount <= 0:
        return Refusal("not_positive")
    return Refusal("out_of_range", "", MAX_UNITS) if amount > MAX_UNITS else None


def _book_move(account_id: str, entry: EntryDraft, asset: str, signed: int) -> Moved | Refusal:
    done = (entry.reference.removeprefix(ENTRY), entry.kind, asset, abs(signed))
    try:
        with transaction.atomic():
            record_entries([entry])
    except DuplicateEntryError:
        same = booked_amount(account_id, entry.reference) == (entry.kind, asset, signed)
        return Moved(*done, is_repeat=True) if same else Refusal("key_reused")
    except (InsufficientFundsError, MalformedEntryError) as problem:
        return _refused(problem, asset)
    return Moved(*done, is_repeat=False)


def _refused(problem: Exception, asset: str) -> Refusal:
    """Return the refusal of what the books did not take: too little of it, or more than a column holds."""
    if isinstance(problem, InsufficientFundsError):
        return Refusal("not_enough_money", asset)
    return Refusal("out_of_range", "", MAX_UNITS)
