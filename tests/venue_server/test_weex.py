"""What is Weex's own: headers that sign, answers that fail with HTTP 200, both sides held at once."""

from collections.abc import Iterator

import ccxt
import pytest

from tests.factories.venue_server import VenueServer, units
from tests.venue_server.clients import DESKS
from tests.venue_server.conftest import Seat

BTC = "BTC/USDT:USDT"


@pytest.fixture
def own(server: VenueServer) -> Iterator[Seat]:
    """Sit down at Weex."""
    desk = DESKS["weex"]
    client = desk.client(server)
    client.load_markets()
    yield Seat(server, desk, client)
    client.session.close()


def test_a_refused_order_is_an_answer_of_success_false(own: Seat) -> None:
    with pytest.raises(ccxt.InvalidOrder, match="available balance"):
        own.order("buy", "50", 1)
    assert own.server.order_requests("weex")[0].status == 200
    own.order("buy", "0.01", 2, price="59000")
    with pytest.raises(ccxt.InvalidOrder, match="duplicated"):
        own.order("buy", "0.01", 2, price="59000")
    assert own.truth.placed(["ours-1", "ours-2"]) == {"ours-1": 0, "ours-2": 1}


def test_an_accepted_order_tells_its_ids_and_nothing_of_its_state(own: Seat) -> None:
    placed = own.order("buy", "0.01", 1)
    assert (placed["clientOrderId"], placed["status"], placed["filled"]) == ("ours-1", None, None)
    found = own.client.fetch_order(placed["id"], BTC)
    assert (found["status"], found["filled"], found["average"]) == ("closed", 0.01, 60_000)


def test_our_id_is_found_in_the_lists_only(own: Seat) -> None:
    own.order("buy", "0.01", 1)
    own.order("buy", "0.01", 2, price="59000")
    with pytest.raises(ccxt.ArgumentsRequired):
        own.client.fetch_order(None, BTC, {"clientOrderId": "ours-1"})
    over = own.client.fetch_canceled_and_closed_orders(BTC)
    assert [each["clientOrderId"] for each in over] == ["ours-1"]
    assert [each["clientOrderId"] for each in own.client.fetch_open_orders(BTC)] == ["ours-2"]
    own.client.cancel_order(None, BTC, {"clientOrderId": "ours-2"})
    assert not own.truth.open


def test_a_stop_waits_in_a_list_of_its_own_and_is_history_under_our_id(own: Seat) -> None:
    own.order("buy", "0.01", 1)
    placed = own.order("sell", "0.01", 2, stopLossPrice=58_000)
    assert not own.client.fetch_open_orders(BTC)
    [waiting] = own.client.fetch_open_orders(BTC, params={"trigger": True})
    assert (waiting["id"], waiting["reduceOnly"]) == (placed["id"], True)
    own.moved("BTC", "57990")
    over = own.client.fetch_canceled_and_closed_orders(BTC)
    assert [(each["clientOrderId"], each["status"]) for each in over[-1:]] == [("ours-2", "closed")]
    assert own.truth.placed(["ours-2"]) == {"ours-2": 1}
    assert own.truth.positions == {}


def test_a_stop_is_cancelled_by_its_id(own: Seat) -> None:
    placed = own.order("sell", "0.01", 2, stopLossPrice=58_000)
    own.client.cancel_order(placed["id"], BTC, {"trigger": True})
    assert not own.truth.open
    with pytest.raises(ccxt.OrderNotFound):
        own.client.cancel_order(placed["id"], BTC, {"trigger": True})


def test_an_attached_stop_is_placed_when_the_order_has_filled(own: Seat) -> None:
    own.order("buy", "0.01", 1, stopLoss={"triggerPrice": 58_000})
    own.moved("BTC", "57990")
    assert own.truth.positions == {}


def test_a_sale_without_reduce_only_opens_a_short_beside_the_long(own: Seat) -> None:
    own.order("buy", "0.02", 1)
    own.order("sell", "0.01", 2)
    told = {each["side"]: each["contracts"] for each in own.client.fetch_positions()}
    assert told == {"long": 0.02, "short": 0.01}


def test_margin_mode_can_be_set_again(own: Seat) -> None:
    for _ in range(2):
        own.client.set_margin_mode("isolated", BTC)
    own.client.set_leverage(5, BTC)  # without a mode it is the leverage of cross margin
    assert own.truth.leverage_of("BTC") == 20
    own.client.set_leverage(5, BTC, {"marginMode": "isolated"})
    assert own.truth.leverage_of("BTC") == 5


def test_records_of_money_want_both_times_or_none(own: Seat) -> None:
    own.order("buy", "0.01", 1)
    with pytest.raises(ccxt.BadRequest, match="-1142"):
        own.client.fetch_ledger("USDT", 1)
    told = own.client.fetch_ledger("USDT")
    assert units(told[-1]["after"]) == own.truth.wallet


@pytest.mark.parametrize(
    ("change", "code"), [({"apiKey": "a"}, -1049), ({"password": "b"}, -1049), ({"secret": "c"}, -1047)]
)
def test_a_wrong_key_is_named_by_the_venues_code(own: Seat, change: dict[str, str], code: int) -> None:
    for name, value in change.items():
        setattr(own.client, name, value)
    with pytest.raises(ccxt.AuthenticationError, match=str(code)):
        own.client.fetch_balance({"type": "swap"})


def test_a_clock_that_is_off_is_refused(own: Seat) -> None:
    own.server.skew_ms = 60_000
    with pytest.raises(ccxt.BadRequest, match="-1046"):
        own.client.fetch_balance({"type": "swap"})


def test_a_client_id_must_be_short_and_plain(own: Seat) -> None:
    for wrong in ("x" * 41, "a b"):
        with pytest.raises(ccxt.InvalidOrder, match="-1180"):
            own.order("buy", "0.01", clientOrderId=wrong)
