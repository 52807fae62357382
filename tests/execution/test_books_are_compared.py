"""Our books against the venue's: what differs is flagged once, and nobody opens until a person has looked."""

from dataclasses import replace

import pytest

from accounts.selectors import balances, check_ledger
from kernel.units import SCALE
from tests.execution.test_orders_are_sent_once import assert_books_are_the_venues, run, state_of
from tests.factories.live_orders import Stage, stage
from tests.factories.venue_server import Ticket
from trading import models
from trading.domain.reconciling import differences
from trading.ports import VenueUnavailableError
from trading.services.outbox_cycle import compare_turn
from trading.services.reconcile import _counts, _their_books
from trading.services.reconcile_booking import (
    MismatchError,
    book_differences,
    resolve_mismatch,
    unfreeze_account,
)
from trading.services.reconcile_ours import our_books

pytestmark = pytest.mark.django_db(transaction=True)


def compare(scene: Stage, times: int = 2) -> list[str]:
    """Compare so many times, five seconds apart; return what each came to."""
    states = []
    for _ in range(times):
        found = compare_turn(scene.desk)
        assert found is not None
        states.append(found.state)
        scene.clock.sleep(5_000)
    return states


def account_of(scene: Stage) -> models.VenueAccount:
    return models.VenueAccount.objects.get(account_id=scene.desk.account_id)


def test_books_that_agree_are_noted_as_equal() -> None:
    scene = stage()
    assert compare(scene, 2) == ["equal", "equal"]
    assert account_of(scene).synced_wall_ms == scene.clock() - 5_000


def test_a_trade_by_hand_is_suspected_then_booked_as_it_was_and_freezes_the_account() -> None:
    scene = stage()
    scene.decide()
    run(scene, 6)
    scene.truth.external("BTC", 1, SCALE // 50)
    assert compare(scene, 4) == ["suspected", "booked", "equal", "equal"]
    assert_books_are_the_venues(scene)
    mismatch = models.VenueMismatch.objects.get()
    assert (mismatch.kind, mismatch.symbol, mismatch.theirs - mismatch.ours) == (
        "quantity",
        "BTC",
        SCALE // 50,
    )
    fill = models.Fill.objects.get(kind="adjustment")
    assert fill.qty == SCALE // 50
    assert fill.fee > 0, "it is booked with the venue's own price and fee"
    assert account_of(scene).state == "frozen"
    assert models.ControlChange.objects.filter(what="freeze", after="frozen").count() == 1
    opening, closing = scene.decide("ETH"), scene.decide(side=-1, qty=SCALE // 50, close=True)
    run(scene, 4)
    assert (state_of(opening), state_of(closing)) == ("denied", "filled")
    assert models.Order.objects.get(id=opening).reason == "account_frozen"


def test_a_suspicion_alone_lets_nobody_open() -> None:
    scene = stage()
    compare(scene, 1)
    scene.truth.external("BTC", 1, SCALE // 50)
    compare(scene, 1)
    opening = scene.decide("ETH")
    run(scene, 3)
    assert state_of(opening) == "intent"


def test_money_that_came_from_nowhere_goes_through_adjustments() -> None:
    scene = stage()
    scene.truth._earn("welcome_bonus", "", 5 * SCALE)
    assert compare(scene, 4) == ["suspected", "booked", "equal", "equal"]
    assert models.VenueMismatch.objects.get().kind == "money"
    assert balances([scene.desk.account_id])[scene.desk.account_id].total == scene.truth.wallet
    assert check_ledger() is None


def test_a_deposit_at_the_venue_is_explained_and_no_difference() -> None:
    scene = stage()
    scene.clock.sleep(1_000)
    scene.truth.deposit(250 * SCALE)
    assert "booked" not in compare(scene, 3)
    assert_books_are_the_venues(scene)
    assert not models.VenueMismatch.objects.exists()


def test_an_order_that_is_not_ours_is_flagged_once() -> None:
    scene = stage()
    scene.truth.place(Ticket("BTC", 1, SCALE // 50, "limit", "web_1", price=50_000 * SCALE))
    assert compare(scene, 4) == ["suspected", "booked", "equal", "equal"]
    assert models.VenueMismatch.objects.get().kind == "order"
    assert account_of(scene).state == "frozen"


def test_fees_in_another_asset_are_flagged_once_and_cost_nothing_here() -> None:
    scene = stage()
    scene.venue.fee_asset = "BNB"
    scene.decide()
    run(scene, 6)
    mismatch = models.VenueMismatch.objects.get(kind="fee")
    assert mismatch.symbol == "BNB"
    assert models.Fill.objects.get().fee == 0
    assert account_of(scene).state == "frozen"


def test_a_person_resolves_each_difference_with_a_reason_and_only_then_unfreezes() -> None:
    scene = stage()
    scene.truth.external("BTC", 1, SCALE // 50)
    compare(scene, 3)
    account, found = scene.desk.account_id, models.VenueMismatch.objects.get()
    with pytest.raises(MismatchError, match="open differences"):
        unfreeze_account(account, "seems fine", "ops@example.com", scene.clock())
    with pytest.raises(MismatchError, match="reason"):
        resolve_mismatch(found.id, " ", "ops@example.com", scene.clock())
    resolve_mismatch(found.id, "I bought by hand", "ops@example.com", scene.clock())
    unfreeze_account(account, "all explained", "ops@example.com", scene.clock())
    assert account_of(scene).state == "ready"
    words = models.ControlChange.objects.filter(changed_by="ops@example.com").values_list("what", "after")
    assert list(words) == [("mismatch", "resolved"), ("freeze", "ready")]
    order_id = scene.decide("ETH", qty=SCALE)
    run(scene, 6)
    assert state_of(order_id) == "filled"


def test_the_same_difference_that_comes_back_is_another_one() -> None:
    scene = stage()
    for _ in range(2):
        scene.truth.external("BTC", 1, SCALE // 50)
        compare(scene, 3)
        scene.truth.external("BTC", -1, SCALE // 50)
        compare(scene, 3)
    assert models.VenueMismatch.objects.filter(kind="quantity").count() == 4
    assert_books_are_the_venues(scene)


def test_two_who_book_the_same_difference_book_it_once() -> None:
    scene = stage()
    scene.truth._earn("welcome_bonus", "", 5 * SCALE)
    ours, theirs = our_books(scene.desk), _their_books(scene.desk)
    found = differences(ours, theirs, _counts(scene.desk))
    for _ in range(2):
        book_differences(scene.desk, ours, theirs, found, ())
    assert models.VenueMismatch.objects.count() == 1
    assert balances([scene.desk.account_id])[scene.desk.account_id].total == scene.truth.wallet


def test_funding_is_booked_from_the_venues_records_once() -> None:
    scene = stage()
    scene.decide()
    run(scene, 6)
    paid = scene.truth.fund("BTC", SCALE // 10_000)
    compare(scene, 3)
    payment = models.FundingPayment.objects.get()
    assert (payment.amount, payment.qty, payment.side) == (paid, SCALE // 10, 1)
    assert payment.venue_income_id
    assert models.Position.objects.get().funding == paid
    assert_books_are_the_venues(scene)
    assert not models.VenueMismatch.objects.exists()


def test_a_venue_that_is_down_is_no_difference() -> None:
    scene = stage()
    scene.venue.is_down = True
    with pytest.raises(VenueUnavailableError):
        compare_turn(scene.desk)
    assert account_of(scene).synced_wall_ms is None
    assert not models.VenueMismatch.objects.exists()


def test_a_trade_told_again_with_other_figures_is_kept_and_not_booked() -> None:
    scene = stage()
    order_id = scene.decide()
    run(scene, 6)
    fills = scene.truth.fills
    fills.append(replace(fills[0], qty=fills[0].qty * 2))
    compare(scene, 2)
    assert models.Fill.objects.count() == 1
    reasons = models.OrderStep.objects.filter(order_id=order_id).values_list("reason", flat=True)
    assert sum("told again" in reason for reason in reasons) == 1
    fills.pop()
    assert_books_are_the_venues(scene)
