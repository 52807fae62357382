"""Orders by the thousand, one in ten with a fault, and processes that die: nothing doubled, nothing lost."""

import pytest

from tests.factories.live_run import Tally, run_orders

pytestmark = pytest.mark.django_db(transaction=True)


def assert_nothing_is_doubled_or_lost(tally: Tally) -> None:
    assert (tally.doubled, tally.lost, tally.open) == (0, 0, 0)
    assert tally.positions_equal
    assert tally.wallet_difference == 0, "the ledger is the venue's book to the last unit"
    assert tally.ledger_problem is None
    assert tally.mismatches == 0, "whatever was late was found, and nothing had to be adjusted"


def test_two_hundred_orders_with_faults_and_deaths() -> None:
    tally = run_orders(200, seed=11)
    assert tally.sent > 100
    assert sum(tally.faults.values()) > 10
    assert tally.deaths > 0
    assert_nothing_is_doubled_or_lost(tally)


@pytest.mark.full
def test_a_thousand_orders_with_faults_and_deaths() -> None:
    tally = run_orders(1_000)  # bench/live_orders.py plays ten thousand, which takes half an hour
    assert tally.sent > 500
    assert_nothing_is_doubled_or_lost(tally)
