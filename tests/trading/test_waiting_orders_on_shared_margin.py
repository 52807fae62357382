"""On cross margin what waits never has the insurance pay, and fills only with money that is not lost yet."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.units import SCALE
from tests.factories.engine_accounts import (
    account_of,
    flows_of,
    kinds_of,
    limit,
    moment,
    part_of,
    position_of,
    settled,
)
from tests.factories.orders import NOW_MS, usdt
from trading.domain.account_events import FundingCharge
from trading.domain.engine_funding import charge_funding
from trading.domain.funding import FundingRate


def test_what_is_set_aside_for_orders_pays_funding_before_the_insurance_does() -> None:
    held = replace(position_of(), margin=usdt(100))
    waiting = replace(limit(40_000), reserved=usdt(20_000))
    account = account_of(held, free=0, resting=[waiting], mode="cross")
    story = settled(account, moment(1, funding=1))
    assert kinds_of(story.events) == ["insufficient_margin", "funding"]
    assert "insurance" not in flows_of(story.events)
    assert story.account.resting == ()
    assert (story.account.portfolio.available, story.account.wallet) == (usdt(19_500), usdt(19_600))


def test_margins_pay_funding_before_anything_that_waits_is_given_up() -> None:
    account = account_of(position_of(), free=0, resting=[limit(40_000)], mode="cross")
    story = settled(account, moment(1, funding=1))
    assert kinds_of(story.events) == ["funding"]
    assert story.account.resting == account.resting


@given(
    rates=st.lists(st.integers(-SCALE // 5, SCALE // 5), min_size=2, max_size=2),
    free=st.integers(0, 3_000),
    reserved=st.integers(0, 20_000),
)
def test_the_insurance_pays_only_once_nothing_is_left(rates: list[int], free: int, reserved: int) -> None:
    waiting = replace(limit(40_000), reserved=usdt(reserved))
    account = account_of(position_of(), position_of("ETH"), free=free, resting=[waiting], mode="cross")
    due = [
        FundingRate(symbol, NOW_MS + 1, rate, usdt(50_000))
        for symbol, rate in zip(("BTC", "ETH"), rates, strict=True)
    ]
    after, events = charge_funding(account, due)
    charges = [event for event in events if isinstance(event, FundingCharge)]
    assert after.wallet - account.wallet == sum(charge.amount for charge in charges)
    if any(charge.covered for charge in charges):
        assert not after.resting
    assert min(after.portfolio.available, after.portfolio.reserved) >= 0
    margins = sum(held.margin for held in after.portfolio.positions)
    assert after.portfolio.reserved == margins + sum(order.reserved for order in after.resting)


@pytest.mark.parametrize(("mode", "kinds"), [("cross", ["insufficient_margin"]), ("isolated", ["limit"])])
def test_a_limit_fills_only_with_money_that_is_not_lost_yet(mode: str, kinds: list[str]) -> None:
    waiting = replace(limit(3_000, symbol="ETH"), qty=10 * SCALE, reserved=usdt(2_000))
    account = account_of(position_of(leverage=2), free=6_000, resting=[waiting], mode=mode)
    # 9,500 are lost on BTC, more than the money that is free: the limit needs some 3,000 of it.
    story = settled(account, moment(1, part_of("BTC", 40_500), part_of("ETH", 2_990)))
    assert kinds_of(story.events) == kinds
