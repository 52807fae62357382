"""What may be asked of a venue is one bucket, whoever asks; closing always has its share."""

import threading

import pytest
from django.db import connection, connections
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.venues.desk import approved, scripted
from trading.models import VenueBudget
from trading.ports import VenueUnavailableError
from trading.services import BudgetSpentError, SharedBudget
from trading.services.budgets import KEPT_BY_ENDINGS, KEPT_BY_LOOKS, asking

MINUTE = 60_000


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        """Return its time."""
        return self.now


def _bucket(clock: Clock, per_minute: int = 100, venue: str = "aster") -> SharedBudget:
    return SharedBudget(venue, "live", per_minute, clock)


def _spent(bucket: SharedBudget, *, urgent: bool) -> int:
    """Return how many weights of one can be taken at once."""
    for count in range(10_000):
        try:
            bucket.spend(1, urgent=urgent)
        except BudgetSpentError:
            return count
    raise AssertionError


@pytest.mark.django_db
def test_ordinary_requests_leave_the_share_that_cancels_need() -> None:
    clock = Clock()
    assert _spent(_bucket(clock), urgent=False) == 80
    assert _spent(_bucket(clock), urgent=True) == 20
    assert _spent(_bucket(clock), urgent=True) == 0


@pytest.mark.django_db
def test_it_fills_with_time_and_never_above_the_brim() -> None:
    clock = Clock()
    _spent(_bucket(clock), urgent=True)
    clock.now += MINUTE // 2
    assert _spent(_bucket(clock), urgent=True) == 50
    clock.now += 90 * MINUTE
    assert _spent(_bucket(clock), urgent=True) == 100
    clock.now -= 50 * MINUTE
    with pytest.raises(BudgetSpentError) as refused:
        _bucket(clock).spend(1, urgent=True)
    assert refused.value.wait_ms > 0


@pytest.mark.django_db
def test_the_wait_it_names_is_enough() -> None:
    clock = Clock()
    bucket = _bucket(clock)
    _spent(bucket, urgent=True)
    with pytest.raises(BudgetSpentError) as refused:
        bucket.spend(7, urgent=True)
    clock.now += refused.value.wait_ms - 1
    with pytest.raises(BudgetSpentError):
        bucket.spend(7, urgent=True)
    clock.now += 1
    bucket.spend(7, urgent=True)


@pytest.mark.django_db
def test_a_venue_that_had_enough_is_left_alone_for_as_long_as_it_said() -> None:
    clock = Clock()
    with scripted(
        "aster", {"/fapi/v3/balance": (429, {"code": -1003, "msg": "slow down"})}, budget=_bucket(clock)
    ) as (account, script):
        for _ in range(3):
            with pytest.raises(VenueUnavailableError):
                account.fetch_balance()
        assert script.calls() == [("GET", "/fapi/v3/balance")]
        with pytest.raises(BudgetSpentError, match="wait"):
            _bucket(clock).spend(1, urgent=True)
        clock.now += 30_000
        _bucket(clock).spend(1, urgent=True)
        _bucket(clock, venue="weex").spend(1, urgent=False)


@pytest.mark.django_db
def test_an_order_without_budget_is_known_not_to_have_left() -> None:
    clock = Clock()
    bucket = _bucket(clock)
    with scripted("aster", budget=bucket) as (account, script):
        account.listing()
        _spent(bucket, urgent=True)
        outcome = account.submit(approved(), "market", None, None)
        assert not outcome.sent  # type: ignore[union-attr]
        assert len(script.sent) == 1


class NoMoreThanThereIs(TestCase):
    """However the asking is cut up, no more is taken than there is."""

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.tuples(st.integers(1, 60), st.booleans(), st.integers(0, 20_000)), max_size=20))
    def test_no_more_is_taken_than_fills_it(self, asks: list[tuple[int, bool, int]]) -> None:
        """Ask at random."""
        VenueBudget.objects.all().delete()
        clock = Clock()
        taken, start = 0, clock.now
        for weight, urgent, pause in asks:
            clock.now += pause
            try:
                _bucket(clock).spend(weight, urgent=urgent)
            except BudgetSpentError:
                continue
            taken += weight
        assert taken * MINUTE <= 100 * MINUTE + (clock.now - start) * 100


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_take_no_more_than_there_is() -> None:
    clock = Clock()
    _bucket(clock, per_minute=50).spend(1, urgent=True)
    taken: list[int] = []

    def ask() -> None:
        bucket = _bucket(clock, per_minute=50)
        for _ in range(20):
            try:
                bucket.spend(1, urgent=True)
            except BudgetSpentError:
                continue
            taken.append(1)
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 49
    assert connection.vendor in {"sqlite", "postgresql"}


@pytest.mark.django_db
def test_a_bucket_that_was_filled_under_a_clock_ahead_goes_on() -> None:
    clock = Clock()
    clock.now += 120 * MINUTE
    _spent(_bucket(clock), urgent=True)
    _bucket(clock).block(30_000)
    clock.now -= 120 * MINUTE
    with pytest.raises(BudgetSpentError, match="used up"):
        _bucket(clock).spend(1, urgent=True)
    clock.now += MINUTE // 2
    _bucket(clock).spend(10, urgent=True)


@pytest.mark.django_db
def test_a_ban_that_is_longer_than_any_ends() -> None:
    clock = Clock()
    _bucket(clock).block(10_000 * 24 * 60 * MINUTE)
    clock.now += 3 * 24 * 60 * MINUTE
    _bucket(clock).spend(1, urgent=False)


@pytest.mark.django_db
def test_looks_leave_more_than_openings_and_endings_less() -> None:
    clock = Clock()
    with asking("a", KEPT_BY_LOOKS):
        assert _spent(_bucket(clock), urgent=False) == 60
    assert _spent(_bucket(clock), urgent=False) == 20
    with asking("a", KEPT_BY_ENDINGS):
        assert _spent(_bucket(clock), urgent=False) == 10
    assert _spent(_bucket(clock), urgent=True) == 10


@pytest.mark.django_db
def test_no_account_looks_more_than_its_part_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    bucket = _bucket(clock)
    monkeypatch.setattr(bucket, "_sharers", 4)
    monkeypatch.setattr(bucket, "_counted_ms", clock.now)
    for account in ("a", "b"):
        with asking(account, KEPT_BY_LOOKS):
            assert _spent(bucket, urgent=False) == 25
    assert _spent(bucket, urgent=False) == 30
