"""An order leaves once, whatever happens to its answer or to the process that sends it."""

import pytest

from accounts.selectors import balances, check_ledger
from kernel.units import SCALE
from tests.factories.live_orders import Stage, stage
from tests.factories.truth_venue import Killed
from trading import models
from trading.services.outbox import claim
from trading.services.outbox_cycle import compare_turn, look_turn, send_turn

pytestmark = pytest.mark.django_db(transaction=True)


def state_of(order_id: str) -> str:
    return models.Order.objects.get(id=order_id).state


def run(scene: Stage, seconds: int = 40) -> None:
    """Let the jobs ring for a while: the sender, the looker, and the comparison each minute."""
    for second in range(seconds):
        if second % 2 == 0:
            send_turn(scene.desk)
        if second % 5 == 0:
            look_turn(scene.desk)
        if second % 60 == 59:
            compare_turn(scene.desk)
        scene.clock.sleep(1_000)


def assert_books_are_the_venues(scene: Stage) -> None:
    """Compare what we hold and have with the venue's own book, to the last unit."""
    account = scene.desk.account_id
    rows = models.Position.objects.filter(account_id=account, qty__gt=0)
    held = {symbol: side * qty for symbol, side, qty in rows.values_list("symbol", "side", "qty")}
    assert held == scene.truth.positions
    assert balances([account])[account].total == scene.truth.wallet
    assert check_ledger() is None


def test_an_order_is_sent_filled_and_booked() -> None:
    scene = stage()
    order_id = scene.decide()
    run(scene, 6)
    assert state_of(order_id) == "filled"
    assert scene.venue.submits == [order_id]
    assert_books_are_the_venues(scene)


@pytest.mark.parametrize("fault", ["lose_answer", "unknown_done", "http_502_done", "garbled_done"])
def test_an_order_whose_answer_was_lost_is_found_and_not_sent_again(fault: str) -> None:
    scene = stage()
    scene.server.faults.next("binanceusdm", fault)
    order_id = scene.decide()
    run(scene, 30)
    assert state_of(order_id) == "filled"
    assert scene.truth.placed([order_id]) == {order_id: 1}
    assert scene.venue.submits == [order_id]
    assert_books_are_the_venues(scene)


@pytest.mark.parametrize("fault", ["lose_request", "unknown_lost", "http_503", "garbled_lost"])
def test_an_order_that_never_arrived_is_sent_again_under_its_own_id(fault: str) -> None:
    scene = stage()
    scene.server.faults.next("binanceusdm", fault)
    order_id = scene.decide()
    run(scene, 12)
    assert state_of(order_id) == "unknown"
    run(scene, 40)
    assert state_of(order_id) == "filled"
    assert scene.venue.submits == [order_id, order_id]
    assert scene.truth.placed([order_id]) == {order_id: 1}
    assert_books_are_the_venues(scene)


def test_an_order_that_never_left_stays_an_intent_and_waits() -> None:
    scene = stage()
    scene.server.faults.next("binanceusdm", "http_429", times=2)
    order_id = scene.decide()
    run(scene, 3)
    assert state_of(order_id) == "intent"
    run(scene, 20)
    assert state_of(order_id) == "filled"
    assert_books_are_the_venues(scene)


@pytest.mark.parametrize("when", ["die_before", "die_after"])
def test_a_process_that_dies_around_the_call_doubles_and_loses_nothing(when: str) -> None:
    scene = stage()
    order_id = scene.decide()
    setattr(scene.venue, when, 1)
    with pytest.raises(Killed):
        send_turn(scene.desk)
    assert state_of(order_id) == "submitting"
    run(scene, 10)
    assert state_of(order_id) == "submitting", "its lease still holds: the sender may only be slow"
    run(scene, 150)
    assert state_of(order_id) == "filled"
    assert scene.truth.placed([order_id]) == {order_id: 1}
    assert_books_are_the_venues(scene)


def test_what_never_arrived_and_is_too_late_now_ends_without_anything() -> None:
    scene = stage()
    scene.server.faults.next("binanceusdm", "lose_request")
    order_id = scene.decide()
    send_turn(scene.desk)
    scene.clock.sleep(200_000)
    run(scene, 40)
    assert (state_of(order_id), models.Order.objects.get(id=order_id).reason) == ("expired", "never_arrived")
    assert scene.truth.orders == {}


def test_a_refusal_keeps_the_venues_words_and_books_nothing() -> None:
    scene = stage(wallet=100 * SCALE)
    order_id = scene.decide(qty=SCALE)
    run(scene, 4)
    order = models.Order.objects.get(id=order_id)
    assert (order.state, order.reason) == ("rejected", "margin")
    assert order.venue_text
    assert not models.Fill.objects.exists()


def test_nobody_opens_on_a_symbol_where_an_order_is_in_doubt_while_reducing_passes() -> None:
    scene = stage()
    scene.decide(qty=SCALE // 10)
    run(scene, 6)
    scene.server.faults.next("binanceusdm", "lose_request")
    doubtful = scene.decide(qty=SCALE // 10)
    run(scene, 2)
    more, less = scene.decide(), scene.decide(side=-1, qty=SCALE // 20, close=True)
    run(scene, 4)
    assert (state_of(doubtful), state_of(more), state_of(less)) == ("unknown", "intent", "filled")
    run(scene, 60)
    assert (state_of(doubtful), state_of(more)) == ("filled", "filled")
    assert_books_are_the_venues(scene)


def test_two_senders_at_once_send_one_order() -> None:
    scene = stage()
    order_id = scene.decide()
    compare_turn(scene.desk)
    order = models.Order.objects.select_related("decision").get(id=order_id)
    assert [claim(scene.desk, order, "intent").verdict for _ in range(3)] == ["send", "taken", "taken"]


def test_a_decision_that_came_too_late_is_denied_and_never_sent() -> None:
    scene = stage()
    order_id = scene.decide()
    scene.clock.sleep(181_000)
    run(scene, 4)
    order = models.Order.objects.get(id=order_id)
    assert (order.state, order.reason) == ("denied", "too_late")
    assert scene.venue.submits == []


@pytest.mark.parametrize("jump_ms", [-7_200_000, 7_200_000])
def test_a_clock_that_jumps_doubles_nothing_and_loses_nothing(jump_ms: int) -> None:
    scene = stage()
    scene.server.faults.next("binanceusdm", "lose_answer")
    first = scene.decide()
    run(scene, 3)
    scene.clock.sleep(jump_ms)
    scene.server.skew_ms = -jump_ms
    second = scene.decide("ETH", qty=SCALE)
    run(scene, 120)
    assert (state_of(first), state_of(second)) == ("filled", "filled")
    assert scene.truth.placed([first, second]) == {first: 1, second: 1}
    assert_books_are_the_venues(scene)
