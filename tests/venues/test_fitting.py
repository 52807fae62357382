"""Orders are fitted to the venue's steps in whole numbers: never larger, never later, never off the tick."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.units import MAX_UNITS, SCALE
from tests.venues.desk import approved
from trading.adapters.ccxt_live.figures import (
    UnreadableError,
    significant_tick,
    text_of,
    towards,
    units_of,
    units_or_none,
)
from trading.adapters.ccxt_live.legs import Leg, fit
from trading.adapters.ccxt_live.markets import Listed, Markets
from trading.domain.venue import Refused

_STEPS = st.sampled_from([1, 10, 100, 5_000, SCALE // 1_000, SCALE // 10, SCALE, 5 * SCALE])
_PRICES = st.integers(SCALE, 100_000 * SCALE)


def _markets(
    tick: int = SCALE // 10, lot: int = SCALE // 1_000, minimum: int = 0, digits: int = -1
) -> Markets:
    listed = Listed("BTC", "BTCUSDT", tick, lot, lot, 10**15, minimum, 50, 50_000, 20_000, True, digits)
    return Markets({"BTC": listed}, {"BTCUSDT": listed}, {}, {"BTC": 0})


@given(qty=st.integers(-SCALE, 10 * SCALE), lot=_STEPS)
def test_a_size_is_cut_down_to_the_lot_or_refused_as_too_small(qty: int, lot: int) -> None:
    leg = fit("aster", _markets(lot=lot), approved(qty=qty), "market", None, None)
    if qty < lot:
        assert isinstance(leg, Refused)
        assert leg.code == "below_minimum"
    else:
        assert isinstance(leg, Leg)
        assert leg.qty % lot == 0
        assert qty - lot < leg.qty <= qty


@given(trigger=_PRICES, tick=_STEPS, side=st.sampled_from([1, -1]))
def test_a_trigger_off_the_tick_is_moved_towards_the_market_less_than_a_tick(
    trigger: int, tick: int, side: int
) -> None:
    for kind, towards_market in (("stop", -side), ("take_profit", side)):
        leg = fit("aster", _markets(tick=tick), approved(side=side, reduce_only=True), kind, None, trigger)
        if isinstance(leg, Refused):
            continue
        assert leg.trigger is not None
        moved = (leg.trigger - trigger) * towards_market
        assert leg.trigger % tick == 0
        assert 0 <= moved < tick


@given(price=_PRICES, tick=_STEPS)
def test_a_limit_is_sent_as_it_is_or_refused(price: int, tick: int) -> None:
    leg = fit("aster", _markets(tick=tick), approved(), "limit", price, None)
    if price % tick:
        assert isinstance(leg, Refused)
        assert leg.code == "price_off_tick"
    else:
        assert isinstance(leg, Leg)
        assert leg.price == price


@given(qty=st.integers(1, SCALE), minimum=st.integers(1, 10_000 * SCALE))
def test_the_minimum_is_measured_on_the_size_that_would_be_sent_and_closing_is_exempt(
    qty: int, minimum: int
) -> None:
    markets = _markets(lot=1, minimum=minimum)
    mark = 60_000 * SCALE
    opened = fit("aster", markets, approved(qty=qty, mark=mark), "market", None, None)
    assert isinstance(opened, Leg) is (qty * mark // SCALE >= minimum)
    closed = fit("aster", markets, approved(qty=qty, mark=mark, reduce_only=True), "market", None, None)
    assert isinstance(closed, Leg)


@given(price=st.integers(1, 10**15), decimals=st.integers(0, 6))
def test_a_price_of_five_digits_is_one(price: int, decimals: int) -> None:
    tick = significant_tick(price, decimals)
    for up in (True, False):
        number = Decimal(text_of(towards(price, tick, up=up)))
        if number and number != number.to_integral_value():
            assert len(number.normalize().as_tuple().digits) <= 5
            assert -int(number.normalize().as_tuple().exponent) <= 6 - decimals


@pytest.mark.parametrize(
    ("price", "decimals", "tick"),
    [
        ("100000.5", 5, "1"),
        ("60000", 5, "1"),
        ("1234.5", 4, "0.1"),
        ("0.012345", 0, "0.000001"),
        ("5.4321", 2, "0.0001"),
    ],
)
def test_the_tick_follows_from_the_price(price: str, decimals: int, tick: str) -> None:
    assert significant_tick(units_of(price), decimals) == units_of(tick)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "abc",
        True,
        [],
        {},
        float("nan"),
        float("inf"),
        1e30,
    ],
)
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(UnreadableError):
        units_of(value)


@given(st.integers(-MAX_UNITS, MAX_UNITS))
def test_figures_go_out_and_come_back_to_the_last_unit(units: int) -> None:
    assert units_of(text_of(units)) == units
    assert units_or_none(text_of(units)) == (units or None)


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), 1e400, "1", None])
def test_an_order_with_a_figure_that_is_no_whole_number_is_refused_or_cannot_be_made(figure: object) -> None:
    outcome = fit("aster", _markets(), approved(qty=figure), "market", None, None)  # type: ignore[arg-type]
    assert isinstance(outcome, Refused)
    assert outcome.code == "bad_order"


def test_a_market_order_above_what_the_venue_takes_of_them_is_refused_in_a_sentence() -> None:
    plain = _markets().by_symbol["BTC"]
    small = Markets({"BTC": replace(plain, max_market_qty=5 * SCALE)}, {}, {}, {"BTC": 0})
    for reduce_only in (True, False):
        refused = fit("aster", small, approved(qty=6 * SCALE, reduce_only=reduce_only), "market", None, None)
        assert isinstance(refused, Refused)
        assert refused.code == "above_maximum"
        assert "5 BTC at most in one market order" in refused.text
    assert isinstance(fit("aster", small, approved(qty=5 * SCALE), "market", None, None), Leg)
    assert isinstance(fit("aster", small, approved(qty=6 * SCALE), "limit", 60_000 * SCALE, None), Leg)
