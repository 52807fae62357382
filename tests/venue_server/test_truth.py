"""The venue's own book keeps its own rules: money is conserved, reduce-only never increases."""

import threading
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.factories.venue_server import Order, Refusal, Ticket, Truth, VenueServer, units
from tests.factories.venue_server.faults import BOOK
from tests.factories.venue_server.market import Market

LOT, TICK = units("0.001"), units("0.1")
VENUES = ("binanceusdm", "aster", "hyperliquid")
kinds = st.sampled_from(["market", "limit", "stop", "take_profit", "trailing"])
steps = st.lists(
    st.tuples(
        kinds,
        st.sampled_from([1, -1]),
        st.integers(2, 40),
        st.integers(-20, 20),
        st.booleans(),
        st.sampled_from(["", *BOOK]),
    ),
    min_size=1,
    max_size=25,
)


def _book(venue: str) -> Truth:
    clock = iter(range(1_790_000_000_000, 1_800_000_000_000))
    return Truth(Market(venue, lambda: next(clock), threading.RLock()), "main", units("100000"))


def _ticket(number: int, step: tuple[Any, ...]) -> Ticket:
    kind, side, lots, offset, reduce_only, _twist = step
    at = units(str(60_000 + 50 * offset))
    return Ticket(
        "BTC",
        side,
        lots * LOT,
        kind,
        f"id-{number}",
        price=at if kind == "limit" else None,
        trigger=at if kind in ("stop", "take_profit") else None,
        reduce_only=reduce_only,
        callback=units("0.01") if kind == "trailing" else None,
    )


def _played(venue: str, played: list[tuple[Any, ...]]) -> Truth:
    """Play steps on a book: an order, then a move of the price, now and then a settlement of funding."""
    book = _book(venue)
    for number, step in enumerate(played):
        before = book.positions.get("BTC", 0)
        filled = len(book.fills)
        try:
            order = book.place(_ticket(number, step), step[5])
        except Refusal:
            assert len(book.fills) == filled
            continue
        if order.ticket.reduce_only:
            assert abs(book.positions.get("BTC", 0)) <= abs(before)
        book.move("BTC", units(str(60_000 + 40 * step[3])))
        if number % 3 == 0:
            book.fund("BTC", units("0.0001") * (1 if step[1] > 0 else -1))
    book.market.run_due(everything=True)
    return book


@given(st.sampled_from(VENUES), steps)
def test_the_wallet_is_the_sum_of_what_was_booked_and_the_position_that_of_the_fills(
    venue: str, played: list[tuple[Any, ...]]
) -> None:
    book = _played(venue, played)
    assert book.wallet == sum(income.amount for income in book.income)
    assert book.positions.get("BTC", 0) == sum(fill.side * fill.qty for fill in book.fills)
    assert len({fill.trade_id for fill in book.fills}) == len(book.fills)


@given(st.sampled_from(VENUES), steps)
def test_flat_at_the_end_the_money_is_cash_paid_and_received(
    venue: str, played: list[tuple[Any, ...]]
) -> None:
    book = _played(venue, played)
    held = book.positions.get("BTC", 0)
    if held:
        book.external("BTC", -1 if held > 0 else 1, abs(held))
    cash = -sum(fill.side * fill.notional + fill.fee for fill in book.fills)
    funded = sum(income.amount for income in book.income if income.kind == "funding")
    assert book.positions == {}
    assert book.wallet == units("100000") + cash + funded


@given(steps)
def test_an_order_never_fills_more_than_its_quantity(played: list[tuple[Any, ...]]) -> None:
    book = _played("binanceusdm", played)
    for order in book.orders.values():
        own = [fill for fill in book.fills if fill.order_id == order.order_id]
        assert sum(fill.qty for fill in own) == order.filled <= order.ticket.qty
        assert (order.state == "filled") == (order.remaining == 0) or order.state == "canceled"


def test_slippage_makes_a_market_order_worse_on_the_tick() -> None:
    book = _book("binanceusdm")
    book.market.slippage = units("0.0001")
    bought = book.place(Ticket("BTC", 1, 10 * LOT, "market", "a"))
    sold = book.place(Ticket("BTC", -1, 10 * LOT, "market", "b"))
    assert (bought.average, sold.average) == (units("60006"), units("59994"))


def test_a_mark_of_its_own_moves_open_profit_and_funding_only() -> None:
    book = _book("binanceusdm")
    book.place(Ticket("BTC", 1, 10 * LOT, "market", "a"))
    book.move("BTC", units("60000"), mark=units("60100"))
    assert book.open_profit() == units("1")
    assert book.fund("BTC", units("0.0001")) == -units("0.0601")


def test_what_fails_in_the_server_itself_is_raised_at_its_end() -> None:
    raised: list[str] = []
    try:
        with VenueServer() as server:
            server.failures.append("planted")
    except RuntimeError as error:
        raised.append(str(error))
    assert "planted" in raised[0]


def _states(orders: list[Order]) -> set[str]:
    return {order.state for order in orders}


def test_resting_reduce_only_orders_end_with_the_position() -> None:
    book = _book("binanceusdm")
    book.place(Ticket("BTC", 1, 10 * LOT, "market", "a"))
    resting = book.place(Ticket("BTC", -1, 10 * LOT, "limit", "b", price=units("61000"), reduce_only=True))
    book.place(Ticket("BTC", -1, 10 * LOT, "market", "c", reduce_only=True))
    assert _states([resting]) == {"expired"}
