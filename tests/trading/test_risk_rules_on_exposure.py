"""What is at stake by one trade, by all, by what moves as one: at the limit, just inside and just outside."""

from dataclasses import replace
from typing import Any

import pytest

from kernel.units import MAX_UNITS, SCALE
from tests.factories.orders import (
    MARK,
    NOW_MS,
    btc_instrument,
    open_position,
    portfolio_of,
    proposed_order,
    risk_case,
    risk_context,
    round_facts,
    usdt,
)
from trading.domain import risk
from trading.domain.orders import ProposedOrder, RuleResult
from trading.domain.risk import Exposure
from trading.domain.rules import Blackout, RiskLimits, RuleBook
from trading.domain.terms import Terms
from trading.domain.tiers import Tier

PERCENT = SCALE // 100


def _order(**changes: Any) -> ProposedOrder:
    return replace(proposed_order(), **changes)


def _limits(**changes: Any) -> risk.RiskContext:
    return risk_context(RiskLimits(**changes))


def _limit(price: float, *, post_only: bool = False) -> Terms:
    return Terms("limit", usdt(price), "gtc", post_only)


@pytest.mark.parametrize(
    ("limit", "passed"), [(1_949_051, True), (1_949_050, True), (1_949_049, False), (0, True)]
)
def test_what_the_stop_loses_with_both_fees_is_bounded(limit: int, *, passed: bool) -> None:
    # 190 USDT to the stop, 2.5 to get in and 2.405 to get out, of 10,000.
    found = risk.risk_per_trade(risk_case(context=_limits(max_risk=limit)))
    assert found == RuleResult("risk_per_trade", passed, 1_949_050, limit, "ratio")


def test_without_a_stop_the_whole_margin_is_at_risk() -> None:
    found = risk.risk_per_trade(risk_case(order=_order(stop_loss=None)))
    assert (found.passed, found.figure) == (False, usdt(1_002.5) // 10_000)


def test_adding_risks_what_is_held_too_because_its_stop_moves() -> None:
    alone = risk.risk_per_trade(risk_case()).figure
    held = open_position(qty=SCALE // 10, leverage=5)
    found = risk.risk_per_trade(risk_case(held=held)).figure
    assert found == alone + (usdt(190) + 240_500_000) // 10_000


def test_the_risk_of_a_limit_order_is_measured_from_its_own_price() -> None:
    order = _order(terms=_limit(49_000), notional=usdt(4_900))
    found = risk.risk_per_trade(risk_case(order=order))
    assert found.figure == (usdt(90) + 245_000_000 + 240_500_000) // 10_000


@pytest.mark.parametrize(("held", "passed"), [(usdt(55_000), True), (usdt(55_000) + 1, False)])
def test_all_notionals_together_are_bounded(held: int, *, passed: bool) -> None:
    context = replace(risk_context(), exposures=(Exposure("ETH", -1, held),))
    found = risk.exposure(risk_case(context=context))
    assert found == RuleResult("exposure", passed, 600 * PERCENT + (not passed), 600 * PERCENT, "ratio")


@pytest.mark.parametrize(
    ("ratio", "side", "counted"),
    [
        (70 * PERCENT, 1, True),
        (70 * PERCENT - 1, 1, False),
        (70 * PERCENT, -1, False),
        (-70 * PERCENT, -1, True),
        (-70 * PERCENT, 1, False),
        (None, 1, True),
        (None, -1, False),
    ],
)
def test_only_what_is_one_bet_with_the_order_counts_together(
    ratio: int | None, side: int, *, counted: bool
) -> None:
    context = replace(risk_context(), exposures=(Exposure("ETH", side, usdt(7_000)),))
    known = {} if ratio is None else {("BTC", "ETH"): ratio}
    found = risk.correlated_exposure(risk_case(context=context, correlations=known))
    assert found.figure == (120 if counted else 50) * PERCENT


@pytest.mark.parametrize(("held", "passed"), [(usdt(35_000), True), (usdt(35_000) + 1, False)])
def test_what_moves_together_is_bounded(held: int, *, passed: bool) -> None:
    context = replace(risk_context(), exposures=(Exposure("BTC", 1, held),))
    assert risk.correlated_exposure(risk_case(context=context)).passed is passed


@pytest.mark.parametrize("rule", [risk.risk_per_trade, risk.exposure, risk.correlated_exposure])
def test_without_equity_nothing_may_be_put_at_stake(rule: risk.Rule) -> None:
    found = rule(risk_case(context=replace(risk_context(), equity=0)))
    assert (found.passed, found.figure) == (False, MAX_UNITS)


@pytest.mark.parametrize(("ago", "passed"), [(299_999, False), (300_000, True), (300_001, True), (-5, False)])
def test_nobody_opens_right_after_a_loss(ago: int, *, passed: bool) -> None:
    found = risk.cooldown(risk_case(context=replace(risk_context(), last_loss_ms=NOW_MS - ago)))
    assert found == RuleResult("cooldown", passed, max(0, ago), 300_000, "ms")


@pytest.mark.parametrize(
    ("target", "figure", "passed"),
    [(51_900, SCALE, True), (51_899.9, 99_994_736, False), (50_000, 0, False), (None, MAX_UNITS, True)],
)
def test_reward_over_risk_is_measured_from_the_mark(
    target: float | None, figure: int, *, passed: bool
) -> None:
    order = _order(take_profit=None if target is None else usdt(target))
    assert risk.reward_risk(risk_case(order=order)) == RuleResult(
        "reward_risk", passed, figure, SCALE, "ratio"
    )


def test_a_better_limit_is_what_reward_and_sides_are_measured_from() -> None:
    order = _order(terms=_limit(49_000), take_profit=usdt(49_900))
    assert risk.reward_risk(risk_case(order=order)).figure == SCALE
    assert risk.target_side(risk_case(order=order)).passed
    assert not risk.stop_side(risk_case(order=replace(order, stop_loss=usdt(49_000)))).passed
    worse = _order(terms=_limit(50_100))
    assert risk.stop_side(risk_case(order=worse)).limit == MARK


@pytest.mark.parametrize(
    ("at", "symbol", "left"),
    [(-1, "", 0), (0, "", 60_000), (59_999, "BTC", 1), (60_000, "BTC", 0), (10, "ETH", 0)],
)
def test_nobody_opens_inside_a_blackout(at: int, symbol: str, left: int) -> None:
    rules = RuleBook(blackouts=(Blackout(NOW_MS, NOW_MS + 60_000, symbol, "rate decision"),))
    found = risk.blackout(risk_case(context=replace(risk_context(), rules=rules), snapshot_ms=NOW_MS + at))
    assert found == RuleResult("blackout", left == 0, left, 0, "ms")


TIERS = (Tier(0, usdt(50_000), 400_000, 0, 20), Tier(usdt(50_000), usdt(10**6), 500_000, usdt(50), 4))


@pytest.mark.parametrize(("more", "limit"), [(0, 20), (1, 4)])
def test_a_larger_position_may_have_less_leverage(more: int, limit: int) -> None:
    instrument = replace(btc_instrument(), tiers=TIERS)
    order = _order(notional=usdt(50_000) + more)
    found = risk.leverage_tier(risk_case(order=order, instrument=instrument))
    assert found == RuleResult("leverage_tier", limit >= 5, 5, limit, "x")


def test_what_is_held_counts_for_the_bracket_at_the_mark() -> None:
    instrument = replace(btc_instrument(), tiers=TIERS)
    held = open_position(qty=91 * SCALE // 100)
    assert risk.leverage_tier(risk_case(held=held, instrument=instrument)).limit == 4


def test_resting_openings_count_for_the_size_of_the_position() -> None:
    resting = (Exposure("BTC", 1, usdt(5_000), usdt(1_000)), Exposure("BTC", -1, usdt(5_000), usdt(1_000)))
    found = risk.position_size(risk_case(context=replace(risk_context(), exposures=resting)))
    assert found.figure == 20 * PERCENT


@pytest.mark.parametrize(("price", "passed"), [(49_999.9, True), (49_999.95, False), (0, False), (-1, False)])
def test_a_limit_price_stands_on_the_tick(price: float, *, passed: bool) -> None:
    assert risk.limit_on_tick(risk_case(order=_order(terms=_limit(price)))).passed is passed


@pytest.mark.parametrize(
    ("side", "price", "post_only", "passed"),
    [
        (1, 50_004.9, True, True),
        (1, 50_005, True, False),
        (1, 50_005, False, True),
        (-1, 49_995.1, True, True),
        (-1, 49_995, True, False),
    ],
)
def test_what_may_only_make_does_not_cross(side: int, price: float, *, post_only: bool, passed: bool) -> None:
    order = replace(proposed_order(side), terms=_limit(price, post_only=post_only))
    assert risk.limit_side(risk_case(order=order)).passed is passed


@pytest.mark.parametrize(
    ("price", "passed"), [(45_000, True), (44_999.9, False), (55_000, True), (55_000.1, False)]
)
def test_a_limit_price_is_not_absurdly_far(price: float, *, passed: bool) -> None:
    assert risk.limit_distance(risk_case(order=_order(terms=_limit(price)))).passed is passed


@pytest.mark.parametrize(
    ("trail", "passed"),
    [
        (0, True),
        (PERCENT // 10 - 1, False),
        (PERCENT // 10, True),
        (20 * PERCENT, True),
        (20 * PERCENT + 1, False),
    ],
)
def test_a_trailing_stop_keeps_a_distance_it_can_work_with(trail: int, *, passed: bool) -> None:
    assert risk.trail_bounds(risk_case(order=_order(trail=trail))).passed is passed


def test_under_cross_margin_all_the_money_stands_before_liquidation() -> None:
    rules = RuleBook(margin_mode="cross")
    alone = replace(risk_context(), rules=rules)
    assert risk.stop_before_liquidation(risk_case(context=alone)).limit == 0
    others = Exposure("ETH", 1, usdt(9_000), 0, usdt(-500), usdt(9_000))
    crowded = replace(alone, exposures=(others,))
    found = risk.stop_before_liquidation(risk_case(context=crowded))
    wallet = usdt(10_000 - 9_000 - 2.5)
    assert found.limit == (usdt(5_000) - wallet) * SCALE * SCALE // ((SCALE // 10) * (SCALE - 500_000))


def test_the_exposure_of_a_position_is_at_the_mark() -> None:
    held = open_position(qty=SCALE // 10)
    portfolio = portfolio_of(held)
    (found,) = risk.exposures_of(portfolio, {"BTC": usdt(60_000)}, {"BTC": btc_instrument()})
    assert found == Exposure("BTC", 1, usdt(6_000), 0, usdt(1_000), usdt(30))
    assert risk.exposures_of(portfolio, {}, {}) == (Exposure("BTC", 1, usdt(5_000)),)


def test_the_facts_of_a_symbol_are_found_once() -> None:
    facts, context = round_facts(), risk_context()
    first = risk.review_order(proposed_order(), portfolio_of(), facts, context)
    assert facts.findings == first.results[6:9]
    assert risk.review_order(proposed_order(), portfolio_of(), facts, context) == first
