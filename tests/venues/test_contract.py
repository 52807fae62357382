"""What every venue must do the same way: real client, real HTTP, a server that keeps its own books."""

from collections.abc import Iterator
from typing import Any

import pytest

from kernel.units import SCALE
from tests.factories.venue_server import VenueServer
from tests.factories.venue_server.faults import NOT_DONE, WAY
from tests.venues.desk import ON_SERVER, account_on, approved, order_id, wall_ms
from trading.adapters.ccxt_live.venue import LiveAccount
from trading.domain.terms import Terms
from trading.domain.venue import Acknowledged, Refused, Unclear
from trading.ports import VenueError, VenueRefusedError

PRICE = 60_000 * SCALE
QTY = SCALE // 100


@pytest.fixture(params=ON_SERVER)
def desk(request: pytest.FixtureRequest) -> Iterator[tuple[VenueServer, LiveAccount, str]]:
    """Give a server and an account at each of its venues."""
    with VenueServer() as server:
        yield server, account_on(server, request.param, timeout_ms=400), request.param


Desk = tuple[VenueServer, LiveAccount, str]


def _limit(price: int, **more: Any) -> dict[str, Any]:
    return {"terms": Terms("limit", price, "gtc", **more)}


def test_an_order_at_the_market_fills_and_is_found_again(desk: Desk) -> None:
    server, account, venue = desk
    account.prepare("BTC", 5, "isolated")
    outcome = account.submit(approved(), "market", None, None)
    assert isinstance(outcome, Acknowledged)
    found = account.find_order(order_id(1), "BTC", wall_ms() - 60_000)
    assert found is not None
    assert (found.client_order_id, found.symbol, found.side) == (order_id(1), "BTC", 1)
    assert (found.qty, found.filled, found.state, found.reduce_only) == (QTY, QTY, "filled", False)
    fills = account.fetch_fills(("BTC",), wall_ms() - 60_000)
    assert sum(fill.qty for fill in fills) == QTY
    assert {fill.venue_order_id for fill in fills} == {found.venue_order_id}
    assert len({fill.trade_id for fill in fills}) == len(fills)
    assert all(fill.fee > 0 and not fill.maker and fill.price > 0 for fill in fills)
    (position,) = account.fetch_positions()
    assert (position.symbol, position.qty, position.leverage) == ("BTC", QTY, 5)
    assert position.margin_mode == "isolated"
    assert account.fetch_balance().wallet == server.truth(venue).wallet
    assert len(server.order_requests(venue)) == 1


def test_what_rests_is_listed_and_cancelled(desk: Desk) -> None:
    server, account, venue = desk
    placed = account.submit(approved(1, **_limit(50_000 * SCALE)), "limit", 50_000 * SCALE, None)
    assert placed[1:] == ("accepted",)
    (open_order,) = account.fetch_open_orders(("BTC",))
    assert (open_order.kind, open_order.price, open_order.filled) == ("limit", 50_000 * SCALE, 0)
    assert open_order.client_order_id == order_id(1)
    assert isinstance(account.cancel(open_order), Acknowledged)
    assert account.fetch_open_orders(("BTC",)) == ()
    again = account.cancel(open_order)
    assert isinstance(again, Refused)
    assert again.code == "not_found"
    found = account.find_order(order_id(1), "BTC", wall_ms() - 60_000)
    assert found is not None
    assert found.state == "canceled"
    assert server.truth(venue).positions == {}


@pytest.mark.parametrize(("kind", "trigger"), [("stop", 55_000 * SCALE), ("take_profit", 70_000 * SCALE)])
def test_protection_waits_at_the_venue_as_an_order_of_its_own(desk: Desk, kind: str, trigger: int) -> None:
    server, account, venue = desk
    account.submit(approved(1), "market", None, None)
    closing = approved(2, side=-1, reduce_only=True)
    assert isinstance(account.submit(closing, kind, None, trigger), Acknowledged)
    (waiting,) = account.fetch_open_orders(("BTC",))
    assert (waiting.client_order_id, waiting.kind, waiting.trigger) == (order_id(2), kind, trigger)
    assert (waiting.reduce_only, waiting.side, waiting.state) == (True, -1, "accepted")
    found = account.find_order(order_id(2), "BTC", wall_ms() - 60_000)
    assert found is not None
    assert (found.kind, found.trigger) == (kind, trigger)
    assert isinstance(account.cancel(waiting), Acknowledged)
    assert account.fetch_open_orders(()) == ()
    assert len(server.order_requests(venue)) == 2


def test_closing_reduces_and_never_opens(desk: Desk) -> None:
    server, account, venue = desk
    account.submit(approved(1), "market", None, None)
    more = account.submit(approved(2, side=1, reduce_only=True), "market", None, None)
    assert isinstance(more, Refused)
    assert more.code in {"reduce_only_rejected", "rejected"}
    closed = account.submit(approved(3, side=-1, reduce_only=True), "market", None, None)
    assert isinstance(closed, Acknowledged)
    assert account.fetch_positions() == ()
    assert len(server.order_requests(venue)) == 3


def test_a_maker_order_that_would_take_is_refused(desk: Desk) -> None:
    _, account, venue = desk
    order = approved(1, **_limit(61_000 * SCALE, post_only=True))
    outcome = account.submit(order, "limit", 61_000 * SCALE, None)
    assert isinstance(outcome, Refused)
    assert outcome.code == ("not_supported" if venue == "weex" else "would_take")


@pytest.mark.parametrize(
    ("code", "change", "kind", "price"),
    [
        ("below_minimum", {"qty": 1}, "market", None),
        ("below_minimum", {"qty": SCALE // 1_000_000}, "market", None),
        ("below_minimum", {"qty": -QTY}, "market", None),
        ("below_minimum", {"qty": 0}, "market", None),
        ("price_off_tick", _limit(50_000 * SCALE + 1), "limit", 50_000 * SCALE + 1),
        ("price_off_tick", _limit(-SCALE), "limit", -SCALE),
        ("leverage_refused", {"leverage": 100_000}, "market", None),
        ("unknown_symbol", {"symbol": "NOSUCH"}, "market", None),
        ("bad_order", {}, "limit", None),
        ("bad_order", {}, "stop", None),
        ("bad_order", {"client_order_id": "abc-1"}, "market", None),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_sent(
    desk: Desk, code: str, change: dict[str, Any], kind: str, price: int | None
) -> None:
    server, account, venue = desk
    if code == "leverage_refused" and account.listing().by_symbol["BTC"].max_leverage is None:
        pytest.skip("this venue lists no maximum; it refuses by itself")
    outcome = account.submit(approved(**change), kind, price, None)
    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert outcome.text
    assert server.order_requests(venue) == []


def test_more_than_the_money_allows_is_refused_by_the_venue(desk: Desk) -> None:
    _, account, _ = desk
    outcome = account.submit(approved(qty=50 * SCALE), "market", None, None)
    assert isinstance(outcome, Refused)
    assert outcome.code == "insufficient_margin"


def test_setting_leverage_again_changes_nothing_and_too_much_is_refused(desk: Desk) -> None:
    _, account, _ = desk
    for _ in range(3):
        account.prepare("BTC", 4, "isolated")
    account.prepare("BTC", 4, "cross")
    with pytest.raises(VenueRefusedError):
        account.prepare("BTC", 100_000, "cross")
    with pytest.raises(VenueRefusedError, match="NOSUCH"):
        account.prepare("NOSUCH", 2, "cross")


def test_an_order_nobody_sent_is_not_found(desk: Desk) -> None:
    _, account, _ = desk
    assert account.find_order(order_id(99), "BTC", wall_ms() - 60_000) is None


@pytest.mark.parametrize("fault", WAY)
def test_what_goes_wrong_on_the_way_is_unclear_and_looked_up_never_sent_again(desk: Desk, fault: str) -> None:
    server, account, venue = desk
    account.listing()
    server.faults.next(venue, fault, seconds=0.7)
    outcome = account.submit(approved(), "market", None, None)
    assert isinstance(outcome, Unclear)
    assert outcome.sent
    assert len(server.order_requests(venue)) <= 1
    server.faults.stop()
    if fault.startswith("slow"):
        _wait_for(server, venue)
    found = account.find_order(order_id(1), "BTC", wall_ms() - 60_000)
    assert (found is not None) is (fault not in NOT_DONE)
    assert sum(order.filled for order in server.truth(venue).orders.values()) == (QTY if found else 0)
    assert len(server.order_requests(venue)) == 1


def _wait_for(server: VenueServer, venue: str) -> None:
    deadline = wall_ms() + 5_000
    while not server.order_requests(venue) and wall_ms() < deadline:
        pass


def test_looking_at_a_venue_that_is_down_raises_and_says_nothing_definite(desk: Desk) -> None:
    server, account, venue = desk
    account.listing()
    server.faults.next(venue, "http_503", 20, purpose="any")
    for look in (account.fetch_positions, account.fetch_balance, lambda: account.fetch_open_orders(())):
        with pytest.raises(VenueError):
            look()
    with pytest.raises(VenueError):
        account.find_order(order_id(1), "BTC", wall_ms())


def test_an_order_to_a_closed_door_is_known_not_to_have_left() -> None:
    with VenueServer() as server:
        account = account_on(server, "binanceusdm")
        account.listing()
    outcome = account.submit(approved(), "market", None, None)
    assert isinstance(outcome, Unclear)
    assert not outcome.sent


def test_funding_is_told_once_with_its_sign_and_fees_only_with_their_fills(desk: Desk) -> None:
    server, account, venue = desk
    account.submit(approved(1), "market", None, None)
    truth = server.truth(venue)
    paid = truth.fund("BTC", SCALE // 10_000)
    income = account.fetch_income(wall_ms() - 60_000)
    funding = [each for each in income if each.kind == "funding"]
    assert [(each.symbol, each.amount) for each in funding] == [("BTC", paid)]
    assert paid < 0
    assert {each.kind for each in income} <= {"funding", "transfer"}
    fees = sum(fill.fee for fill in account.fetch_fills(("BTC",), wall_ms() - 60_000))
    assert account.fetch_balance().wallet == truth.wallet == sum(each.amount for each in income) - fees


def test_a_stop_that_was_triggered_is_followed_to_the_order_it_became(desk: Desk) -> None:
    server, account, venue = desk
    account.submit(approved(1), "market", None, None)
    account.submit(approved(2, side=-1, reduce_only=True), "stop", None, 58_000 * SCALE)
    server.truth(venue).move("BTC", 57_000 * SCALE)
    found = account.find_order(order_id(2), "BTC", wall_ms() - 60_000)
    assert found is not None
    assert (found.client_order_id, found.state, found.filled) == (order_id(2), "filled", QTY)
    assert found.kind == ("market" if venue == "weex" else "stop")
    closing = [fill for fill in account.fetch_fills(("BTC",), wall_ms() - 60_000) if fill.side < 0]
    assert {fill.venue_order_id for fill in closing} == {found.venue_order_id}
    assert account.fetch_positions() == ()


@pytest.mark.parametrize("fault", ["duplicate_fill", "split_fill", "out_of_order", "partial_cut"])
def test_fills_are_told_once_each_in_order_whatever_the_list_looks_like(desk: Desk, fault: str) -> None:
    server, account, venue = desk
    server.faults.next(venue, fault)
    account.submit(approved(1), "market", None, None)
    fills = account.fetch_fills(("BTC",), wall_ms() - 60_000)
    booked = sum(fill.qty for fill in fills)
    assert booked == server.truth(venue).positions["BTC"]
    assert [fill.executed_ms for fill in fills] == sorted(fill.executed_ms for fill in fills)
    found = account.find_order(order_id(1), "BTC", wall_ms() - 60_000)
    assert found is not None
    assert found.filled == booked


def test_the_clock_of_the_venue_is_told(desk: Desk) -> None:
    _, account, _ = desk
    assert abs(account.fetch_time() - wall_ms()) < 5_000
