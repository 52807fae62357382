"""Liquidation: the one mark at which margin and unrealised profit no longer exceed the maintenance."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.units import SCALE
from tests.factories.orders import btc_instrument, open_position, usdt
from trading.domain.positions import liquidation_price, maintenance_breached


@pytest.mark.parametrize(
    ("qty", "side", "leverage", "expected"),
    [
        (SCALE // 100, 1, 10, 5_421_686_746_987),
        (SCALE, 1, 10, 5_421_686_746_987),
        (SCALE, -1, 10, 6_573_705_179_283),
        (SCALE, 1, 50, 5_903_614_457_831),
    ],
)
def test_the_known_vectors_at_a_rate_of_four_tenths_of_a_percent(
    qty: int, side: int, leverage: int, expected: int
) -> None:
    instrument = replace(btc_instrument(), maintenance_rate=SCALE * 4 // 1000)
    held = open_position(side, qty, usdt(60_000), leverage)
    assert liquidation_price(held, instrument) == expected


def test_a_long_that_is_paid_in_full_cannot_be_liquidated() -> None:
    assert liquidation_price(open_position(leverage=1), btc_instrument()) is None


def test_a_short_without_borrowing_still_has_a_liquidation_price() -> None:
    root = liquidation_price(open_position(side=-1, leverage=1), btc_instrument())
    assert root == 9_950_248_756_219  # 100,000 over 1.005, rounded up


@given(
    side=st.sampled_from([1, -1]),
    qty=st.integers(1, 10**14),
    cost=st.integers(1, 10**17),
    margin=st.integers(0, 10**17),
    rate=st.integers(0, SCALE // 5),
    away=st.integers(0, 10**9),
)
def test_the_price_is_the_root_maintenance_is_breached_from_there_on_and_not_before(
    side: int, qty: int, cost: int, margin: int, rate: int, away: int
) -> None:
    instrument = replace(btc_instrument(), maintenance_rate=rate)
    held = replace(open_position(side), qty=qty, entry_cost=cost, margin=margin)
    root = liquidation_price(held, instrument)
    if root is None:
        assert side > 0
        assert not maintenance_breached(held, 1 + away, instrument)
        return
    assert maintenance_breached(held, max(0, root - side * away), instrument)
    assert (
        not maintenance_breached(held, root + side * (1 + away), instrument) or root + side * (1 + away) < 0
    )
