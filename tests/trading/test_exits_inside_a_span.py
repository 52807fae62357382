"""Stops, targets and liquidation between two rounds: what fires first, and at which price."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.units import SCALE
from tests.factories.orders import MARK, btc_instrument, open_position, span, usdt
from trading.domain.exits import Exit, compute_exit, exit_execution
from trading.domain.invalidation import Invalidation
from trading.domain.positions import Position, compute_effect, liquidation_price

BTC = btc_instrument()
LONG = replace(open_position(), stop_loss=usdt(48_000), take_profit=usdt(53_000))  # liquidated at 45,226.13
SHORT = replace(open_position(side=-1), stop_loss=usdt(52_000), take_profit=usdt(47_000))  # at 54,726.37


@pytest.mark.parametrize(
    ("held", "prices", "kind", "price", "ambiguous"),
    [
        (LONG, (50_000, 50_500, 48_000, 49_000), "stop_loss", 48_000, False),
        (LONG, (50_000, 53_000, 49_000, 52_000), "take_profit", 53_000, False),
        (LONG, (50_000, 53_500, 47_000, 52_000), "stop_loss", 48_000, True),
        (LONG, (50_000, 50_500, 40_000, 49_000), "stop_loss", 48_000, False),
        (LONG, (47_000, 54_000, 40_000, 49_000), "stop_loss", 47_000, False),
        (LONG, (54_000, 54_000, 40_000, 49_000), "take_profit", 54_000, False),
        (LONG, (45_000, 54_000, 40_000, 49_000), "liquidation", 45_000, False),
        (SHORT, (50_000, 52_000, 49_000, 49_000), "stop_loss", 52_000, False),
        (SHORT, (50_000, 51_000, 47_000, 49_000), "take_profit", 47_000, False),
        (SHORT, (50_000, 52_500, 46_000, 49_000), "stop_loss", 52_000, True),
        (SHORT, (53_000, 53_000, 46_000, 49_000), "stop_loss", 53_000, False),
        (SHORT, (55_000, 56_000, 46_000, 49_000), "liquidation", 55_000, False),
        (SHORT, (46_500, 56_000, 46_000, 49_000), "take_profit", 46_500, False),
    ],
)
def test_the_first_event_of_a_span_closes_the_position(
    held: Position, prices: tuple[float, ...], kind: str, price: float, *, ambiguous: bool
) -> None:
    assert compute_exit(held, span(*prices), BTC) == Exit(held, kind, usdt(price), ambiguous)


@pytest.mark.parametrize(
    ("held", "prices"),
    [
        (LONG, (50_000, 52_999.9, 48_000.1, 49_000)),
        (SHORT, (50_000, 51_999.9, 47_000.1, 49_000)),
        (open_position(), (50_000, 90_000, 45_226.2, 49_000)),
        (LONG, (50_000,)),
    ],
)
def test_a_span_that_reaches_nothing_closes_nothing(held: Position, prices: tuple[float, ...]) -> None:
    assert compute_exit(held, span(*prices), BTC) is None


@pytest.mark.parametrize(
    ("side", "stop", "prices", "price", "ambiguous"),
    [
        (1, None, (50_000, 51_000, 45_000, 46_000), 45_226.1, False),
        (1, 44_000, (50_000, 51_000, 43_000, 46_000), 45_226.1, False),
        (1, 44_000, (50_000, 60_000, 43_000, 46_000), 45_226.1, True),
        (-1, 56_000, (50_000, 57_000, 49_000, 49_000), 54_726.4, False),
    ],
)
def test_a_stop_beyond_the_liquidation_price_comes_too_late(
    side: int, stop: float | None, prices: tuple[float, ...], price: float, *, ambiguous: bool
) -> None:
    plan = None if stop is None else usdt(stop)
    held = replace(open_position(side), stop_loss=plan, take_profit=MARK + side * usdt(10_000))
    found = compute_exit(held, span(*prices, spread=SCALE // 100), BTC)
    assert found == Exit(held, "liquidation", usdt(price), ambiguous)


def test_a_stop_exactly_at_the_liquidation_price_is_a_liquidation() -> None:
    root = liquidation_price(open_position(), BTC)
    held = replace(open_position(), stop_loss=root)
    found = compute_exit(held, span(50_000, 50_000, 45_000, 46_000), BTC)
    assert found is not None
    assert found.kind == "liquidation"


def test_a_point_observation_beyond_the_stop_fills_there() -> None:
    assert compute_exit(LONG, span(47_950), BTC) == Exit(LONG, "stop_loss", usdt(47_950), False)


@pytest.mark.parametrize(
    ("held", "prices", "price"),
    [
        (LONG, (50_000, 50_500, 48_000, 49_000), 47_976),
        (LONG, (50_000, 53_000, 49_000, 52_000), 52_973.5),
        (LONG, (47_000, 47_000, 46_999, 47_000), 46_976.5),
        (SHORT, (50_000, 52_000, 49_000, 49_000), 52_026),
        (SHORT, (50_000, 51_000, 46_999.9, 49_000), 47_023.5),
    ],
)
def test_a_plan_fills_half_a_spread_worse_on_the_tick(
    held: Position, prices: tuple[float, ...], price: float
) -> None:
    found = compute_exit(held, span(*prices, spread=SCALE // 1000), BTC)
    assert found is not None
    assert found.price == usdt(price)


@pytest.mark.parametrize(("held", "price"), [(LONG, 47_999.9), (SHORT, 52_000.1)])
def test_the_tick_is_rounded_against_the_account(held: Position, price: float) -> None:
    prices = (50_000, 50_000, 48_000, 49_000) if held is LONG else (50_000, 52_000, 50_000, 51_000)
    found = compute_exit(held, span(*prices, spread=1), BTC)
    assert found is not None
    assert found.price == usdt(price)


def test_a_long_sells_for_at_least_one_tick() -> None:
    held = replace(open_position(leverage=1), stop_loss=usdt(0.1))
    found = compute_exit(held, span(0.1, spread=SCALE // 10), BTC)
    assert found == Exit(held, "stop_loss", usdt(0.1), False)


def test_an_exit_s_execution_closes_the_whole_position_with_the_taker_fee() -> None:
    found = compute_exit(LONG, span(47_000), BTC)
    assert found is not None
    execution = exit_execution(found, BTC, 123)
    assert (execution.side, execution.qty, execution.notional) == (-1, SCALE, usdt(47_000))
    assert (execution.fee, execution.kind, execution.market_ms) == (usdt(23.5), "stop_loss", 123)
    assert compute_effect(LONG, execution, 2).pnl == -usdt(3_000)


@given(
    side=st.sampled_from([1, -1]),
    leverage=st.integers(1, 50),
    stop=st.none() | st.integers(MARK // 2, MARK * 2),
    target=st.none() | st.integers(MARK // 2, MARK * 2),
    prices=st.lists(st.integers(MARK // 3, MARK * 3), min_size=4, max_size=4),
    spread=st.integers(0, SCALE // 50),
    watch=st.none()
    | st.builds(
        Invalidation,
        st.just("price"),
        st.just("tick"),
        st.sampled_from(["above", "below"]),
        st.integers(MARK // 2, MARK * 2),
    ),
)
def test_an_exit_loses_at_most_the_margin_and_always_ends_the_trade(
    side: int,
    leverage: int,
    stop: int | None,
    target: int | None,
    prices: list[int],
    spread: int,
    watch: Invalidation | None,
) -> None:
    low, high = min(prices), max(prices)
    tick = span(1)._replace(open=prices[0], high=high, low=low, close=prices[3], spread=spread)
    held = replace(open_position(side, leverage=leverage), stop_loss=stop, take_profit=target, watch=watch)
    found = compute_exit(held, tick, BTC)
    root = liquidation_price(held, BTC)
    if found is None:
        assert root is None or side * ((low if side > 0 else high) - root) > 0
        return
    effect = compute_effect(held, exit_execution(found, BTC, 1), 2)
    assert effect.closed
    assert effect.available_change >= 0
    assert found.price % BTC.tick == 0
    assert found.price > 0
