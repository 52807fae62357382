"""Market orders take the book's levels one after the other, each once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.units import BASIS_POINT, SCALE
from tests.factories.orders import MARK, flat_book, usdt
from trading.domain.market import Level, OrderBook
from trading.domain.matching import BookFill, depth_within, spread_of, walk_book


def test_an_order_within_the_best_level_fills_at_its_price() -> None:
    assert walk_book(flat_book(), 1, SCALE // 2) == BookFill(SCALE // 2, usdt(25_002.5), 1)


def test_a_sale_walks_the_bids_downwards() -> None:
    fill = walk_book(flat_book(), -1, 5 * SCALE // 2)
    assert fill == BookFill(5 * SCALE // 2, usdt(49_995 + 49_990 + 24_992.5), 3)


def test_what_the_book_does_not_hold_stays_unfilled() -> None:
    fill = walk_book(flat_book(levels=2), 1, 5 * SCALE)
    assert (fill.qty, fill.levels) == (2 * SCALE, 2)


def test_an_empty_side_fills_nothing() -> None:
    assert walk_book(OrderBook((), ()), 1, SCALE) == BookFill(0, 0, 0)


@pytest.mark.parametrize(("side", "notional"), [(1, 4), (-1, 3)])
def test_the_notional_is_rounded_once_against_the_taker(side: int, notional: int) -> None:
    level = (Level(SCALE + 1, 3),)
    assert walk_book(OrderBook(level, level), side, 3).notional == notional


def test_the_spread_is_measured_from_the_middle() -> None:
    assert spread_of(flat_book()) == 20_000  # 10 over 50,000
    assert spread_of(OrderBook((), flat_book().asks)) is None


def test_depth_counts_the_levels_within_the_band_edge_included() -> None:
    assert depth_within(flat_book(), 1, 2 * BASIS_POINT) == usdt(50_005 + 50_010)
    assert depth_within(flat_book(), -1, 2 * BASIS_POINT) == usdt(49_995 + 49_990)
    assert depth_within(flat_book(), 1, 2 * BASIS_POINT - 1) == usdt(50_005)
    assert depth_within(OrderBook((), flat_book().asks), 1, BASIS_POINT) == 0


BOOKS = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**12)), max_size=20)


def _book_of(rows: list[tuple[int, int]], side: int) -> OrderBook:
    price, levels = MARK, []
    for step, qty in rows:
        price += side * step
        levels.append(Level(price, qty))
    return OrderBook((), tuple(levels)) if side > 0 else OrderBook(tuple(levels), ())


@given(rows=BOOKS, side=st.sampled_from([1, -1]), qty=st.integers(1, 10**13))
def test_a_walk_takes_what_is_asked_or_what_there_is(
    rows: list[tuple[int, int]], side: int, qty: int
) -> None:
    book = _book_of(rows, side)
    resting = sum(size for _, size in rows)
    fill = walk_book(book, side, qty)
    assert fill.qty == min(qty, resting)
    assert fill.levels <= len(rows)
    if fill.qty:
        best = MARK + side * rows[0][0]
        assert side * (fill.notional * SCALE - best * fill.qty) >= 0  # never better than the best price
    assert (fill.qty < qty) == (resting < qty)


@given(rows=BOOKS, side=st.sampled_from([1, -1]), qty=st.integers(2, 10**13), data=st.data())
def test_a_larger_order_never_gets_the_first_part_cheaper(
    rows: list[tuple[int, int]], side: int, qty: int, data: st.DataObject
) -> None:
    book = _book_of(rows, side)
    less = data.draw(st.integers(1, qty))
    small, large = walk_book(book, side, less), walk_book(book, side, qty)
    assert large.notional >= small.notional
    assert side * (large.notional * small.qty - small.notional * large.qty) >= -max(small.qty, large.qty)
