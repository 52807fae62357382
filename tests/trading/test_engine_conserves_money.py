"""Whatever happens to an account: money is moved, never made; time may be cut anywhere."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.units import SCALE
from tests.factories.engine_accounts import (
    RULES,
    account_of,
    flows_of,
    limit,
    moment,
    part_of,
    position_of,
    settled,
)
from tests.factories.orders import btc_instrument, closing_order, flat_book, proposed_order, sealed, usdt
from trading.domain.account import Account
from trading.domain.account_events import AccountEvent, BookedFill
from trading.domain.ending import replace_waiting
from trading.domain.engine import Moment, settle_account
from trading.domain.engine_orders import execute_order, number_fills
from trading.domain.market import SymbolTick
from trading.domain.orders import Rejected
from trading.domain.spans import LastPrice
from trading.domain.terms import Terms

PRICES = st.integers(42_000, 58_000)


@st.composite
def parts(draw: st.DrawFn, symbol: str, scale: float) -> SymbolTick:
    """Return a way of the price; ETH's is a twentieth of BTC's."""
    opened, up, down, close = draw(PRICES), draw(PRICES), draw(PRICES), draw(PRICES)
    high, low = max(opened, up, close), min(opened, down, close)
    figures = [round(price * scale) for price in (opened, high, low, close)]
    return part_of(symbol, *figures, spread=SCALE // 2000)


@st.composite
def ways(draw: st.DrawFn) -> list[Moment]:
    """Return up to eight moments with ways of prices, settlements of funding and commands."""
    found = []
    for number in range(draw(st.integers(1, 8))):
        seen = [draw(parts("BTC", 1))] if draw(st.integers(0, 5)) else []
        seen += [draw(parts("ETH", 0.05))] if draw(st.integers(0, 5)) else []
        funding = draw(st.none() | st.floats(-2, 2))
        commands = draw(st.sampled_from([(), (), (), (), ("cancel",), ("flatten",)]))
        found.append(moment(number + 1, *seen, funding=funding, commands=commands))
    return found


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Return an account with up to two positions and three waiting orders, on either kind of margin."""
    positions = []
    for symbol, price, qty in (("BTC", 50_000, SCALE // 5), ("ETH", 2_500, 4 * SCALE)):
        if draw(st.booleans()):
            side = draw(st.sampled_from([1, -1]))
            held = position_of(symbol, side, qty, price, draw(st.sampled_from([3, 10, 25])))
            stop = draw(st.none() | st.integers(1, 4))
            trail = draw(st.sampled_from([0, SCALE // 50]))
            at = None if stop is None else usdt(price * (1 - side * stop / 100))
            best = usdt(price) if trail else None
            positions.append(replace(held, trail=trail, best=best, stop_loss=at))
    waiting = [
        limit(
            draw(st.integers(46_000, 54_000)), draw(st.sampled_from([1, -1])), reduce_only=draw(st.booleans())
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    named = [replace(order, client_order_id=f"order-{number}") for number, order in enumerate(waiting)]
    free, mode = draw(st.integers(0, 2_000)), draw(st.sampled_from(["isolated", "cross"]))
    return account_of(*positions, free=free, resting=named, mode=mode)


def check_books(before: Account, after: Account, events: tuple[AccountEvent, ...]) -> None:
    """Check that entries balance, explain every change of money, and never leave less than nothing."""
    flows = flows_of(events)
    assert sum(flows.values()) == 0
    available, reserved = flows.get("own available", 0), flows.get("own reserved", 0)
    assert after.portfolio.available == before.portfolio.available + available >= 0
    assert after.portfolio.reserved == before.portfolio.reserved + reserved >= 0
    margins = sum(held.margin for held in after.portfolio.positions)
    assert after.portfolio.reserved == margins + sum(order.reserved for order in after.resting)
    assert all(held.margin >= 0 for held in after.portfolio.positions)
    if not after.portfolio.positions:
        assert after.portfolio.equity({}) == after.wallet
        assert not [order for order in after.resting if order.reduce_only] or before.portfolio.positions == ()


@given(account=accounts(), moments=ways())
def test_no_money_is_made_or_lost_and_none_is_owed(account: Account, moments: list[Moment]) -> None:
    after, events = settled(account, *moments)
    check_books(account, after, events)


@given(account=accounts(), moments=ways(), cuts=st.sets(st.integers(1, 7)))
def test_cutting_the_time_into_pieces_changes_nothing(
    account: Account, moments: list[Moment], cuts: set[int]
) -> None:
    at_once = settled(account, *moments)
    events: list[AccountEvent] = []
    left, seen = account, dict[str, LastPrice]()
    edges = sorted({0, *(cut for cut in cuts if cut < len(moments)), len(moments)})
    for start, end in itertools.pairwise(edges):
        left, more = settle_account(left, moments[start:end], RULES, seen)
        events.extend(more)
        for passed in moments[start:end]:
            seen |= {
                name: LastPrice(passed.market_ms, s.part.close, s.part.spread)
                for name, s in passed.spans.items()
            }
    assert (left, tuple(events)) == (at_once.account, at_once.events)


@given(account=accounts(), moments=ways())
def test_orders_that_only_reduce_and_plans_never_make_a_position_larger(
    account: Account, moments: list[Moment]
) -> None:
    opening = {order.client_order_id for order in account.resting if not order.reduce_only}
    for event in settled(account, *moments).events:
        if isinstance(event, BookedFill) and event.order_id not in opening:
            before = event.before
            assert before is not None
            assert event.execution.side == -before.side
            assert event.execution.qty <= before.qty


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["open", "limit", "post", "ioc", "close"]),
        st.sampled_from([1, -1]),
        st.integers(1, 2_000),
        st.integers(49_900, 50_100),
        st.integers(1, 20),
    ),
    max_size=8,
)


@given(asked=ORDERS, mode=st.sampled_from(["isolated", "cross"]), moments=ways())
def test_orders_against_the_book_and_the_time_after_them_keep_the_books(
    asked: list[tuple[str, int, int, int, int]], mode: str, moments: list[Moment]
) -> None:
    account, book, events = account_of(free=2_000, mode=mode), flat_book(qty=SCALE // 4), list[AccountEvent]()
    start, taken = account, 0
    for number, (verb, side, lots, price, leverage) in enumerate(asked):
        force = "ioc" if verb == "ioc" else "gtc"
        terms = (
            Terms("limit", usdt(price), force, verb == "post") if verb not in {"open", "close"} else Terms()
        )
        make = closing_order if verb == "close" else proposed_order
        order = replace(make(side, lots * SCALE // 1000), terms=terms, client_order_id=f"o{number}")
        order = order if verb == "close" else replace(order, leverage=leverage)
        done = execute_order(account, sealed(order), book, {"BTC": usdt(50_000)}, btc_instrument(), 0)
        if isinstance(done.outcome, Rejected):
            assert (done.account, done.events) == replace_waiting(account, "BTC", 0)
        account, book = done.account, done.book or book
        events.extend(done.events)
    fills = [event for event in number_fills(events) if isinstance(event, BookedFill)]
    taken = sum(fill.execution.qty for fill in fills)
    left = sum(level.qty for level in (*book.bids, *book.asks))
    assert taken + left == 20 * SCALE // 4
    assert [fill.seq for fill in fills] == sorted({fill.seq for fill in fills})
    after, more = settled(account, *moments)
    check_books(start, after, (*events, *more))


@pytest.mark.parametrize("mode", ["isolated", "cross"])
def test_several_orders_of_one_account_see_what_the_ones_before_left_of_the_book(mode: str) -> None:
    book = flat_book(levels=2)
    first = replace(proposed_order(qty=SCALE, leverage=20), client_order_id="first")
    second = replace(first, client_order_id="second")
    start = account_of(free=20_000, mode=mode)
    marks = {"BTC": usdt(50_000)}
    one = execute_order(start, sealed(first), book, marks, btc_instrument(), 0)
    two = execute_order(one.account, sealed(second), one.book, marks, btc_instrument(), 0)
    notionals = [
        event.execution.notional for event in (*one.events, *two.events) if isinstance(event, BookedFill)
    ]
    assert notionals == [usdt(50_005), usdt(50_010)]
    other = execute_order(start, sealed(second), book, marks, btc_instrument(), 0)
    assert [e.execution.notional for e in other.events if isinstance(e, BookedFill)] == [usdt(50_005)]
