"""Five ways to size an idea: each by hand once, and whatever the figures never more risk than asked for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces.words import REASONS
from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.orders import MARK, btc_instrument, usdt
from trading.domain.instruments import Instrument
from trading.domain.sizing_methods import (
    DEFAULT_PLANS,
    METHODS,
    MOST_KELLY,
    PERCENT,
    UNSIZABLE_CODES,
    Idea,
    Size,
    SizingPlan,
    Unsizable,
    check_plan,
    kelly_fraction,
    loss_of,
    size_by,
    yearly,
)

FREE = Instrument("BTC", SCALE // 10, SCALE // 1000, 5 * SCALE, 0, 0, 500_000, 100)


def _idea(**changes: Any) -> Idea:
    idea = Idea(
        side=1,
        entry=MARK,
        stop=usdt(49_000),
        target=usdt(52_000),
        chance=60 * PERCENT,
        deviation=PERCENT // 10,
        bar_ms=MINUTE_MS,
        leverage=5,
        equity=10_000 * SCALE,
        fee=0,
    )
    return idea._replace(**changes)


def _size(method: str, amount: int, **changes: Any) -> Size | Unsizable:
    return size_by(SizingPlan(method, amount), _idea(**changes), FREE)


def test_a_fixed_notional_is_rounded_down_to_the_lot() -> None:
    assert _size("notional", usdt(1_049)) == Size(2 * SCALE // 100, usdt(1_000))


def test_risk_per_trade_loses_its_share_at_the_stop() -> None:
    # 2 % of 10,000 is 200 USDT; 1,000 USDT a coin to the stop: a fifth of a coin, less the last lot.
    assert _size("risk", 2 * PERCENT) == Size(199 * SCALE // 1000, usdt(9_950))
    assert _size("risk", 2 * PERCENT + 1) == Size(SCALE // 5, usdt(10_000))


def test_a_fraction_is_margin_times_leverage() -> None:
    assert _size("fraction", 10 * PERCENT) == Size(SCALE // 10, usdt(5_000))


def test_kelly_is_the_edge_over_the_odds() -> None:
    # p = 0.6 at 2 to 1: 0.6 - 0.4 / 2 = 0.4.
    assert kelly_fraction(_idea()) == 40 * PERCENT
    assert kelly_fraction(_idea(chance=SCALE // 3)) == Unsizable("no_edge")


def test_kelly_is_shrunk_and_capped() -> None:
    plan = SizingPlan("kelly", 10 * PERCENT, cap=MOST_KELLY)
    assert size_by(plan, _idea(), FREE) == Size(399 * SCALE // 1000, usdt(19_950))  # 4 % at the stop
    capped = size_by(plan._replace(cap=PERCENT), _idea(), FREE)
    assert capped == Size(99 * SCALE // 1000, usdt(4_950))


def test_shrinking_kelly_is_moving_the_chance_to_break_even() -> None:
    halfway = (60 * PERCENT + SCALE // 3) // 2
    found = kelly_fraction(_idea(chance=halfway))
    assert isinstance(found, int)
    assert abs(found - 20 * PERCENT) <= 2


def test_fees_take_from_the_reward_and_add_to_the_risk() -> None:
    with_fees = kelly_fraction(_idea(fee=50_000))
    assert isinstance(with_fees, int)
    # (50,000 + 52,000) and (50,000 + 49,000) at 5 bp: 51 less to win, 49.5 more to lose.
    assert with_fees == int((0.6 - 0.4 * 1_049.5 / 1_949) * SCALE)


def test_a_volatility_target_holds_less_of_what_moves_more() -> None:
    # 0.1 % a minute is 0.001 x sqrt(525,600) = 72.5 % a year: 40 % of that is 0.5517 of equity.
    found = _size("volatility", 40 * PERCENT)
    assert found == Size(110 * SCALE // 1000, usdt(5_500))
    assert yearly(PERCENT // 10, MINUTE_MS) == 72_498_276


@pytest.mark.parametrize(
    ("method", "changes", "code"),
    [
        ("risk", {"stop": None}, "no_stop"),
        ("kelly", {"stop": None}, "no_stop"),
        ("kelly", {"target": None}, "no_target"),
        ("kelly", {"chance": 0}, "no_edge"),
        ("kelly", {"target": usdt(49_500)}, "no_edge"),
        ("risk", {"stop": MARK}, "wrong_stop"),
        ("risk", {"stop": usdt(51_000)}, "wrong_stop"),
        ("risk", {"stop": -1}, "wrong_stop"),
        ("volatility", {"deviation": 0}, "no_volatility"),
        ("volatility", {"deviation": None}, "no_volatility"),
        ("fraction", {"equity": 0}, "no_equity"),
        ("fraction", {"equity": -1}, "no_equity"),
        ("fraction", {"leverage": 0}, "bad_size"),
        ("fraction", {"entry": 0}, "bad_price"),
        ("fraction", {"equity": 1}, "below_lot"),
        ("fraction", {"equity": 10**30}, "too_large"),
        ("volatility", {"deviation": 1, "equity": 10**18}, "too_large"),
    ],
)
def test_what_cannot_be_sized_says_why(method: str, changes: dict[str, Any], code: str) -> None:
    assert size_by(DEFAULT_PLANS[method], _idea(**changes), FREE) == Unsizable(code)


@pytest.mark.parametrize("amount", [0, -1])
@pytest.mark.parametrize("method", list(METHODS))
def test_nothing_and_less_than_nothing_are_no_size(method: str, amount: int) -> None:
    assert _size(method, amount) == Unsizable("bad_size")


def test_a_size_below_the_minimum_is_nothing_not_the_minimum() -> None:
    plan = SizingPlan("notional", usdt(60))
    assert size_by(plan, _idea(), FREE, min_order=usdt(51)) == Unsizable("below_minimum")
    assert size_by(plan, _idea(), FREE, min_order=usdt(50)) == Size(SCALE // 1000, usdt(50))


def test_every_code_has_a_sentence() -> None:
    assert set(REASONS) >= UNSIZABLE_CODES


@pytest.mark.parametrize("name", list(DEFAULT_PLANS))
def test_the_default_plans_hold(name: str) -> None:
    check_plan(DEFAULT_PLANS[name])
    assert DEFAULT_PLANS[name].method == name


@pytest.mark.parametrize(
    "plan",
    [
        SizingPlan("martingale", PERCENT),
        SizingPlan("risk", 21 * PERCENT),
        SizingPlan("risk", 0),
        SizingPlan("kelly", SCALE + 1),
        SizingPlan("kelly", PERCENT, cap=MOST_KELLY + 1),
        SizingPlan("volatility", 10 * SCALE + 1),
    ],
)
def test_a_plan_out_of_bounds_is_refused(plan: SizingPlan) -> None:
    with pytest.raises(ValueError, match="sizing"):
        check_plan(plan)


PRICES = st.integers(1, 10**14)
IDEAS = st.builds(
    Idea,
    side=st.sampled_from([1, -1]),
    entry=PRICES,
    stop=st.none() | st.integers(-1, 10**14),
    target=st.none() | st.integers(-1, 10**14),
    chance=st.integers(-SCALE, 2 * SCALE),
    deviation=st.none() | st.integers(-1, 10**9),
    bar_ms=st.sampled_from([0, 1_000, MINUTE_MS, 60 * MINUTE_MS]),
    leverage=st.integers(-1, 125),
    equity=st.integers(-(10**18), 10**18),
    fee=st.integers(0, 10**6),
)
INSTRUMENTS = st.builds(
    Instrument,
    symbol=st.just("BTC"),
    tick=st.integers(1, 10**9),
    lot=st.integers(1, 10**10),
    min_notional=st.integers(1, 10**10),
    taker_fee=st.just(50_000),
    maker_fee=st.just(20_000),
    maintenance_rate=st.just(500_000),
    max_leverage=st.just(100),
)
PLANS = st.builds(
    SizingPlan,
    method=st.sampled_from(list(METHODS)),
    amount=st.integers(-1, 10**12),
    cap=st.integers(-1, MOST_KELLY),
)


@given(plan=PLANS, idea=IDEAS, instrument=INSTRUMENTS)
def test_a_size_obeys_lot_and_minimum_or_is_nothing_with_a_reason(
    plan: SizingPlan, idea: Idea, instrument: Instrument
) -> None:
    found = size_by(plan, idea, instrument)
    if isinstance(found, Unsizable):
        assert found.code in UNSIZABLE_CODES
    else:
        assert found.qty > 0
        assert found.qty % instrument.lot == 0
        assert found.notional == found.qty * idea.entry // SCALE >= instrument.min_notional


@given(plan=PLANS, idea=IDEAS, instrument=INSTRUMENTS)
def test_rounding_never_risks_more_than_was_asked_for(
    plan: SizingPlan, idea: Idea, instrument: Instrument
) -> None:
    found = size_by(plan, idea, instrument)
    if isinstance(found, Unsizable):
        return
    if plan.method in {"risk", "kelly"}:
        share = plan.amount if plan.method == "risk" else min(plan.cap, MOST_KELLY)
        assert loss_of(idea, found.qty) * SCALE <= share * idea.equity
    elif plan.method == "notional":
        assert found.notional <= plan.amount
    elif plan.method == "fraction":
        assert found.notional * SCALE <= plan.amount * idea.equity * idea.leverage
    else:
        assert idea.deviation is not None
        moves = found.notional**2 * idea.deviation**2 * 365 * 86_400_000
        assert moves <= (plan.amount * idea.equity) ** 2 * idea.bar_ms


@given(idea=IDEAS, more=st.integers(0, 10**9), instrument=st.just(btc_instrument()))
def test_asking_for_more_risk_never_gives_less(idea: Idea, more: int, instrument: Instrument) -> None:
    sizes = [
        size_by(SizingPlan("risk", amount), idea, instrument) for amount in (2 * PERCENT, 2 * PERCENT + more)
    ]
    if isinstance(sizes[0], Size) and isinstance(sizes[1], Size):
        assert sizes[0].qty <= sizes[1].qty
