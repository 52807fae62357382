"""What is Binance's own: its codes and classes, conditional orders in a space of their own."""

from collections.abc import Callable, Iterator
from typing import Any

import ccxt
import pytest

from tests.factories.venue_server import VenueServer, units
from tests.venue_server.clients import DESKS
from tests.venue_server.conftest import Seat

BTC = "BTC/USDT:USDT"


@pytest.fixture
def own(server: VenueServer) -> Iterator[Seat]:
    """Sit down at Binance."""
    desk = DESKS["binanceusdm"]
    client = desk.client(server)
    client.load_markets()
    yield Seat(server, desk, client)
    client.session.close()


REFUSED: list[tuple[int, type[Exception], Callable[[Seat], Any]]] = [
    (-4164, ccxt.InvalidOrder, lambda seat: seat.order("buy", "0.001")),
    (-2019, ccxt.InsufficientFunds, lambda seat: seat.order("buy", "50")),
    (-2022, ccxt.InvalidOrder, lambda seat: seat.order("buy", "0.01", reduce_only=True)),
    (-2021, ccxt.OrderImmediatelyFillable, lambda seat: seat.order("sell", "0.01", stopLossPrice=61_000)),
    (-5022, ccxt.InvalidOrder, lambda seat: seat.order("buy", "0.01", price="60100", postOnly=True)),
    (-2013, ccxt.OrderNotFound, lambda seat: seat.client.fetch_order("1", BTC)),
    (-2011, ccxt.OrderNotFound, lambda seat: seat.client.cancel_order("1", BTC)),
    (-1111, ccxt.BadRequest, lambda seat: _raw(seat, quantity="0.0100001")),
    (-4014, ccxt.BadRequest, lambda seat: _raw(seat, type="LIMIT", price="59000.05")),
    (-1121, ccxt.BadSymbol, lambda seat: _raw(seat, symbol="DOGEUSDT")),
    (-4140, ccxt.BadRequest, lambda seat: _raw(seat, symbol="FTTUSDT")),
]


def _raw(seat: Seat, **changed: str) -> Any:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01", "timeInForce": "GTC"}
    return seat.client.fapiPrivatePostOrder(order | changed)


@pytest.mark.parametrize(("code", "kind", "act"), REFUSED, ids=[str(row[0]) for row in REFUSED])
def test_a_refusal_has_the_venues_code_and_ccxts_class(
    own: Seat, code: int, kind: type[Exception], act: Callable[[Seat], Any]
) -> None:
    with pytest.raises(kind, match=str(code)):
        act(own)
    assert not own.truth.orders


def test_a_client_id_is_refused_only_while_an_order_with_it_is_open(own: Seat) -> None:
    own.order("buy", "0.01", 1, price="59000")
    with pytest.raises(ccxt.InvalidOrder, match="-4116"):
        own.order("buy", "0.01", 1, price="59000")
    own.order("buy", "0.01", 2)
    own.order("buy", "0.01", 2)  # the first has filled: its id is free again, and the order doubled
    assert own.truth.placed(["ours-1", "ours-2"]) == {"ours-1": 1, "ours-2": 2}


def test_a_margin_mode_that_is_set_already_is_its_own_error(own: Seat) -> None:
    with pytest.raises(ccxt.MarginModeAlreadySet, match="-4046"):
        own.client.set_margin_mode("cross", BTC)


def test_a_trigger_waits_in_a_list_of_its_own_and_starts_another_order(own: Seat) -> None:
    own.order("buy", "0.01", 1)
    placed = own.order("sell", "0.01", 2, reduce_only=True, stopLossPrice=58_000)
    assert not own.client.fetch_open_orders(BTC)
    [waiting] = own.client.fetch_open_orders(BTC, params={"trigger": True})
    assert (waiting["id"], waiting["clientOrderId"]) == (placed["id"], "ours-2")
    own.moved("BTC", "57990")
    told = own.client.fetch_order(None, BTC, {"trigger": True, "clientOrderId": "ours-2"})["info"]
    acting = own.client.fetch_order(told["actualOrderId"], BTC)
    assert (told["algoStatus"], acting["status"], acting["filled"]) == ("FINISHED", "closed", 0.01)
    assert own.truth.positions == {}


def test_a_trailing_stop_follows_the_best_price(own: Seat) -> None:
    own.order("buy", "0.01", 1)
    own.order("sell", "0.01", 2, reduce_only=True, trailingPercent=1)
    own.moved("BTC", "62000")
    own.moved("BTC", "61500")
    assert own.truth.positions == {"BTC": units("0.01")}
    own.moved("BTC", "61380")
    assert own.truth.positions == {}


def test_an_order_is_found_by_our_id(own: Seat) -> None:
    own.order("buy", "0.01", 1)
    assert own.client.fetch_order(None, BTC, {"clientOrderId": "ours-1"})["status"] == "closed"


def test_cancelling_all_leaves_the_conditional_orders(own: Seat) -> None:
    own.order("buy", "0.01", 1, price="59000")
    own.order("sell", "0.01", 2, stopLossPrice=58_000)
    own.client.cancel_all_orders(BTC)
    assert [each.ticket.client_id for each in own.truth.open.values()] == ["ours-2"]
    own.client.cancel_all_orders(BTC, {"trigger": True})
    assert not own.truth.open


def test_a_dead_man_switch_cancels_unless_it_is_held(own: Seat) -> None:
    own.order("buy", "0.01", 1, price="59000")
    own.client.fapiPrivatePostCountdownCancelAll({"symbol": "BTCUSDT", "countdownTime": 60_000})
    assert own.truth.open
    own.server.settle()
    assert not own.truth.open


def test_the_key_tells_its_permissions(own: Seat) -> None:
    own.truth.key.may_withdraw = True
    assert own.client.sapiGetAccountApiRestrictions()["enableWithdrawals"] is True


@pytest.mark.parametrize(
    ("change", "code"),
    [({"apiKey": "a" * 64}, -2015), ({"apiKey": "short"}, -2014), ({"secret": "x"}, -1022)],
)
def test_a_wrong_key_is_named_by_the_venues_code(own: Seat, change: dict[str, str], code: int) -> None:
    for name, value in change.items():
        setattr(own.client, name, value)
    with pytest.raises(ccxt.AuthenticationError, match=str(code)):
        own.client.fetch_balance()


@pytest.mark.parametrize("skew_ms", [-20_000, 20_000])
def test_a_clock_that_is_off_is_refused(own: Seat, skew_ms: int) -> None:
    own.server.skew_ms = skew_ms
    with pytest.raises(ccxt.InvalidNonce, match="-1021"):
        own.client.fetch_balance()


def test_the_unknown_status_is_a_time_out_and_a_ban_is_a_ban(own: Seat) -> None:
    for kind, error in (
        ("unknown_done", ccxt.RequestTimeout),
        ("http_429", ccxt.DDoSProtection),
        ("http_418", ccxt.DDoSProtection),
        ("http_502", ccxt.ExchangeNotAvailable),
        ("lose_answer", ccxt.NetworkError),
    ):
        own.server.faults.next("binanceusdm", kind)
        with pytest.raises(error):
            own.order("buy", "0.01")


def test_fills_can_be_listed_backwards(own: Seat) -> None:
    own.server.faults.next("binanceusdm", "out_of_order")
    own.order("buy", "0.01", 1)
    told = own.client.fapiPrivateGetUserTrades({"symbol": "BTCUSDT"})
    assert [int(each["id"]) for each in told] == [each.trade_id for each in own.truth.fills[::-1]]
