"""At each venue the real client trades, and the venue's own book says what has happened."""

import ccxt
import pytest

from tests.factories.venue_server import units
from tests.venue_server.conftest import Seat

BTC = units("0.01")


def test_a_client_logs_in_and_sees_its_money(seat: Seat) -> None:
    balance = seat.client.fetch_balance({"type": "swap"})
    assert balance[seat.desk.quote]["total"] == 10_000
    assert balance[seat.desk.quote]["free"] == 10_000


def test_the_markets_have_ticks_lots_fees_and_one_that_is_delisted(seat: Seat) -> None:
    market = seat.client.market(seat.desk.symbol("ETH"))
    assert market["active"]
    assert 0 < market["taker"] < 0.001
    assert market["precision"]["amount"] == pytest.approx(0.001, abs=0.001)
    assert not seat.client.markets.get(seat.desk.symbol("FTT"), {"active": False})["active"]


def test_a_market_order_fills_at_the_last_price_and_costs_the_taker_fee(seat: Seat) -> None:
    placed = seat.order("buy", "0.01", 1)
    fill = seat.truth.fills[-1]
    assert placed["id"] == str(fill.order_id)
    assert (fill.qty, fill.price, fill.maker) == (BTC, units("60000"), False)
    assert seat.truth.positions == {"BTC": BTC}
    assert seat.truth.wallet == units("10000") - fill.fee
    assert fill.fee == 600 * seat.truth.market.rules.taker


def test_the_client_is_told_what_the_book_says(seat: Seat) -> None:
    seat.order("buy", "0.01", 1)
    told = seat.client.fetch_my_trades(seat.desk.symbol("BTC"))
    assert [each["id"] for each in told] == [str(each.trade_id) for each in seat.truth.fills]
    assert units(told[0]["fee"]["cost"]) == seat.truth.fills[0].fee
    position = next(each for each in seat.client.fetch_positions() if each["contracts"])
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("long", 0.01, 60_000)
    balance = seat.client.fetch_balance({"type": "swap"})[seat.desk.quote]
    assert units(balance["total"]) == seat.truth.wallet


def test_a_limit_order_rests_until_the_price_is_moved_and_pays_the_maker_fee(seat: Seat) -> None:
    seat.order("buy", "0.01", 1, price="59000")
    assert not seat.truth.fills
    resting = seat.client.fetch_open_orders(seat.desk.symbol("BTC"))
    assert [each["clientOrderId"] for each in resting] == [seat.client_id(1)]
    seat.moved("BTC", "58990")
    fill = seat.truth.fills[-1]
    assert (fill.price, fill.maker) == (units("59000"), True)
    assert not seat.client.fetch_open_orders(seat.desk.symbol("BTC"))


def test_a_resting_order_can_be_cancelled_once(seat: Seat) -> None:
    placed = seat.order("buy", "0.01", 1, price="59000")
    seat.client.cancel_order(placed["id"], seat.desk.symbol("BTC"))
    assert not seat.truth.open
    with pytest.raises(ccxt.ExchangeError):
        seat.client.cancel_order(placed["id"], seat.desk.symbol("BTC"))


def test_reduce_only_never_opens_and_never_turns_a_position(seat: Seat) -> None:
    with pytest.raises(ccxt.ExchangeError):
        seat.order("sell", "0.01", 1, reduce_only=True)
    seat.order("buy", "0.01", 2)
    seat.order("sell", "0.03", 3, reduce_only=True)
    assert seat.truth.positions == {}


def test_turning_a_position_realises_the_old_one_and_opens_the_rest(seat: Seat) -> None:
    seat.order("buy", "0.01", 1)
    seat.moved("BTC", "61000")
    seat.order("sell", "0.03", 2)
    assert seat.truth.positions == {"BTC": -2 * BTC}
    if seat.truth.market.rules.both_legs:  # without reduce-only it has opened a short beside the long
        assert [held.qty for held in seat.truth.holdings.values()] == [BTC, -3 * BTC]
        return
    assert seat.truth.fills[-1].realised == units("10")
    assert seat.truth.holdings["BTC"].entry == units("61000")


def test_leverage_and_margin_mode_are_set(seat: Seat) -> None:
    symbol = seat.desk.symbol("BTC")
    seat.client.set_margin_mode("isolated", symbol, {"leverage": 10})
    seat.client.set_leverage(10, symbol, {"marginMode": "isolated"})
    assert (seat.truth.leverage_of("BTC"), seat.truth.margin_mode_of("BTC")) == (10, "isolated")


def test_funding_is_booked_on_what_is_held_and_told_once(seat: Seat) -> None:
    seat.order("buy", "0.01", 1)
    assert seat.truth.fund("BTC", units("0.0001")) == -units("0.06")
    assert seat.truth.fund("ETH", units("0.0001")) == 0
    told = seat.client.fetch_funding_history(seat.desk.symbol("BTC"))
    assert [units(each["amount"]) for each in told] == [-units("0.06")]


def test_money_is_conserved_through_a_round_trip(seat: Seat) -> None:
    seat.order("buy", "0.01", 1)
    seat.order("buy", "0.02", 2)
    seat.moved("BTC", "60500")
    seat.order("sell", "0.03", 3, reduce_only=True)
    book = seat.truth
    assert book.wallet == units("10000") + units("15") - sum(each.fee for each in book.fills)
    assert book.wallet == sum(each.amount for each in book.income)


def test_too_much_and_too_little_are_refused_and_nothing_is_booked(seat: Seat) -> None:
    with pytest.raises(ccxt.ExchangeError):
        seat.order("buy", "50", 1)
    with pytest.raises(ccxt.ExchangeError):
        seat.order("buy", "0.0001", 2)
    with pytest.raises(ccxt.ExchangeError):
        seat.order("buy", "5", 3, base="FTT")
    assert not seat.truth.orders
