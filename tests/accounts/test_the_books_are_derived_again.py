"""check_ledger names what an intruder with the database's password changed."""

from collections.abc import Callable

import pytest
from django.db import connection

from accounts.domain.ledger import entry_id, ledger_account_id
from accounts.models import JournalEntry, LedgerAccount, Posting
from accounts.selectors import books_balance, check_ledger
from accounts.services import deposit, reserve
from kernel.units import SCALE

pytestmark = pytest.mark.django_db
Open = Callable[..., str]
Intrude = Callable[[], None]


@pytest.fixture
def account(open_account: Open) -> str:
    ann = open_account("ann", usdt=10)
    open_account("bob", usdt=5)
    reserve(ann, 4 * SCALE, reference="r:1", market_ms=2)
    assert check_ledger() is None
    return ann


def test_a_balance_edited_by_hand_is_named(account: str) -> None:
    LedgerAccount.objects.filter(account_id=account, code="reserved").update(balance=5 * SCALE)
    assert check_ledger() == (
        f"account {account}: reserved USDT stands at 5, but its postings sum to 4; "
        "the balance was changed behind the books, set it to that sum"
    )
    assert not books_balance()


def test_a_balance_of_the_house_edited_by_hand_is_named(account: str) -> None:
    LedgerAccount.objects.filter(account_id=None, code="deposits").update(balance=0)
    assert (check_ledger() or "").startswith(
        "the house: deposits USDT stands at 0, but its postings sum to -15;"
    )
    assert account


def test_money_moved_between_two_balances_by_hand_is_named(account: str) -> None:
    LedgerAccount.objects.filter(account_id=account, code="reserved").update(balance=0)
    LedgerAccount.objects.filter(account_id=account, code="available").update(balance=10 * SCALE)
    assert books_balance()
    assert (check_ledger() or "").startswith(f"account {account}: ")


def test_a_posting_edited_with_the_trigger_dropped_is_named(account: str, drop_triggers: Intrude) -> None:
    drop_triggers()
    Posting.objects.filter(entry_id=entry_id("r:1"), amount__gt=0).update(amount=9 * SCALE)
    LedgerAccount.objects.filter(account_id=account, code="reserved").update(balance=9 * SCALE)
    assert check_ledger() == (
        "entry r:1: its USDT postings sum to 5 instead of 0; "
        "a posting was changed behind the books, restore it from a backup"
    )


def test_of_two_changed_entries_the_earlier_is_named(account: str, drop_triggers: Intrude) -> None:
    deposit(account, 1, reference="a", market_ms=99)
    drop_triggers()
    Posting.objects.filter(entry_id__in=[entry_id("a"), entry_id("r:1")], amount__gt=0).update(amount=2)
    assert (check_ledger() or "").startswith("entry r:1: ")


def test_an_entry_without_postings_is_named(account: str, drop_triggers: Intrude) -> None:
    drop_triggers()
    Posting.objects.filter(entry_id=entry_id("r:1")).delete()
    assert check_ledger() == "entry r:1 has no postings; restore them from a backup"
    assert account


def test_a_posting_without_its_entry_is_named(account: str, drop_triggers: Intrude) -> None:
    drop_triggers()
    lost = Posting.objects.filter(entry_id=entry_id("r:1")).order_by("id").values_list("id", flat=True)[0]
    JournalEntry.objects.filter(reference="r:1")._raw_delete("default")
    column = ledger_account_id(account, "available", "USDT")
    assert check_ledger() == (
        f"posting {lost} has lost its entry {entry_id('r:1')} or its column {column}; "
        "restore the rows from a backup"
    )
    with connection.cursor() as cursor:  # the deferred foreign key would refuse the commit anyway
        cursor.execute(
            "INSERT INTO accounts_journalentry VALUES (%s, 'r:1', 'reserve', 2)", [entry_id("r:1")]
        )
