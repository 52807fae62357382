"""What holds for the rules whatever the figures: closing is free, order is nothing, nothing raises."""

from dataclasses import fields, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.units import SCALE
from tests.factories.orders import (
    NOW_MS,
    closing_order,
    open_position,
    portfolio_of,
    risk_context,
    round_facts,
)
from tests.factories.risk_cases import AMOUNTS, CONTEXTS, PARTS, openings
from trading.domain.market import SymbolSnapshot
from trading.domain.orders import ProposedOrder
from trading.domain.positions import Position
from trading.domain.risk import (
    ACCOUNT_RULES,
    MARKET_RULES,
    RULES,
    Case,
    RiskContext,
    SymbolFacts,
    review_order,
)
from trading.domain.rules import RiskLimits


def _facts(part: SymbolSnapshot, context: RiskContext, age: int = 0) -> SymbolFacts:
    return round_facts(part, context, snapshot_ms=NOW_MS + age)


@given(
    context=CONTEXTS,
    part=PARTS,
    side=st.sampled_from([1, -1]),
    qty=st.integers(1, SCALE),
    available=AMOUNTS,
    age=st.integers(0, NOW_MS),
)
def test_no_combination_of_limits_blocks_a_close(
    context: RiskContext, part: SymbolSnapshot, side: int, qty: int, available: int, age: int
) -> None:
    portfolio = portfolio_of(open_position(side), available=available)
    order = closing_order(-side, qty)
    review = review_order(order, portfolio, _facts(part, context, age), context)
    assert review.passed
    assert [result.rule for result in review.results] == ["reduces_position"]


@given(order=openings(), context=CONTEXTS, part=PARTS, available=AMOUNTS, data=st.data())
def test_the_order_of_the_rules_cannot_change_a_verdict(
    order: ProposedOrder, context: RiskContext, part: SymbolSnapshot, available: int, data: st.DataObject
) -> None:
    held: Position | None = data.draw(st.sampled_from([None, open_position(order.side)]))
    case = Case(order, held, available, _facts(part, context), context, context.rules.limits)
    straight = {rule(case) for rule in RULES}
    shuffled = {rule(case) for rule in data.draw(st.permutations(RULES))}
    assert straight == shuffled
    assert len({result.rule for result in straight}) == len(RULES)


@given(order=openings(), context=CONTEXTS, part=PARTS, available=AMOUNTS)
def test_a_review_never_raises_and_passes_only_if_every_rule_does(
    order: ProposedOrder, context: RiskContext, part: SymbolSnapshot, available: int
) -> None:
    portfolio = portfolio_of(available=available)
    review = review_order(order, portfolio, _facts(part, context), context)
    assert len(review.results) == len(RULES)
    assert review.passed is (not review.breaches)


@given(order=openings(), more=st.integers(0, 10**18))
def test_more_free_money_never_turns_a_pass_into_a_refusal(order: ProposedOrder, more: int) -> None:
    verdicts = [
        review_order(
            order,
            portfolio_of(available=free),
            round_facts(),
            risk_context(),
        ).passed
        for free in (10_000 * SCALE, 10_000 * SCALE + more)
    ]
    assert verdicts[0] <= verdicts[1]


TIGHTER = {
    "min_leverage": 1,
    "max_leverage": -1,
    "max_position": -1,
    "min_order": 1,
    "max_trades_hour": -1,
    "max_trades_day": -1,
    "max_daily_loss": -1,
    "max_drawdown": -1,
    "max_spread": -1,
    "min_liquidity": 1,
    "liquidity_band": -1,
    "max_data_age_ms": -1,
    "max_risk": -1,
    "max_exposure": -1,
    "max_correlated": -1,
    "correlation_from": -1,
    "cooldown_ms": 1,
    "min_reward_risk": 1,
}
"""The way in which each limit gets tighter."""

NONE_AT_ZERO = {"max_risk", "max_exposure", "max_correlated"}
"""Limits that are none at 0, which is the loosest they can be."""


def _loosest(name: str, limits: RiskLimits) -> RiskLimits:
    figure = max(1, getattr(limits, name)) if name in NONE_AT_ZERO else getattr(limits, name)
    changes: dict[str, Any] = {name: figure}
    return replace(limits, **changes)


def test_every_limit_but_a_flag_has_a_way_to_get_tighter() -> None:
    assert set(TIGHTER) == {field.name for field in fields(RiskLimits)} - {"require_stop"}


@settings(max_examples=300)
@given(
    order=openings(),
    context=CONTEXTS,
    part=PARTS,
    available=AMOUNTS,
    name=st.sampled_from(sorted(TIGHTER)),
    by=st.integers(0, 10**9),
)
def test_a_tighter_limit_never_approves_what_a_looser_one_denies(
    order: ProposedOrder, context: RiskContext, part: SymbolSnapshot, available: int, name: str, by: int
) -> None:
    limits = _loosest(name, context.rules.limits)
    figure = getattr(limits, name) + TIGHTER[name] * by
    changed: dict[str, Any] = {name: max(1, figure) if name in NONE_AT_ZERO else figure}
    passed = []
    for each in (limits, replace(limits, **changed)):
        under = replace(context, rules=replace(context.rules, limits=each))
        review = review_order(order, portfolio_of(available=available), _facts(part, under), under)
        passed.append({result.rule for result in review.results if result.passed})
    loose, tight = passed
    assert tight <= loose


@given(
    order=openings(),
    context=CONTEXTS,
    part=PARTS,
    available=AMOUNTS,
    name=st.sampled_from(sorted(NONE_AT_ZERO)),
)
def test_a_limit_that_is_left_out_lets_pass_whatever_any_figure_of_it_lets_pass(
    order: ProposedOrder, context: RiskContext, part: SymbolSnapshot, available: int, name: str
) -> None:
    none: dict[str, Any] = {name: 0}
    limits = context.rules.limits
    under = [
        replace(context, rules=replace(context.rules, limits=each))
        for each in (limits, replace(limits, **none))
    ]
    with_it, without = (
        review_order(order, portfolio_of(available=available), _facts(part, each), each) for each in under
    )
    assert with_it.passed <= without.passed


@given(order=openings(), other=openings(), context=CONTEXTS, part=PARTS)
def test_what_is_found_once_does_not_look_at_the_order(
    order: ProposedOrder, other: ProposedOrder, context: RiskContext, part: SymbolSnapshot
) -> None:
    facts, limits = _facts(part, context), context.rules.limits
    cases = [
        Case(order, None, 0, facts, context, limits),
        Case(other, open_position(other.side), 10**18, facts, context, limits),
    ]
    for rule in (*ACCOUNT_RULES, *MARKET_RULES):
        assert rule(cases[0]) == rule(cases[1])
