"""What is Hyperliquid's own: signed actions, statuses of single orders, client ids of 128 bits."""

from collections.abc import Callable, Iterator
from typing import Any

import ccxt
import pytest

from tests.factories.venue_server import VenueServer, units
from tests.venue_server.clients import DESKS
from tests.venue_server.conftest import Seat

BTC = "BTC/USDC:USDC"


@pytest.fixture
def own(server: VenueServer) -> Iterator[Seat]:
    """Sit down at Hyperliquid."""
    desk = DESKS["hyperliquid"]
    client = desk.client(server)
    client.load_markets()
    yield Seat(server, desk, client)
    client.session.close()


def _trigger(seat: Seat, price: int) -> Any:
    return seat.order("sell", "0.01", 9, reduce_only=True, stopLossPrice=price)


def _ioc(seat: Seat) -> Any:
    return seat.order("buy", "0.01", price="59000", timeInForce="ioc")


REFUSED: list[tuple[str, type[Exception], Callable[[Seat], Any]]] = [
    ("minimum value of", ccxt.InvalidOrder, lambda seat: seat.order("buy", "0.0001")),
    ("Insufficient margin", ccxt.InsufficientFunds, lambda seat: seat.order("buy", "9")),
    ("Reduce only order would", ccxt.InvalidOrder, lambda seat: seat.order("buy", "0.01", reduce_only=True)),
    ("Invalid TP/SL price", ccxt.InvalidOrder, lambda seat: _trigger(seat, 61_000)),
    ("Post only order", ccxt.InvalidOrder, lambda seat: seat.order("buy", "1", price="60100", postOnly=True)),
    ("not immediately match", ccxt.InvalidOrder, _ioc),
    ("Trading is halted", ccxt.ExchangeError, lambda seat: seat.order("buy", "10", base="FTT", price="2")),
    ("divisible by tick size", ccxt.InvalidOrder, lambda seat: _raw(seat, p="59000.5")),
    ("invalid size", ccxt.InvalidOrder, lambda seat: _raw(seat, s="0.0100001")),
    ("never placed", ccxt.OrderNotFound, lambda seat: seat.client.cancel_order("1", BTC)),
    ("unknownOid", ccxt.OrderNotFound, lambda seat: seat.client.fetch_order("1", BTC)),
]


def _raw(seat: Seat, **changed: str) -> Any:
    order: dict[str, Any] = {"a": 0, "b": True, "p": "59000", "s": "0.01", "r": False}
    order = order | changed | {"t": {"limit": {"tif": "Gtc"}}}
    action = {"type": "order", "orders": [order], "grouping": "na"}
    nonce = seat.client.incrementing_nonce()
    signature = seat.client.sign_l1_action(action, nonce)
    return seat.client.privatePostExchange({"action": action, "nonce": nonce, "signature": signature})


@pytest.mark.parametrize(("text", "kind", "act"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_refusal_has_the_venues_words_and_ccxts_class(
    own: Seat, text: str, kind: type[Exception], act: Callable[[Seat], Any]
) -> None:
    with pytest.raises(kind, match=text):
        act(own)
    assert not own.truth.open
    assert not own.truth.fills


def test_a_client_id_must_have_the_venues_form(own: Seat) -> None:
    with pytest.raises(ccxt.ExchangeError, match="422"):
        own.order("buy", "0.01", clientOrderId="abc-1")
    own.order("buy", "0.01", 1, price="59000")
    with pytest.raises(ccxt.ExchangeError, match="Cloid"):
        own.order("buy", "0.01", 1, price="59000")
    assert own.truth.placed([own.client_id(1)]) == {own.client_id(1): 1}


def test_an_order_is_found_by_our_id_in_every_state(own: Seat) -> None:
    own.order("buy", "0.01", 1)
    own.order("buy", "0.01", 2, price="59000")
    found = [own.client.fetch_order(None, BTC, {"clientOrderId": own.client_id(n)}) for n in (1, 2)]
    assert [each["status"] for each in found] == ["closed", "open"]
    assert [each["filled"] for each in found] == [0.01, 0]


def test_a_trigger_keeps_its_id_when_it_fires(own: Seat) -> None:
    own.order("buy", "0.01", 1)
    placed = _trigger(own, 58_000)
    assert [each["id"] for each in own.client.fetch_open_orders(BTC)] == [placed["id"]]
    own.moved("BTC", "57990")
    assert own.client.fetch_order(placed["id"], BTC)["status"] == "closed"
    assert own.truth.positions == {}


def test_a_wrong_signature_is_an_address_that_does_not_exist(own: Seat) -> None:
    own.client.privateKey = "0x" + "22" * 32
    with pytest.raises(ccxt.InvalidOrder, match=r"User or API Wallet 0x[0-9a-f]{40} does not exist"):
        own.order("buy", "0.01", 1)


def test_an_action_signed_for_the_test_net_is_not_taken_for_the_main_net(own: Seat) -> None:
    own.client.options["sandboxMode"] = True
    with pytest.raises(ccxt.InvalidOrder, match="does not exist"):
        own.order("buy", "0.01", 1)


def test_an_agent_trades_for_its_owner(own: Seat) -> None:
    fields = own.server.credentials("hyperliquid", agent=True)
    assert fields["walletAddress"] == own.client.walletAddress
    assert fields["privateKey"] != own.client.privateKey
    own.client.privateKey = fields["privateKey"]
    own.order("buy", "0.01", 1)
    assert own.truth.positions == {"BTC": units("0.01")}
    own.truth.key.revoked = True
    with pytest.raises(ccxt.InvalidOrder, match="does not exist"):
        own.order("buy", "0.01", 2)


def test_a_signed_action_cannot_be_sent_twice(own: Seat) -> None:
    own.order("buy", "0.01", 1)
    sent = own.client.create_orders_request(
        [{"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.01, "price": 59_000, "params": {}}]
    )
    own.client.privatePostExchange(sent)
    with pytest.raises(ccxt.ExchangeError, match="duplicate nonce"):
        own.client.privatePostExchange(sent)
    assert len(own.truth.open) == 1


def test_what_ccxt_sends_unasked_is_seen(own: Seat) -> None:
    plain = ccxt.hyperliquid(own.server.credentials("hyperliquid") | {"enableRateLimit": False})
    own.server.mount(plain)
    plain.load_markets()
    plain.create_order(BTC, "market", "buy", 0.01, 60_000)
    plain.session.close()
    assert own.server.counts("hyperliquid")["builder"] == 1
    assert own.server.counts("hyperliquid")["referrer"] == 1
    assert own.server.order_requests("hyperliquid")[0].params["action"]["builder"]["f"] > 0


def test_the_dead_man_switch_needs_volume(own: Seat) -> None:
    with pytest.raises(ccxt.ExchangeError, match="enough volume traded"):
        own.client.cancel_all_orders_after(60_000)
    own.truth.market.dead_man_volume = 0
    own.order("buy", "0.01", 1, price="59000")
    own.client.cancel_all_orders_after(60_000)
    own.server.settle()
    assert not own.truth.open


def test_settlements_of_funding_share_a_hash_and_differ_in_time(own: Seat) -> None:
    own.order("buy", "0.01", 1)
    own.truth.fund("BTC", units("0.0001"))
    own.truth.fund("BTC", units("0.0001"))
    told = own.client.fetch_funding_history(BTC)
    assert len({each["id"] for each in told}) == 1
    assert len({each["timestamp"] for each in told}) == 2
