"""A venue believes a signature, not a claim."""

import ccxt
import pytest

from tests.venue_server.conftest import Seat


def test_a_wrong_secret_is_refused(seat: Seat) -> None:
    wrong = seat.desk.client(seat.server)
    if seat.client.requiredCredentials["privateKey"]:
        wrong.privateKey = "0x" + "11" * 32
    else:
        wrong.secret = "f" * 64
    wrong.set_markets(seat.client.markets)
    with pytest.raises(ccxt.ExchangeError):
        wrong.create_order(seat.desk.symbol("BTC"), "market", "buy", 0.01, 60_000)
    wrong.session.close()
    assert not seat.truth.orders


def test_a_key_that_may_not_trade_is_refused_orders_only(seat: Seat) -> None:
    seat.truth.key.may_trade = False
    assert seat.client.fetch_balance({"type": "swap"})[seat.desk.quote]["total"] == 10_000
    with pytest.raises(ccxt.ExchangeError):
        seat.order("buy", "0.01", 1)
    assert not seat.truth.orders


def test_accounts_have_books_of_their_own(seat: Seat) -> None:
    other = seat.desk.client(seat.server, "other")
    other.set_markets(seat.client.markets)
    seat.order("buy", "0.01", 1)
    assert seat.server.truth(seat.venue, "other").positions == {}
    assert other.fetch_balance({"type": "swap"})[seat.desk.quote]["total"] == 10_000
    other.session.close()


def test_every_request_is_listed_without_secrets(seat: Seat) -> None:
    seat.order("buy", "0.01", 1)
    [placed] = seat.server.order_requests(seat.venue)
    assert (placed.account, placed.signed, placed.status) == ("main", True, 200)
    secrets = [value for value in seat.server.credentials(seat.venue).values() if value]
    assert not any(secret in repr(placed.params) for secret in secrets[1:])


def test_nothing_is_asked_of_a_host_that_is_no_venue(seat: Seat) -> None:
    seat.client.fetch_balance({"type": "swap"})
    assert not [each for each in seat.server.requests if not each.venue]
