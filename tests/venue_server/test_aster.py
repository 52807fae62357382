"""What is Aster's own: typed-data signatures, conditional orders among the others, a builder unasked."""

from collections.abc import Iterator

import ccxt
import pytest

from tests.factories.venue_server import VenueServer, units
from tests.venue_server.clients import DESKS
from tests.venue_server.conftest import Seat

BTC = "BTC/USDT:USDT"


@pytest.fixture
def own(server: VenueServer) -> Iterator[Seat]:
    """Sit down at Aster."""
    desk = DESKS["aster"]
    client = desk.client(server)
    client.load_markets()
    yield Seat(server, desk, client)
    client.session.close()


def test_a_duplicate_client_id_is_a_plain_error_by_its_code(own: Seat) -> None:
    own.order("buy", "0.01", 1, price="59000")
    with pytest.raises(ccxt.ExchangeError, match="-4116"):
        own.order("buy", "0.01", 1, price="59000")
    assert own.truth.placed(["ours-1"]) == {"ours-1": 1}


def test_reduce_only_must_be_written_as_the_venue_reads_it(own: Seat) -> None:
    own.order("buy", "0.01", 1)
    with pytest.raises(ccxt.ArgumentsRequired, match="reduceOnly"):
        own.client.create_order(BTC, "market", "sell", 0.01, None, {"reduceOnly": True})
    own.order("sell", "0.01", 2, reduce_only=True)
    assert own.truth.positions == {}


def test_a_trigger_is_an_order_among_the_others_and_keeps_its_id(own: Seat) -> None:
    own.order("buy", "0.01", 1)
    placed = own.order("sell", "0.01", 2, reduce_only=True, stopLossPrice=58_000)
    assert [each["id"] for each in own.client.fetch_open_orders(BTC)] == [placed["id"]]
    own.moved("BTC", "57990")
    found = own.client.fetch_order(None, BTC, {"clientOrderId": "ours-2"})
    assert (found["id"], found["status"], found["filled"]) == (placed["id"], "closed", 0.01)


def test_a_target_takes_profit(own: Seat) -> None:
    own.order("sell", "0.01", 1)
    own.order("buy", "0.01", 2, reduce_only=True, takeProfitPrice=58_000)
    own.moved("BTC", "57990")
    assert own.truth.positions == {}
    assert own.truth.fills[-1].realised == units("20.1")


def test_a_margin_mode_that_is_set_already_is_no_change(own: Seat) -> None:
    with pytest.raises(ccxt.NoChange, match="-4046"):
        own.client.set_margin_mode("cross", BTC)


def test_a_signature_of_another_key_is_refused(own: Seat) -> None:
    # The client goes on naming the address, as it would if its parameters were changed on the way.
    sign = own.client.sign_message
    own.client.sign_message = lambda message, _key: sign(message, "0x" + "22" * 32)
    with pytest.raises(ccxt.AuthenticationError, match="-1022"):
        own.client.fetch_balance({"type": "swap"})


def test_an_address_without_an_account_is_refused(own: Seat) -> None:
    own.client.privateKey = "0x" + "33" * 32
    with pytest.raises(ccxt.AuthenticationError, match="-2015"):
        own.client.fetch_balance({"type": "swap"})


def test_a_clock_that_is_off_is_refused(own: Seat) -> None:
    own.server.skew_ms = -30_000
    with pytest.raises(ccxt.InvalidNonce, match="-1021"):
        own.client.fetch_balance({"type": "swap"})


def test_what_ccxt_sends_unasked_is_seen(own: Seat) -> None:
    plain = ccxt.aster(own.server.credentials("aster") | {"enableRateLimit": False})
    own.server.mount(plain)
    plain.fetch_balance({"type": "swap"})
    plain.create_order(BTC, "market", "buy", 0.01)
    plain.session.close()
    assert own.server.counts("aster")["builder"] == 2
    assert "builder" in own.server.order_requests("aster")[0].params


def test_leverage_and_mode_are_told_with_the_positions(own: Seat) -> None:
    own.client.set_leverage(7, BTC)
    own.order("buy", "0.01", 1)
    [position] = [each for each in own.client.fetch_positions([BTC]) if each["contracts"]]
    assert (position["leverage"], position["marginMode"]) == (7, "cross")
