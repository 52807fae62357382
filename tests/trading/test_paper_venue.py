"""The paper venue: what it fills, what it refuses, and that it is a function of its arguments."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.units import MAX_UNITS, SCALE
from tests.factories.orders import (
    MARK,
    btc_instrument,
    closing_order,
    flat_book,
    open_position,
    proposed_order,
    sealed,
    usdt,
)
from trading.adapters.paper import PaperVenue
from trading.domain.market import OrderBook
from trading.domain.orders import Filled, ProposedOrder, Rejected, Rested
from trading.domain.positions import Position
from trading.domain.terms import Terms
from trading.domain.tiers import Tier

VENUE = PaperVenue({"BTC": btc_instrument()})
RICH = 10_000 * SCALE


def test_a_market_order_pays_the_book_and_the_taker_fee_rounded_up() -> None:
    outcome = VENUE.submit(sealed(proposed_order(qty=SCALE // 10)), flat_book(), None, RICH)
    assert outcome == Filled("order-1", SCALE // 10, usdt(5_000.5), 250_025_000, 1)


def test_the_same_arguments_give_the_same_outcome() -> None:
    order = sealed(proposed_order())
    assert VENUE.submit(order, flat_book(), None, RICH) == VENUE.submit(order, flat_book(), None, RICH)


def test_a_thin_book_fills_whole_lots_and_leaves_the_rest() -> None:
    book = flat_book(levels=1, qty=SCALE // 20 + 70_000)  # 0.0507 BTC rest, lots are 0.001
    outcome = VENUE.submit(sealed(proposed_order()), book, None, RICH)
    assert isinstance(outcome, Filled)
    assert outcome.qty == SCALE // 20


def test_nobody_to_trade_with_is_a_rejection() -> None:
    empty = OrderBook((), ())
    assert VENUE.submit(sealed(proposed_order()), empty, None, RICH) == Rejected("order-1", "no_liquidity")
    close = sealed(closing_order(-1, SCALE))
    assert VENUE.submit(close, empty, open_position(), RICH) == Rejected("order-1", "no_liquidity")


@pytest.mark.parametrize(("best", "accepted"), [(5_000, True), (4_999.9, False)])
def test_the_minimum_is_judged_at_the_price_of_the_fill(best: float, *, accepted: bool) -> None:
    order = sealed(proposed_order(qty=SCALE // 1000))
    outcome = VENUE.submit(order, flat_book(usdt(best - 5)), None, RICH)
    assert isinstance(outcome, Filled) is accepted
    if not accepted:
        assert outcome == Rejected("order-1", "below_minimum")


def test_less_than_a_lot_is_below_the_minimum() -> None:
    outcome = VENUE.submit(sealed(proposed_order(qty=SCALE // 1000 - 1)), flat_book(), None, RICH)
    assert outcome == Rejected("order-1", "below_minimum")


@pytest.mark.parametrize("short_by", [0, 1])
def test_margin_and_fee_must_fit_into_the_free_money(short_by: int) -> None:
    needed = usdt(1_000.1) + 250_025_000
    outcome = VENUE.submit(sealed(proposed_order()), flat_book(), None, needed - short_by)
    if short_by:
        assert outcome == Rejected("order-1", "insufficient_margin")
    else:
        assert isinstance(outcome, Filled)


def test_free_money_that_is_not_given_is_not_checked() -> None:
    assert isinstance(VENUE.submit(sealed(proposed_order()), flat_book(), None), Filled)


def test_a_close_needs_no_minimum_no_lot_and_no_money() -> None:
    held = open_position(qty=7)
    outcome = VENUE.submit(sealed(closing_order(-1, 7)), flat_book(), held, 0)
    assert isinstance(outcome, Filled)
    assert outcome.qty == 7


@pytest.mark.parametrize("held", [None, open_position(side=-1)])
def test_a_close_without_a_position_against_it_is_rejected(held: Position | None) -> None:
    outcome = VENUE.submit(sealed(closing_order(-1, SCALE)), flat_book(), held, RICH)
    assert outcome == Rejected("order-1", "nothing_to_reduce")


@given(asked=st.integers(1, 5 * SCALE), held_qty=st.integers(1, 5 * SCALE), side=st.sampled_from([1, -1]))
def test_a_close_is_clamped_to_the_position_as_it_is_now(asked: int, held_qty: int, side: int) -> None:
    held = open_position(side, held_qty)
    outcome = VENUE.submit(sealed(closing_order(-side, asked)), flat_book(), held, 0)
    assert isinstance(outcome, Filled)
    assert outcome.qty == min(asked, held_qty)


def test_opening_against_a_position_is_refused() -> None:
    outcome = VENUE.submit(sealed(proposed_order()), flat_book(), open_position(side=-1), RICH)
    assert outcome == Rejected("order-1", "position_opposite")


def test_an_unknown_or_delisted_symbol_is_refused() -> None:
    unknown = VENUE.submit(sealed(replace(proposed_order(), symbol="DOGE")), flat_book(MARK), None, RICH)
    delisted = VENUE.submit(sealed(proposed_order()), None, None, RICH)
    assert unknown == delisted == Rejected("order-1", "not_listed")


def test_leverage_above_what_the_bracket_of_the_whole_position_allows_is_refused() -> None:
    tiers = (
        Tier(0, 50_000 * SCALE, 400_000, 0, 20),
        Tier(50_000 * SCALE, MAX_UNITS, 500_000, 50 * SCALE, 5),
    )
    venue = PaperVenue({"BTC": replace(btc_instrument(), tiers=tiers)})
    held = open_position(qty=SCALE * 9 // 10, leverage=10)
    order = proposed_order(qty=SCALE // 10, leverage=6)
    assert isinstance(venue.submit(sealed(order), flat_book(), None, RICH), Filled)
    refused = Rejected("order-1", "leverage_over_tier")
    assert venue.submit(sealed(replace(order, qty=SCALE // 5)), flat_book(), held, RICH) == refused
    assert isinstance(
        venue.submit(sealed(replace(order, qty=SCALE // 5, leverage=5)), flat_book(), held, RICH), Filled
    )


def limit_order(price: float, side: int = 1, **terms: Any) -> ProposedOrder:
    """Return an order for a tenth of a BTC at a limit."""
    return replace(proposed_order(side), terms=Terms("limit", usdt(price), **terms))


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (limit_order(50_004.95), "off_tick"),
        (limit_order(0), "off_tick"),
        (limit_order(-1), "off_tick"),
        (limit_order(50_004.9), "limit_not_reached"),
        (limit_order(50_005, time_in_force="gtc", post_only=True), "would_take"),
        (limit_order(49_995, -1, time_in_force="gtc", post_only=True), "would_take"),
    ],
)
def test_a_limit_that_cannot_be_kept_is_refused(order: ProposedOrder, code: str) -> None:
    assert VENUE.submit(sealed(order), flat_book(), None, RICH) == Rejected("order-1", code)


def test_a_limit_takes_no_level_beyond_its_price() -> None:
    order = replace(limit_order(50_010), qty=5 * SCALE, leverage=100)
    outcome = VENUE.submit(sealed(order), flat_book(), None, RICH)
    assert isinstance(outcome, Filled)
    assert (outcome.qty, outcome.notional) == (2 * SCALE, usdt(100_015))


def test_what_is_left_of_a_limit_good_till_cancelled_waits_with_margin_and_fee_set_aside() -> None:
    order = replace(limit_order(50_010, time_in_force="gtc"), qty=3 * SCALE, leverage=100)
    outcome = VENUE.submit(sealed(order), flat_book(), None, RICH)
    assert isinstance(outcome, Rested)
    assert outcome.taken == Filled("order-1", 2 * SCALE, usdt(100_015), 5_000_750_000, 2)
    assert (outcome.qty, outcome.reserved) == (SCALE, usdt(500.1) + 2_500_500_000)


def test_a_maker_order_that_takes_nothing_waits_whole() -> None:
    order = limit_order(49_990, time_in_force="gtc", post_only=True)
    outcome = VENUE.submit(sealed(order), flat_book(), None, RICH)
    assert outcome == Rested("order-1", SCALE // 10, usdt(999.8) + 249_950_000, None)
    needed = usdt(999.8) + 249_950_000
    assert VENUE.submit(sealed(order), flat_book(), None, needed) == outcome
    assert VENUE.submit(sealed(order), flat_book(), None, needed - 1) == Rejected(
        "order-1", "insufficient_margin"
    )
