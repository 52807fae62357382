"""Opening accounts and looking at their balances."""

from collections.abc import Callable

import pytest

from accounts.models import LedgerAccount, TradingAccount
from accounts.selectors import Balance, balances, books_balance, check_ledger
from accounts.services import AccountDraft, open_accounts
from kernel.units import SCALE

pytestmark = pytest.mark.django_db


def test_a_new_account_has_an_empty_free_and_an_empty_reserved_column() -> None:
    open_accounts([AccountDraft("a" * 32, "Ann", "paper", None, 5)])
    columns = LedgerAccount.objects.filter(account_id="a" * 32).order_by("code")
    assert list(columns.values_list("code", "asset", "balance")) == [
        ("available", "USDT", 0),
        ("reserved", "USDT", 0),
    ]
    assert balances(["a" * 32]) == {"a" * 32: Balance(0, 0)}


def test_opening_an_account_again_changes_nothing(open_account: Callable[..., str]) -> None:
    account = open_account("ann", usdt=7)
    open_accounts([AccountDraft(account, "Another name", "paper", None, 9)])
    assert TradingAccount.objects.get(id=account).name == "ann"
    assert balances([account]) == {account: Balance(7 * SCALE, 0)}


def test_an_account_that_was_never_opened_has_no_balance() -> None:
    assert balances(["f" * 32]) == {}


def test_books_without_entries_balance() -> None:
    assert books_balance()
    assert check_ledger() is None
