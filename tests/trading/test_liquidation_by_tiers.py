"""Liquidation over brackets: the published vectors, the root on isolated and on shared margin."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.units import MAX_UNITS, SCALE
from tests.factories.engine_accounts import RULES, account_of, position_of
from tests.factories.orders import btc_instrument, open_position, usdt
from trading.domain.account import PaperRules
from trading.domain.engine_cross import cross_breached, cross_liquidation_price
from trading.domain.positions import liquidation_price, maintenance_breached
from trading.domain.tiers import Tier

FLOORS = (0, 50_000, 600_000, 3_000_000, 12_000_000)
CAPS = (50_000, 600_000, 3_000_000, 12_000_000, 70_000_000)
RATES = (400_000, 500_000, 650_000, 1_000_000, 2_000_000)
AMOUNTS = (0, 50, 950, 11_450, 131_450)
LEVERAGES = (125, 100, 75, 50, 25)
TIERS = tuple(
    Tier(floor * SCALE, cap * SCALE, rate, amount * SCALE, leverage)
    for floor, cap, rate, amount, leverage in zip(FLOORS, CAPS, RATES, AMOUNTS, LEVERAGES, strict=True)
)
"""BTC at a large venue in October 2024."""

BTC = replace(btc_instrument(), tiers=TIERS)


@pytest.mark.parametrize(
    ("coins", "leverage", "side", "expected"),
    [
        (Fraction(1, 100), 10, 1, "54216.87"),
        (Fraction(1), 10, 1, "54221.11"),
        (Fraction(1), 10, -1, "65721.39"),
        (Fraction(10), 20, 1, "57281.41"),
        (Fraction(100), 10, 1, "54429.80"),
        (Fraction(100), 10, -1, "65459.90"),
        (Fraction(1), 50, 1, "59045.23"),
    ],
)
def test_the_seven_vectors(coins: Fraction, leverage: int, side: int, expected: str) -> None:
    held = open_position(side, int(coins * SCALE), usdt(60_000), leverage)
    root = liquidation_price(held, BTC)
    assert root is not None
    assert f"{root / SCALE:.2f}" == expected
    # Margin balance less maintenance, over fractions: nothing at the root but what its last unit makes.
    price, qty = Fraction(root, SCALE), Fraction(held.qty, SCALE)
    tier = next(tier for tier in TIERS if qty * price <= Fraction(tier.cap, SCALE))
    balance = Fraction(held.margin - side * held.entry_cost, SCALE) + side * qty * price
    maintenance = qty * price * Fraction(tier.rate, SCALE) - Fraction(tier.amount, SCALE)
    assert abs(balance - maintenance) <= qty / SCALE


@given(
    side=st.sampled_from([1, -1]),
    qty=st.integers(SCALE // 1000, 900 * SCALE),
    leverage=st.integers(1, 100),
    away=st.integers(0, 20_000 * SCALE),
)
def test_the_balance_less_maintenance_changes_its_sign_exactly_there(
    side: int, qty: int, leverage: int, away: int
) -> None:
    held = open_position(side, qty, usdt(60_000), leverage)
    root = liquidation_price(held, BTC)
    if root is None:
        assert side > 0
        assert not maintenance_breached(held, 1 + away, BTC)
        return
    assert maintenance_breached(held, max(0, root - side * away), BTC)
    assert not maintenance_breached(held, root + side * (1 + away), BTC) or root + side * (1 + away) < 0


CROSS_RULES = PaperRules({"BTC": BTC, "ETH": replace(RULES.instruments["ETH"], tiers=TIERS)})


@given(
    side=st.sampled_from([1, -1]),
    other=st.sampled_from([1, -1]),
    qty=st.integers(SCALE // 100, 20 * SCALE),
    eth=st.integers(SCALE, 200 * SCALE),
    eth_mark=st.integers(2_400 * SCALE, 3_600 * SCALE),
    free=st.integers(1, 50_000),
)
def test_on_shared_margin_the_account_is_breached_from_the_root_on_and_not_before(
    side: int, other: int, qty: int, eth: int, eth_mark: int, free: int
) -> None:
    held = position_of("BTC", side, qty, 60_000, 20)
    account = account_of(held, position_of("ETH", other, eth, 3_000, 20), free=free, mode="cross")
    root = cross_liquidation_price(account, held, {"ETH": eth_mark}, CROSS_RULES)
    if root is None or root > MAX_UNITS:
        return
    # Sums of rounded figures stand one or two units to the side of the exact root.
    slack = 4 * SCALE * SCALE // qty // 50_000 + 2
    assert cross_breached(account, {"ETH": eth_mark, "BTC": max(1, root - side * slack)}, CROSS_RULES)
    assert not cross_breached(account, {"ETH": eth_mark, "BTC": root + side * slack}, CROSS_RULES)


def test_the_formula_of_shared_margin_on_one_example() -> None:
    # 1 BTC long at 50,000 and 10 ETH short at 3,000, now at 3,100: wallet 6,000 + 500 + 8,000 in all.
    held, short = position_of(), position_of("ETH", -1, 10 * SCALE, 3_000, 5)
    account = account_of(held, short, free=3_500, mode="cross")
    assert account.wallet == usdt(3_500 + 5_000 + 6_000)
    root = cross_liquidation_price(account, held, {"ETH": usdt(3_100)}, RULES)
    # (WB - MM + uPnL - qE) / (q rate - q): (14,500 - 155 - 1,000 - 50,000) / (0.005 - 1)
    assert root == -(-(50_000 - 14_500 + 155 + 1_000) * SCALE * 1000 // 995) - 1
