"""Several real processes book on the same accounts at once."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from accounts.models import JournalEntry
from accounts.selectors import Balance, balances, check_ledger, trial_balance
from kernel.units import SCALE

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 4
TRANSFERS = 50


def run_workers(database_url: str, accounts: tuple[str, str], numbers: Sequence[int]) -> list[str]:
    """Run one process a number at the same time and return what each said on standard error."""
    environment = {**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.factories.transfers"]
    running = [
        subprocess.Popen(
            [*command, str(number), str(TRANSFERS), *accounts],
            env=environment,
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in numbers
    ]
    return [process.communicate(timeout=120)[1] for process in running]


@pytest.mark.django_db(transaction=True)
def test_four_processes_with_fifty_transfers_each_lose_nothing(
    database_url: str, open_account: Callable[..., str]
) -> None:
    accounts = open_account("ann", usdt=1), open_account("bob", usdt=1)
    assert run_workers(database_url, accounts, range(WORKERS)) == [""] * WORKERS
    assert JournalEntry.objects.filter(kind="pay").count() == WORKERS * TRANSFERS
    # Half of the transfers go each way; each costs its giver 4 and brings its taker 2, and both reserve 1.
    each = WORKERS * TRANSFERS // 2
    assert balances(accounts) == dict.fromkeys(accounts, Balance(SCALE - 2 * each, 2 * each))
    house = {line.code: line.balance for line in trial_balance()}
    assert (house["fees"], house["funding"]) == (2 * each, -2 * each)
    assert check_ledger() is None


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_with_the_same_references_one_books_them_and_one_stops(
    database_url: str, open_account: Callable[..., str]
) -> None:
    accounts = open_account("ann", usdt=1), open_account("bob", usdt=1)
    said = sorted(run_workers(database_url, accounts, (0, 0)))
    assert said[0] == ""
    assert "DuplicateEntryError: entry w0:0:pay: this reference is in the books already" in said[1]
    assert JournalEntry.objects.filter(kind="pay").count() == TRANSFERS
    assert check_ledger() is None
