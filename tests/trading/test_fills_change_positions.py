"""What one execution does to a position: open, add, close in part, close whole."""

from dataclasses import replace

import pytest

from kernel.units import SCALE
from tests.factories.orders import MARK, execution_at, open_position, usdt
from trading.domain.positions import FillEffect, compute_effect, unrealised


def test_the_first_fill_opens_a_trade_with_its_margin_locked() -> None:
    execution = replace(execution_at(MARK), stop_loss=usdt(48_000), take_profit=usdt(55_000))
    effect = compute_effect(None, execution, 7)
    after = effect.after
    assert after is not None
    assert (after.side, after.qty, after.entry_cost, after.margin) == (1, SCALE, MARK, usdt(5_000))
    assert (after.stop_loss, after.take_profit, after.lifecycle) == (usdt(48_000), usdt(55_000), 7)
    assert (after.fees, after.realised) == (usdt(25), 0)
    assert effect == FillEffect(after, 0, usdt(25), usdt(5_000), 0, 0, closed=False, lifecycle=7)
    assert effect.available_change == -usdt(5_025)
    assert effect.reserved_change == usdt(5_000)


def test_margin_is_rounded_up() -> None:
    effect = compute_effect(None, replace(execution_at(MARK), notional=100, leverage=3), 1)
    assert effect.margin_locked == 34


def test_adding_sums_cost_and_margin_and_keeps_the_trade() -> None:
    effect = compute_effect(open_position(), execution_at(usdt(60_000)), 9)
    after = effect.after
    assert after is not None
    assert (after.qty, after.entry_cost, after.margin) == (2 * SCALE, usdt(110_000), usdt(11_000))
    assert (after.lifecycle, after.leverage, effect.margin_locked) == (1, 10, usdt(6_000))


def test_adding_at_another_leverage_shows_the_leverage_of_the_whole() -> None:
    effect = compute_effect(open_position(leverage=10), execution_at(MARK, leverage=5), 2)
    assert effect.after is not None
    assert effect.after.margin == usdt(15_000)
    assert effect.after.leverage == 7  # 100,000 over 15,000, rounded up


def test_adding_replaces_the_plans_it_names_and_keeps_the_others() -> None:
    held = replace(open_position(), stop_loss=usdt(40_000), take_profit=usdt(70_000))
    effect = compute_effect(held, replace(execution_at(MARK), stop_loss=usdt(45_000)), 2)
    assert effect.after is not None
    assert (effect.after.stop_loss, effect.after.take_profit) == (usdt(45_000), usdt(70_000))


def test_closing_a_quarter_releases_a_quarter() -> None:
    effect = compute_effect(open_position(), execution_at(usdt(52_000), -1, SCALE // 4), 2)
    after = effect.after
    assert after is not None
    assert (after.qty, after.entry_cost, after.margin) == (3 * SCALE // 4, usdt(37_500), usdt(3_750))
    assert (effect.pnl, effect.margin_released, effect.covered) == (usdt(500), usdt(1_250), 0)
    assert (after.realised, after.fees) == (usdt(500), usdt(6.5))
    assert not effect.closed


def test_closing_the_whole_short_pays_its_profit_and_its_margin() -> None:
    effect = compute_effect(open_position(side=-1), execution_at(usdt(45_000), 1), 2)
    assert effect.after is None
    assert effect.closed
    assert (effect.pnl, effect.margin_released, effect.lifecycle) == (usdt(5_000), usdt(5_000), 1)
    assert effect.available_change == usdt(10_000 - 22.5)


def test_the_last_part_takes_what_rounding_left() -> None:
    held = replace(open_position(), qty=3, entry_cost=100, margin=10)
    first = compute_effect(held, replace(execution_at(MARK), side=-1, qty=1, notional=40, fee=0), 2)
    assert first.after is not None
    assert (first.pnl, first.margin_released) == (40 - 34, 3)
    rest = compute_effect(first.after, replace(execution_at(MARK), side=-1, qty=2, notional=80, fee=0), 2)
    assert (rest.pnl, rest.margin_released) == (80 - 66, 7)


def test_a_partial_loss_takes_the_position_s_own_margin_before_the_insurance_pays() -> None:
    effect = compute_effect(open_position(), execution_at(usdt(44_000), -1, SCALE // 2), 2)
    assert effect.pnl == -usdt(3_000)
    assert effect.margin_released == usdt(3_011)  # half the margin is 2,500; loss and fee take 511 more
    assert effect.covered == 0
    assert effect.available_change == 0
    assert effect.after is not None
    assert effect.after.margin == usdt(1_989)


def test_a_loss_beyond_the_margin_is_covered_and_never_taken_from_free_money() -> None:
    effect = compute_effect(open_position(), execution_at(usdt(40_000), -1), 2)
    assert effect.pnl == -usdt(10_000)
    assert effect.covered == usdt(5_020)
    assert effect.available_change == 0
    assert effect.reserved_change == -usdt(5_000)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"qty": 0}, "quantity positive"),
        ({"side": 0}, "side must be"),
        ({"notional": -1}, "must not be negative"),
        ({"fee": -1}, "must not be negative"),
        ({"leverage": 0}, "leverage at least 1"),
        ({"symbol": "ETH"}, "does not belong"),
        ({"account_id": "account-2"}, "does not belong"),
        ({"side": -1, "qty": SCALE + 1}, "larger than the position"),
    ],
)
def test_a_caller_s_mistake_raises(change: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        compute_effect(open_position(), replace(execution_at(MARK), **change), 2)  # type: ignore[arg-type]


@pytest.mark.parametrize(("side", "worth"), [(1, 3), (-1, -4)])
def test_unrealised_profit_is_rounded_towards_loss(side: int, worth: int) -> None:
    held = replace(open_position(side), qty=1, entry_cost=0)
    assert unrealised(held, 3 * SCALE + 1) == worth
