"""What a comparison flags and cannot book: a position in a symbol that is not traded here."""

from dataclasses import replace

import pytest

from accounts.selectors import balances, check_ledger
from kernel.units import SCALE
from tests.execution.test_books_are_compared import account_of, compare
from tests.execution.test_orders_are_sent_once import assert_books_are_the_venues, run
from tests.factories.live_orders import Stage, stage
from tests.factories.truth_venue import TruthVenue
from trading import models
from trading.domain.venue import VenuePosition
from trading.services.reconcile_booking import resolve_mismatch, unfreeze_account

pytestmark = pytest.mark.django_db(transaction=True)


class WithStrangers(TruthVenue):
    """The venue's book with positions beside it in symbols that this house does not trade."""

    held: dict[str, int]

    def fetch_positions(self) -> tuple[VenuePosition, ...]:
        """Return the book's positions and the others."""
        others = [VenuePosition(name, qty, SCALE // 10, 5, "isolated") for name, qty in self.held.items()]
        return (*super().fetch_positions(), *others)


def stage_with(**held: int) -> Stage:
    scene = stage()
    venue = WithStrangers(scene.server, account="live")
    venue.held = held
    return replace(scene, venue=venue, desk=replace(scene.desk, venue=venue))


def test_a_position_in_a_symbol_not_traded_here_is_flagged_not_booked_and_freezes() -> None:
    scene = stage_with(DOGE=5 * SCALE)
    assert compare(scene, 4) == ["suspected", "booked", "equal", "equal"]
    mismatch = models.VenueMismatch.objects.get()
    assert (mismatch.kind, mismatch.symbol, mismatch.ours, mismatch.theirs) == (
        "quantity",
        "DOGE",
        0,
        5 * SCALE,
    )
    account = account_of(scene)
    assert account.state == "frozen"
    assert account.frozen_reason == "close DOGE at the venue: it is held there and not traded here"
    assert not models.Fill.objects.exists()
    assert not models.Position.objects.exists()


def test_other_differences_beside_it_are_booked_as_ever() -> None:
    scene = stage_with(DOGE=5 * SCALE)
    scene.decide()
    scene.truth.external("BTC", 1, SCALE // 50)
    run(scene, 6)
    compare(scene, 4)
    assert_books_are_the_venues(scene)
    assert set(models.VenueMismatch.objects.values_list("kind", "symbol")) >= {
        ("quantity", "DOGE"),
        ("quantity", "BTC"),
    }
    assert not models.VenueMismatch.objects.filter(kind="money").exists()
    assert "close DOGE at the venue" in account_of(scene).frozen_reason


def test_closed_at_the_venue_and_resolved_the_account_opens_again() -> None:
    scene = stage_with(DOGE=5 * SCALE)
    compare(scene, 2)
    assert isinstance(scene.venue, WithStrangers)
    scene.venue.held.clear()
    assert compare(scene, 2) == ["equal", "equal"]
    account, by = scene.desk.account_id, "ops@example.com"
    resolve_mismatch(models.VenueMismatch.objects.get().id, "closed by hand", by, scene.clock())
    unfreeze_account(account, "gone", by, scene.clock())
    assert account_of(scene).state == "ready"


def test_a_charge_beyond_free_money_is_lent_by_the_insurance_and_flagged_once() -> None:
    scene = stage()
    scene.decide(qty=SCALE, leverage=7)
    run(scene, 8)
    account = scene.desk.account_id
    free = balances([account])[account].available
    scene.truth.fund("BTC", (free + 100 * SCALE) * SCALE // (60_000 * SCALE))
    states = compare(scene, 6)
    assert balances([account])[account].available == 0
    assert states.count("booked") == 1
    assert states[-2:] == ["equal", "equal"]
    assert models.VenueMismatch.objects.get().kind == "money"
    assert account_of(scene).state == "frozen"
    assert check_ledger() is None
