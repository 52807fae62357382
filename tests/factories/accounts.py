"""Accounts with money."""

from accounts.services import AccountDraft, deposit, open_accounts
from kernel.ids import derive_id
from kernel.units import SCALE


def open_account(name: str, *, usdt: int = 0) -> str:
    """Open a paper account with this many whole USDT and return its id."""
    account_id = derive_id("account", name)
    open_accounts([AccountDraft(account_id, name, "paper", None, 0)])
    if usdt:
        deposit(account_id, usdt * SCALE, reference=f"opening:{name}", market_ms=0)
    return account_id
