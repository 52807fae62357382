"""The rules on the order itself, each at its limit, just inside and just outside, with its figure."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kernel.units import MAX_UNITS, SCALE
from tests.factories.orders import (
    MARK,
    btc_instrument,
    closing_order,
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
from trading.domain.positions import Position
from trading.domain.rules import RiskLimits

PERCENT = SCALE // 100


def _order(**changes: Any) -> ProposedOrder:
    return replace(proposed_order(), **changes)


def _context(**changes: Any) -> risk.RiskContext:
    return replace(risk_context(), **changes)


def _limits(**changes: Any) -> risk.RiskContext:
    return risk_context(RiskLimits(**changes))


def _named(rule: Callable[[risk.Case], RuleResult]) -> str:
    return getattr(rule, "__name__", "")


def test_an_ordinary_order_passes_every_rule_and_shows_every_figure() -> None:
    review = risk.review_order(proposed_order(), portfolio_of(), round_facts(), risk_context())
    assert review.passed
    assert review.results == (
        RuleResult("trading_state", True, 1, 1, "flag"),
        RuleResult("trades_hour", True, 1, 5, "count"),
        RuleResult("trades_day", True, 1, 50, "count"),
        RuleResult("daily_loss", True, 0, 5 * PERCENT, "ratio"),
        RuleResult("drawdown", True, 0, 20 * PERCENT, "ratio"),
        RuleResult("cooldown", True, MAX_UNITS, 300_000, "ms"),
        RuleResult("spread", True, 20_000, 500_000, "ratio"),
        RuleResult("stale_data", True, 0, 90_000, "ms"),
        RuleResult("blackout", True, 0, 0, "ms"),
        RuleResult("symbol_allowed", True, 1, 1, "flag"),
        RuleResult("leverage_min", True, 5, 3, "x"),
        RuleResult("leverage_max", True, 5, 10, "x"),
        RuleResult("leverage_tier", True, 5, 100, "x"),
        RuleResult("position_size", True, 10 * PERCENT, 20 * PERCENT, "ratio"),
        RuleResult("order_minimum", True, usdt(5_000), usdt(10), "usdt"),
        RuleResult("limit_on_tick", True, 0, SCALE // 10, "price"),
        RuleResult("limit_side", True, 0, usdt(50_005), "price"),
        RuleResult("limit_distance", True, 0, 10 * PERCENT, "ratio"),
        RuleResult("stop_side", True, usdt(48_100), MARK, "price"),
        RuleResult("target_side", True, usdt(54_000), MARK, "price"),
        RuleResult("trail_bounds", True, 0, PERCENT // 10, "ratio"),
        RuleResult("stop_before_liquidation", True, usdt(48_100), 4_020_100_502_512, "price"),
        RuleResult("reward_risk", True, 210_526_315, SCALE, "ratio"),
        RuleResult("confidence", True, 70 * PERCENT, 65 * PERCENT, "ratio"),
        RuleResult("risk_per_trade", True, 1_949_050, 2 * PERCENT, "ratio"),
        RuleResult("exposure", True, 50 * PERCENT, 600 * PERCENT, "ratio"),
        RuleResult("correlated_exposure", True, 50 * PERCENT, 400 * PERCENT, "ratio"),
        RuleResult("liquidity", True, usdt(500_275), usdt(10_000), "usdt"),
        RuleResult("free_margin", True, usdt(1_002.5), usdt(10_000), "usdt"),
    )


@pytest.mark.parametrize(("symbol", "passed"), [("BTC", True), ("DOGE", False)])
def test_only_the_season_s_symbols_may_be_opened(symbol: str, *, passed: bool) -> None:
    found = risk.symbol_allowed(risk_case(order=_order(symbol=symbol)))
    assert found == RuleResult("symbol_allowed", passed, int(passed), 1, "flag")


@pytest.mark.parametrize(
    ("rule", "leverage", "passed", "limit"),
    [
        (risk.leverage_min, 2, False, 3),
        (risk.leverage_min, 3, True, 3),
        (risk.leverage_min, 4, True, 3),
        (risk.leverage_max, 9, True, 10),
        (risk.leverage_max, 10, True, 10),
        (risk.leverage_max, 11, False, 10),
    ],
)
def test_leverage_lies_between_its_bounds(
    rule: risk.Rule, leverage: int, limit: int, *, passed: bool
) -> None:
    found = rule(risk_case(order=_order(leverage=leverage)))
    assert (found.passed, found.figure, found.limit, found.unit) == (passed, leverage, limit, "x")


def test_the_instrument_s_own_leverage_is_a_limit_too() -> None:
    instrument = replace(btc_instrument(), max_leverage=4)
    assert risk.leverage_max(risk_case(instrument=instrument)) == RuleResult("leverage_max", False, 5, 4, "x")


@pytest.mark.parametrize(
    ("margin", "figure", "passed"),
    [
        (usdt(2_000) - 1, 20 * PERCENT, True),
        (usdt(2_000), 20 * PERCENT, True),
        (usdt(2_000) + 1, 20 * PERCENT + 1, False),
    ],
)
def test_a_position_s_margin_is_a_bounded_share_of_equity(margin: int, figure: int, *, passed: bool) -> None:
    found = risk.position_size(risk_case(order=_order(margin=margin)))
    assert found == RuleResult("position_size", passed, figure, 20 * PERCENT, "ratio")


def test_adding_counts_the_margin_that_is_locked_already() -> None:
    held = open_position(qty=SCALE // 10, leverage=5)
    found = risk.position_size(risk_case(order=_order(margin=usdt(1_000) + 1), held=held))
    assert found == RuleResult("position_size", False, 20 * PERCENT + 1, 20 * PERCENT, "ratio")


@pytest.mark.parametrize("equity", [0, -1])
def test_without_equity_no_position_is_small_enough(equity: int) -> None:
    found = risk.position_size(risk_case(context=_context(equity=equity)))
    assert (found.passed, found.figure) == (False, MAX_UNITS)


@pytest.mark.parametrize(
    ("notional", "minimum", "passed"),
    [
        (usdt(10) - 1, 5, False),
        (usdt(10), 5, True),
        (usdt(10) + 1, 5, True),
        (usdt(12), 12, True),
        (usdt(12) - 1, 12, False),
    ],
)
def test_an_order_reaches_the_higher_of_both_minimums(notional: int, minimum: int, *, passed: bool) -> None:
    instrument = replace(btc_instrument(), min_notional=usdt(minimum))
    found = risk.order_minimum(risk_case(order=_order(notional=notional), instrument=instrument))
    assert found == RuleResult("order_minimum", passed, notional, usdt(max(10, minimum)), "usdt")


@pytest.mark.parametrize(
    ("side", "stop", "passed"),
    [
        (1, MARK - 1, True),
        (1, MARK, False),
        (1, MARK + 1, False),
        (-1, MARK + 1, True),
        (-1, MARK, False),
        (-1, MARK - 1, False),
        (1, 0, False),
        (1, -1, False),
    ],
)
def test_a_stop_on_the_wrong_side_of_the_mark_is_refused(side: int, stop: int, *, passed: bool) -> None:
    found = risk.stop_side(risk_case(order=replace(proposed_order(side), stop_loss=stop)))
    assert found == RuleResult("stop_side", passed, stop, MARK, "price")


@pytest.mark.parametrize("required", [True, False])
def test_a_missing_stop_is_refused_where_the_rules_ask_for_one(*, required: bool) -> None:
    case = risk_case(order=_order(stop_loss=None), context=_limits(require_stop=required))
    assert risk.stop_side(case) == RuleResult("stop_side", not required, 0, MARK, "price")
    assert risk.stop_before_liquidation(case).passed


@pytest.mark.parametrize(
    ("side", "target", "passed"),
    [
        (1, MARK + 1, True),
        (1, MARK, False),
        (1, MARK - 1, False),
        (-1, MARK - 1, True),
        (-1, MARK, False),
        (-1, MARK + 1, False),
        (-1, 0, False),
        (1, None, True),
    ],
)
def test_a_target_on_the_wrong_side_of_the_mark_is_refused(
    side: int, target: int | None, *, passed: bool
) -> None:
    found = risk.target_side(risk_case(order=replace(proposed_order(side), take_profit=target)))
    assert found == RuleResult("target_side", passed, target or 0, MARK, "price")


@pytest.mark.parametrize(
    ("side", "root", "away", "passed"),
    [
        (1, 4_020_100_502_512, 1, True),
        (1, 4_020_100_502_512, 0, False),
        (1, 4_020_100_502_512, -1, False),
        (-1, 5_970_149_253_732, 1, True),
        (-1, 5_970_149_253_732, 0, False),
        (-1, 5_970_149_253_732, -1, False),
    ],
)
def test_a_stop_behind_the_liquidation_price_is_refused(
    side: int, root: int, away: int, *, passed: bool
) -> None:
    stop = root + side * away
    found = risk.stop_before_liquidation(risk_case(order=replace(proposed_order(side), stop_loss=stop)))
    assert found == RuleResult("stop_before_liquidation", passed, stop, root, "price")


def test_the_liquidation_price_is_that_of_the_whole_position() -> None:
    held = open_position(qty=SCALE // 10, price=usdt(60_000), leverage=10)
    found = risk.stop_before_liquidation(risk_case(held=held))
    assert found.limit == 4_723_618_090_452  # 11,000 cost less 1,600 margin over 0.2 BTC x 0.995
    assert found.passed


def test_a_position_that_cannot_be_liquidated_takes_any_stop() -> None:
    found = risk.stop_before_liquidation(risk_case(order=_order(margin=usdt(5_000))))
    assert found == RuleResult("stop_before_liquidation", True, usdt(48_100), 0, "price")


@pytest.mark.parametrize(("above", "passed"), [(-1, False), (0, True), (1, True)])
def test_confidence_reaches_the_profile_s_threshold(above: int, *, passed: bool) -> None:
    found = risk.confidence(risk_case(order=_order(confidence=65 * PERCENT + above)))
    assert found == RuleResult("confidence", passed, 65 * PERCENT + above, 65 * PERCENT, "ratio")


@pytest.mark.parametrize(("spare", "passed"), [(-1, False), (0, True), (1, True)])
def test_margin_and_fee_fit_into_the_free_money(spare: int, *, passed: bool) -> None:
    needed = usdt(1_002.5)
    found = risk.free_margin(risk_case(available=needed + spare))
    assert found == RuleResult("free_margin", passed, needed, needed + spare, "usdt")


@pytest.mark.parametrize(
    ("qty", "figure", "passed"),
    [(SCALE - 1, SCALE - 1, True), (SCALE, SCALE, True), (SCALE + 1, SCALE + 1, False)],
)
def test_a_reduction_is_at_most_the_position(qty: int, figure: int, *, passed: bool) -> None:
    found = risk.reduces_position(risk_case(order=closing_order(-1, qty), held=open_position()))
    assert found == RuleResult("reduces_position", passed, figure, SCALE, "ratio")


@pytest.mark.parametrize("held", [None, open_position(side=-1)])
def test_a_reduction_needs_a_position_against_it(held: Position | None) -> None:
    found = risk.reduces_position(risk_case(order=closing_order(-1, 1), held=held))
    assert found == RuleResult("reduces_position", False, MAX_UNITS, SCALE, "ratio")


@pytest.mark.parametrize("rule", [*risk.RULES, *risk.CLOSING_RULES], ids=_named)
def test_a_rule_reports_under_its_own_name(rule: risk.Rule) -> None:
    assert rule(risk_case()).rule == _named(rule)
