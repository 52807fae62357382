"""Reads of wallets: whose account, what is in it in every asset, and what came and went."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from django.db.models import Sum

from accounts.domain.ledger import AVAILABLE, HOUSE, RESERVED, Line
from accounts.models import LedgerAccount, Posting, TradingAccount
from accounts.selectors.ledger import Balance

WALLET: Final = "paper"
"""Kind of the accounts whose owner may move paper money; a contestant's account is none of them."""


class WalletHead(NamedTuple):
    """An account as its owner knows it."""

    id: str
    name: str
    kind: str
    owner_id: int | None
    created_ms: int


class Movement(NamedTuple):
    """One entry of a wallet's history: what it did to free money, asset by asset.

    ``cursor`` orders entries by when they were booked; pass it as ``before`` for older ones.
    """

    cursor: int
    reference: str
    kind: str
    market_ms: int
    amounts: tuple[tuple[str, int], ...]


def wallet_head(name_or_id: str) -> WalletHead | None:
    """Return the account with this id, else the oldest wallet with this name; None without one."""
    names = WalletHead._fields
    row = TradingAccount.objects.filter(id=name_or_id).values_list(*names).first()
    if row is None:
        named = TradingAccount.objects.filter(name=name_or_id, kind=WALLET).order_by("created_ms", "id")
        row = named.values_list(*names).first()
    return WalletHead(*row) if row else None


def wallets() -> tuple[WalletHead, ...]:
    """Return every wallet, oldest first."""
    rows = TradingAccount.objects.filter(kind=WALLET).order_by("created_ms", "id")
    return tuple(WalletHead(*row) for row in rows.values_list(*WalletHead._fields))


def asset_balances(account_id: str) -> dict[str, Balance]:
    """Return asset -> free and set-aside money of one account."""
    found: dict[str, dict[str, int]] = {}
    rows = LedgerAccount.objects.filter(account_id=account_id).values_list("asset", "code", "balance")
    for asset, code, balance in rows:
        found.setdefault(asset, {})[code] = balance
    return {
        asset: Balance(codes.get(AVAILABLE, 0), codes.get(RESERVED, 0))
        for asset, codes in sorted(found.items())
    }


def money_moved(account_id: str, kind: str) -> dict[str, int]:
    """Return asset -> sum of the entries of a kind ('deposit', 'withdraw') on free money, without a sign."""
    rows = Posting.objects.filter(
        ledger_account__account_id=account_id, ledger_account__code=AVAILABLE, entry__kind=kind
    )
    sums = rows.values_list("ledger_account__asset").annotate(total=Sum("amount")).order_by()
    return {asset: abs(int(total)) for asset, total in sums}


def movements(
    account_id: str, kinds: Sequence[str], *, before: int | None = None, limit: int = 50
) -> tuple[Movement, ...]:
    """Return entries of these kinds that moved a wallet's free money, newest first (a keyset page)."""
    rows = Posting.objects.filter(
        ledger_account__account_id=account_id, ledger_account__code=AVAILABLE, entry__kind__in=kinds
    )
    if before is not None:
        rows = rows.filter(id__lt=before)
    names = ("id", "entry__reference", "entry__kind", "entry__market_ms", "ledger_account__asset", "amount")
    # An entry touches two of an account's assets at most, so twice the page and one row hold the page whole.
    found: dict[str, Movement] = {}
    for key, reference, kind, market_ms, asset, amount in rows.order_by("-id").values_list(*names)[
        : 2 * limit + 1
    ]:
        seen = found.get(reference)
        amounts = ((asset, amount), *(seen.amounts if seen else ()))
        found[reference] = Movement(key, reference, kind, market_ms, amounts)
    return tuple(found.values())[:limit]


def booked_amount(account_id: str, reference: str) -> tuple[str, str, int] | None:
    """Return (kind, asset, signed amount) of an entry's posting to an account's free money; None without."""
    rows = Posting.objects.filter(
        entry__reference=reference, ledger_account__account_id=account_id, ledger_account__code=AVAILABLE
    )
    row = rows.values_list("entry__kind", "ledger_account__asset", "amount").first()
    return (str(row[0]), str(row[1]), int(row[2])) if row else None


def booked_lines(kind: str) -> dict[str, frozenset[Line]]:
    """Return reference -> lines of every entry of a kind, for who derives them again."""
    rows = Posting.objects.filter(entry__kind=kind).values_list(
        "entry__reference",
        "ledger_account__account_id",
        "ledger_account__code",
        "ledger_account__asset",
        "amount",
    )
    found: dict[str, set[Line]] = {}
    for reference, account, code, asset, amount in rows:
        found.setdefault(reference, set()).add(Line(account or HOUSE, code, asset, amount))
    return {reference: frozenset(lines) for reference, lines in found.items()}
