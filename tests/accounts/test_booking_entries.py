"""Booking: all or nothing, once, and never below zero."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from accounts.domain.entries import deposit_entry, reserve_entry, withdraw_entry
from accounts.domain.ledger import (
    DuplicateEntryError,
    EntryDraft,
    InsufficientFundsError,
    Line,
    MalformedEntryError,
    UnbalancedEntryError,
    UnknownAccountError,
)
from accounts.models import JournalEntry, LedgerAccount, Posting
from accounts.selectors import (
    Balance,
    TrialLine,
    balances,
    books_balance,
    check_ledger,
    statement,
    trial_balance,
)
from accounts.services import deposit, record_entries, release, reserve, withdraw
from kernel.units import MAX_UNITS, SCALE

pytestmark = pytest.mark.django_db
Open = Callable[..., str]


def book(*drafts: EntryDraft) -> None:
    with transaction.atomic():
        record_entries(drafts)


def transfer(reference: str, giver: str, taker: str, amount: int) -> EntryDraft:
    moves = Line(giver, "available", "USDT", -amount), Line(taker, "available", "USDT", amount)
    return EntryDraft(reference, "transfer", 1, moves)


def test_deposit_reserve_release_and_withdraw_move_the_balances(open_account: Open) -> None:
    account = open_account("ann")
    deposit(account, 100, reference="d", market_ms=1)
    reserve(account, 60, reference="r", market_ms=2)
    release(account, 25, reference="l", market_ms=3)
    withdraw(account, 40, reference="w", market_ms=4)
    assert balances([account]) == {account: Balance(available=25, reserved=35)}
    assert balances([account])[account].total == 60
    assert check_ledger() is None
    assert books_balance()


def test_an_account_may_hold_several_assets(open_account: Open) -> None:
    account = open_account("ann", usdt=1)
    deposit(account, 3, reference="btc", market_ms=1, asset="BTC")
    assert balances([account], "BTC") == {account: Balance(3, 0)}
    assert balances([account]) == {account: Balance(SCALE, 0)}
    assert trial_balance() == (
        TrialLine("available", "BTC", 1, 3),
        TrialLine("deposits", "BTC", 1, -3),
        TrialLine("available", "USDT", 1, SCALE),
        TrialLine("deposits", "USDT", 1, -SCALE),
        TrialLine("reserved", "USDT", 1, 0),
    )
    assert check_ledger() is None


def test_lines_to_one_column_are_booked_as_one_posting(open_account: Open) -> None:
    account = open_account("ann", usdt=1)
    book(
        EntryDraft(
            "fill:1",
            "fill",
            1,
            (
                Line(account, "available", "USDT", -7),
                Line(account, "available", "USDT", -3),
                Line("", "fees", "USDT", 10),
            ),
        )
    )
    amounts = Posting.objects.filter(entry__reference="fill:1").order_by("amount")
    assert list(amounts.values_list("amount", flat=True)) == [-10, 10]


def test_an_entry_that_cancels_itself_out_is_refused(open_account: Open) -> None:
    account = open_account("ann", usdt=1)
    draft = transfer("nothing", account, account, 5)
    with pytest.raises(MalformedEntryError, match="entry nothing: it has no lines"):
        book(draft)


def test_an_entry_may_spend_what_an_earlier_one_of_the_same_call_brought(open_account: Open) -> None:
    ann, bob = open_account("ann", usdt=1), open_account("bob")
    book(transfer("1", ann, bob, SCALE), transfer("2", bob, ann, SCALE))
    assert balances([ann, bob]) == {ann: Balance(SCALE, 0), bob: Balance(0, 0)}


def test_an_entry_may_not_spend_what_a_later_one_of_the_same_call_brings(open_account: Open) -> None:
    ann, bob = open_account("ann", usdt=1), open_account("bob")
    with pytest.raises(InsufficientFundsError) as refusal:
        book(transfer("2", bob, ann, SCALE), transfer("1", ann, bob, SCALE))
    assert (refusal.value.account_id, refusal.value.reference) == (bob, "2")
    assert not JournalEntry.objects.filter(reference__in=["1", "2"]).exists()


def test_too_little_money_is_said_with_account_reference_and_figure(open_account: Open) -> None:
    account = open_account("ann", usdt=2)
    with pytest.raises(InsufficientFundsError) as refusal:
        withdraw(account, 350_000_000, reference="w:1", market_ms=1)
    assert str(refusal.value) == (
        f"entry w:1: account {account} has too little available USDT (it would stand at -1.5); "
        "deposit or release first, or ask for less"
    )
    assert balances([account]) == {account: Balance(2 * SCALE, 0)}


def test_more_than_is_reserved_cannot_be_released(open_account: Open) -> None:
    account = open_account("ann", usdt=2)
    reserve(account, 5, reference="r", market_ms=1)
    with pytest.raises(InsufficientFundsError, match="too little reserved USDT"):
        release(account, 6, reference="l", market_ms=2)


@pytest.mark.parametrize("code", ["available", "reserved"])
def test_the_database_itself_refuses_negative_money(open_account: Open, code: str) -> None:
    column = LedgerAccount.objects.filter(account_id=open_account("ann"), code=code)
    with (
        pytest.raises(IntegrityError, match="free_and_reserved_money_is_never_negative"),
        transaction.atomic(),
    ):
        column.update(balance=-1)
    assert column.get().balance == 0


def test_a_column_beyond_the_bound_of_amounts_is_refused(open_account: Open) -> None:
    account = open_account("ann")
    deposit(account, MAX_UNITS, reference="d:1", market_ms=1)
    with pytest.raises(
        MalformedEntryError, match="entry d:2: the house would hold -1000000000000000001 units"
    ):
        deposit(account, 1, reference="d:2", market_ms=1)


def test_the_same_reference_is_booked_once(open_account: Open) -> None:
    account = open_account("ann")
    deposit(account, 5, reference="d:1", market_ms=1)
    with pytest.raises(DuplicateEntryError) as refusal:
        deposit(account, 5, reference="d:1", market_ms=1)
    assert refusal.value.reference == "d:1"
    assert balances([account]) == {account: Balance(5, 0)}


def test_a_repeated_withdrawal_is_a_duplicate_even_where_the_money_is_gone(open_account: Open) -> None:
    account = open_account("ann", usdt=1)
    withdraw(account, SCALE, reference="w", market_ms=1)
    with pytest.raises(DuplicateEntryError):
        withdraw(account, SCALE, reference="w", market_ms=1)


def test_a_reference_twice_in_one_call_is_refused(open_account: Open) -> None:
    account = open_account("ann")
    draft = deposit_entry(account, 5, reference="d:1", market_ms=1)
    with pytest.raises(DuplicateEntryError):
        book(draft, draft)


def test_one_bad_entry_takes_the_whole_call_back_and_leaves_the_transaction_usable(
    open_account: Open,
) -> None:
    account = open_account("ann", usdt=1)
    good = reserve_entry(account, 5, reference="good", market_ms=1)
    bad = withdraw_entry(account, 2 * SCALE, reference="bad", market_ms=1)
    with transaction.atomic():
        with pytest.raises(InsufficientFundsError):
            record_entries([good, bad])
        record_entries([reserve_entry(account, 7, reference="after", market_ms=1)])
    assert balances([account]) == {account: Balance(SCALE - 7, 7)}
    assert check_ledger() is None


def test_an_unbalanced_entry_is_refused(open_account: Open) -> None:
    account = open_account("ann", usdt=1)
    with pytest.raises(UnbalancedEntryError):
        book(EntryDraft("x", "fill", 1, (Line(account, "available", "USDT", -1),)))


def test_money_for_an_account_that_was_never_opened_is_refused() -> None:
    with pytest.raises(UnknownAccountError) as refusal:
        deposit("f" * 32, 5, reference="d:1", market_ms=1)
    assert (refusal.value.account_id, refusal.value.reference) == ("f" * 32, "d:1")
    assert not LedgerAccount.objects.exists()


def test_an_empty_call_books_nothing() -> None:
    record_entries([])
    assert not JournalEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_booking_outside_a_transaction_is_refused(open_account: Open) -> None:
    account = open_account("ann")
    with pytest.raises(transaction.TransactionManagementError, match="wrap the whole event"):
        record_entries([deposit_entry(account, 5, reference="d:1", market_ms=1)])
    assert not JournalEntry.objects.exists()


def test_a_statement_pages_back_to_the_first_posting(open_account: Open) -> None:
    account = open_account("ann", usdt=1)
    for number in range(4):
        reserve(account, 1 + number, reference=f"r:{number}", market_ms=10 + number)
    pages = [statement(account, limit=4)]
    while pages[-1]:
        pages.append(statement(account, before=pages[-1][-1].id, limit=4))
    assert [len(page) for page in pages] == [4, 4, 1, 0]
    lines = [line for page in pages for line in page]
    assert [(line.reference, line.code, line.amount) for line in lines[:3]] == [
        ("r:3", "reserved", 4),
        ("r:3", "available", -4),
        ("r:2", "reserved", 3),
    ]
    assert (lines[0].kind, lines[0].market_ms, lines[0].asset) == ("reserve", 13, "USDT")
    assert lines[-1].reference == "opening:ann"
    assert sum(line.amount for line in lines) == balances([account])[account].total
