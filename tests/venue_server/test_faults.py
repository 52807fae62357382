"""What goes wrong on the way and in the book, seen by the real client and by the venue's own book."""

import ccxt
import pytest

from tests.factories.venue_server import KINDS, units
from tests.venue_server.conftest import Seat

AMBIGUOUS = ["lose_answer", "http_502_done", "http_503_done"]
NOT_DONE = ["lose_request", "http_502", "http_503", "http_429", "http_418"]


@pytest.mark.parametrize("kind", [*AMBIGUOUS, "unknown_done"])
def test_an_order_whose_answer_is_lost_stands_exactly_once(seat: Seat, kind: str) -> None:
    seat.server.faults.next(seat.venue, kind)
    with pytest.raises(ccxt.BaseError):
        seat.order("buy", "0.01", 1)
    assert seat.truth.placed([seat.client_id(1)]) == {seat.client_id(1): 1}
    assert len(seat.server.order_requests(seat.venue)) == 1
    assert seat.server.faults.drawn[seat.venue, kind] == 1


@pytest.mark.parametrize("kind", [*NOT_DONE, "unknown_lost"])
def test_an_order_that_is_lost_leaves_nothing(seat: Seat, kind: str) -> None:
    seat.server.faults.next(seat.venue, kind)
    with pytest.raises(ccxt.BaseError):
        seat.order("buy", "0.01", 1)
    assert not seat.truth.orders
    assert len(seat.server.order_requests(seat.venue)) == 1


@pytest.mark.parametrize("kind", [*AMBIGUOUS, *NOT_DONE, "slow_answer"])
def test_what_says_nothing_about_the_order_is_an_operation_that_failed(seat: Seat, kind: str) -> None:
    seat.client.timeout = 150
    seat.server.faults.next(seat.venue, kind)
    with pytest.raises(ccxt.OperationFailed):
        seat.order("buy", "0.01", 1)


@pytest.mark.parametrize(("kind", "stands"), [("garbled_done", 1), ("garbled_lost", 0)])
def test_an_answer_that_is_no_json_tells_no_order_id(seat: Seat, kind: str, stands: int) -> None:
    seat.server.faults.next(seat.venue, kind)
    try:
        told = seat.order("buy", "0.01", 1)
    except (ccxt.BaseError, AttributeError, TypeError, KeyError):
        told = {"id": None}  # ccxt's parsers meet text where they expect an object
    assert told is None or told["id"] is None
    assert len(seat.truth.orders) == stands


def test_a_slow_request_arrives_after_the_client_has_given_up(seat: Seat) -> None:
    seat.client.timeout = 100
    seat.server.faults.next(seat.venue, "slow_request", seconds=0.4)
    with pytest.raises(ccxt.RequestTimeout):
        seat.order("buy", "0.01", 1)
    assert not seat.truth.orders
    seat.server.wait_idle()
    assert seat.truth.placed([seat.client_id(1)]) == {seat.client_id(1): 1}


def test_a_late_fill_follows_its_cancellation(seat: Seat) -> None:
    seat.server.faults.next(seat.venue, "late_fill")
    seat.order("buy", "0.01", 1)
    [order] = seat.truth.orders.values()
    assert (order.state, order.filled) == ("canceled", 0)
    seat.server.settle()
    assert (order.state, order.filled) == ("filled", units("0.01"))


def test_a_duplicate_fill_is_listed_twice_and_booked_once(seat: Seat) -> None:
    seat.server.faults.next(seat.venue, "duplicate_fill")
    seat.order("buy", "0.01", 1)
    raw = seat.client.fetch_my_trades(seat.desk.symbol("BTC"))
    assert len(raw) == 2
    assert len({each["id"] for each in raw}) == 1
    assert seat.truth.positions == {"BTC": units("0.01")}


def test_two_fills_come_in_one_order(seat: Seat) -> None:
    seat.server.faults.next(seat.venue, "split_fill")
    seat.order("buy", "0.01", 1)
    assert [each.qty for each in seat.truth.fills] == [units("0.005")] * 2


def test_a_part_fills_and_the_rest_is_cut(seat: Seat) -> None:
    seat.server.faults.next(seat.venue, "partial_cut")
    seat.order("buy", "0.01", 1)
    [order] = seat.truth.orders.values()
    assert (order.state, order.filled) == ("canceled", units("0.005"))


def test_a_resting_order_fills_in_part_and_is_cancelled(seat: Seat) -> None:
    placed = seat.order("buy", "0.01", 1, price="59000")
    seat.truth.fill(seat.client_id(1), units("0.004"))
    [resting] = seat.client.fetch_open_orders(seat.desk.symbol("BTC"))
    assert (resting["filled"], resting["amount"]) == (0.004, 0.01)
    seat.client.cancel_order(placed["id"], seat.desk.symbol("BTC"))
    [order] = seat.truth.orders.values()
    assert (order.state, order.filled) == ("canceled", units("0.004"))


def test_somebody_else_trades_by_hand(seat: Seat) -> None:
    seat.server.faults.next(seat.venue, "external_fill")
    seat.order("sell", "0.01", 1)
    lot = seat.truth.market.listings["BTC"].lot
    assert seat.truth.positions == {"BTC": lot - units("0.01")}
    seat.truth.external("ETH", 1, units("0.1"))
    assert seat.truth.positions["ETH"] == units("0.1")


def test_a_new_order_can_be_missing_from_the_lists_for_a_while(seat: Seat) -> None:
    seat.truth.market.stale_s = 60
    seat.server.faults.next(seat.venue, "stale_list")
    seat.order("buy", "0.01", 1, price="59000")
    assert not seat.client.fetch_open_orders(seat.desk.symbol("BTC"))
    seat.server.settle()
    assert len(seat.client.fetch_open_orders(seat.desk.symbol("BTC"))) == 1


def test_a_plan_hits_the_same_orders_for_the_same_seed(seat: Seat) -> None:
    hit = []
    for _ in range(2):
        seat.server.faults.plan(7, 0.5, ["split_fill"])
        before = seat.server.faults.drawn[seat.venue, "split_fill"]
        for _ in range(10):
            seat.order("buy", "0.002")
        hit.append(seat.server.faults.drawn[seat.venue, "split_fill"] - before)
    assert hit[0] == hit[1] > 0


def test_a_fault_nobody_knows_is_refused(seat: Seat) -> None:
    with pytest.raises(ValueError, match="no such fault"):
        seat.server.faults.next(seat.venue, "gremlin")
    assert "lose_answer" in KINDS
