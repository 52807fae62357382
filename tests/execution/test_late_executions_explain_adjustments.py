"""An execution that is told late: the adjustment that was booked for it is taken back, nothing is doubled."""

from dataclasses import replace

import pytest
from django.db.models import Sum

from accounts.selectors import check_ledger
from kernel.units import SCALE
from tests.execution.test_books_are_compared import account_of, compare
from tests.execution.test_orders_are_sent_once import assert_books_are_the_venues, run, state_of
from tests.factories.live_orders import Stage, stage
from tests.factories.truth_venue import TruthVenue
from trading import models
from trading.domain.venue import VenueFill

pytestmark = pytest.mark.django_db(transaction=True)


class Hiding(TruthVenue):
    """The venue's book with a list of executions that is behind."""

    hides = False

    def fetch_fills(self, symbols: tuple[str, ...], since_ms: int) -> tuple[VenueFill, ...]:
        """Return nothing while the list is behind."""
        return () if self.hides else super().fetch_fills(symbols, since_ms)


def hiding_stage() -> tuple[Stage, Hiding]:
    scene = stage()
    venue = Hiding(scene.server, account="live")
    return replace(scene, venue=venue, desk=replace(scene.desk, venue=venue)), venue


def assert_resolved_by_itself(scene: Stage) -> None:
    compare(scene, 3)
    assert_books_are_the_venues(scene)
    rows = models.VenueMismatch.objects.all()
    assert rows.filter(kind="quantity").count() == 1
    assert rows.filter(kind="money").count() <= 1
    assert not rows.filter(resolved_wall_ms=None).exists()
    assert all("explained by execution" in row.resolution for row in rows)
    assert account_of(scene).state == "frozen", "a person looks before it opens again"
    assert check_ledger() is None


def test_an_opening_told_late_takes_its_adjustment_back() -> None:
    scene, venue = hiding_stage()
    run(scene, 4)
    order_id = scene.decide()
    venue.hides = True
    run(scene, 4)
    assert "booked" in compare(scene, 4)
    assert models.Fill.objects.filter(kind="adjustment").exists()
    venue.hides = False
    run(scene, 20)
    assert state_of(order_id) == "filled"
    assert_resolved_by_itself(scene)


def test_a_closing_told_late_takes_its_adjustment_back() -> None:
    scene, venue = hiding_stage()
    scene.decide()
    run(scene, 8)
    scene.truth.move("BTC", 61_000 * SCALE)
    order_id = scene.decide(side=-1, close=True)
    venue.hides = True
    run(scene, 4)
    assert "booked" in compare(scene, 4)
    venue.hides = False
    run(scene, 20)
    assert state_of(order_id) == "filled"
    assert_resolved_by_itself(scene)


def test_an_execution_of_another_size_takes_nothing_back() -> None:
    scene, venue = hiding_stage()
    run(scene, 4)
    scene.decide()
    venue.hides = True
    run(scene, 4)
    scene.truth.external("BTC", 1, SCALE // 50)
    assert "booked" in compare(scene, 4)
    venue.hides = False
    run(scene, 20)
    compare(scene, 4)
    assert_books_are_the_venues(scene)
    assert models.VenueMismatch.objects.filter(resolved_wall_ms=None).exists()
    total = models.Fill.objects.filter(side=1, venue_trade_id="").aggregate(total=Sum("qty"))["total"]
    assert total == SCALE // 10 + SCALE // 50
