"""Bits of a batch against the rules one by one: the same for every figure, at the edges above all."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.units import SCALE
from tests.factories.orders import (
    MARK,
    btc_instrument,
    open_position,
    proposed_order,
    risk_case,
    risk_context,
    round_facts,
    usdt,
)
from tests.factories.risk_cases import AMOUNTS, CONTEXTS, LIMITS, PARTS, openings
from trading.domain.market import SymbolSnapshot
from trading.domain.risk import RULES, Case, Exposure, RiskContext, stop_before_liquidation
from trading.domain.risk.batch import BIT, columns_of, verdict_bits
from trading.domain.rules import PERCENT, RiskLimits
from trading.domain.terms import Terms
from trading.domain.tiers import Tier

TIERS = (Tier(0, usdt(5_000), 400_000, 0, 20), Tier(usdt(5_000), 10**18, 500_000, usdt(5), 4))


def _bits(case: Case) -> int:
    return sum(BIT[rule.__name__] for rule in RULES if not rule(case).passed)


def _assert_same(cases: list[Case]) -> None:
    assert verdict_bits(columns_of(cases)).tolist() == [_bits(case) for case in cases]


@settings(max_examples=300)
@given(context=CONTEXTS, part=PARTS, available=AMOUNTS, data=st.data())
def test_whatever_the_figures_a_batch_finds_what_the_rules_find(
    context: RiskContext, part: SymbolSnapshot, available: int, data: st.DataObject
) -> None:
    facts = round_facts(part, context, instrument=replace(btc_instrument(), tiers=TIERS))
    cases = []
    for order in data.draw(st.lists(openings(), min_size=1, max_size=4)):
        held = data.draw(st.sampled_from([None, open_position(order.side)]))
        priced = replace(order, mark=part.mark)
        cases.append(Case(priced, held, available, facts, context, context.rules.limits))
    _assert_same(cases)


SMALL = st.integers(-3, 3)


@st.composite
def _edges(draw: st.DrawFn) -> Case:
    """Return an opening whose figures lie on the edges of the rules, or a unit beside them."""
    side = draw(st.sampled_from([1, -1]))
    equity = 10_000 * SCALE + draw(SMALL)
    order = proposed_order(side, draw(st.sampled_from([SCALE // 10, SCALE // 10 + 1, SCALE // 2])))
    stop = draw(st.sampled_from([1_900, 1_949, 2_000, 9_797, 10_000]))
    order = replace(
        order,
        margin=draw(st.sampled_from([2_000, 1_000])) * SCALE + draw(SMALL),
        stop_loss=MARK - side * usdt(stop) + draw(SMALL),
        take_profit=MARK + side * usdt(draw(st.sampled_from([1_900, 2_000, 9_797]))) + draw(SMALL),
        confidence=65 * PERCENT + draw(SMALL),
        trail=draw(st.sampled_from([0, PERCENT // 10, 20 * PERCENT])) + abs(draw(SMALL)),
        terms=draw(
            st.sampled_from([Terms(), Terms("limit", MARK - side * usdt(5_000) + draw(SMALL), "gtc", True)])
        ),
    )
    held = draw(st.sampled_from([None, open_position(side, SCALE // 10, leverage=5)]))
    exposed = draw(st.sampled_from([55_000, 35_000])) * SCALE + draw(SMALL)
    context = replace(
        risk_context(RiskLimits(max_risk=draw(st.sampled_from([1_949_050, 1_949_049, 2 * PERCENT])))),
        equity=equity,
        day_start_equity=equity * 20 // 19 + draw(SMALL),
        peak_equity=equity * 5 // 4 + draw(SMALL),
        exposures=(Exposure("ETH", draw(st.sampled_from([1, -1])), exposed),),
    )
    facts = round_facts(context=context, instrument=replace(btc_instrument(), tiers=TIERS))
    available = order.margin + order.notional * 50_000 // SCALE + draw(SMALL)
    return Case(order, held, available, facts, context, context.rules.limits)


@settings(max_examples=400)
@given(case=_edges())
def test_on_the_very_edge_a_batch_finds_what_the_rules_find(case: Case) -> None:
    _assert_same([case])


@given(case=_edges(), by=SMALL, cross=st.booleans())
def test_a_stop_at_the_liquidation_price_is_judged_alike(case: Case, by: int, *, cross: bool) -> None:
    rules = replace(case.context.rules, margin_mode="cross" if cross else "isolated")
    context = replace(case.context, rules=rules, equity=usdt(2_000))
    case = case._replace(context=context, facts=replace(case.facts, rules=rules))
    root = stop_before_liquidation(case).limit
    _assert_same([case._replace(order=replace(case.order, stop_loss=root + by))])


@given(limits=LIMITS, case=_edges())
def test_other_limits_are_judged_without_new_columns(limits: RiskLimits, case: Case) -> None:
    kept = replace(
        limits,
        liquidity_band=case.limits.liquidity_band,
        correlation_from=case.limits.correlation_from,
    )
    found = verdict_bits(columns_of([case]), kept)
    assert found.tolist() == [_bits(case._replace(limits=kept))]


def test_a_sound_opening_has_no_bit_and_a_bad_one_those_of_its_breaches() -> None:
    facts = round_facts()
    good = risk_case()._replace(facts=facts)
    bad = good._replace(order=replace(good.order, leverage=50, confidence=0))
    found = verdict_bits(columns_of([good, bad, good]))
    assert found.tolist() == [0, BIT["leverage_max"] | BIT["confidence"], 0]
    assert found.dtype == np.int64


def test_a_batch_is_about_one_symbol_in_one_round() -> None:
    with pytest.raises(ValueError, match="one symbol in one round"):
        columns_of([risk_case(), risk_case()])
