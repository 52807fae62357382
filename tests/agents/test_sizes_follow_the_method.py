"""How house traders size: by the method their settings name, inside what the rules let a trade risk."""

from dataclasses import replace

import pytest

from agents.domain.house.brackets import Bracket, worth_its_risk
from agents.domain.house.knobs import read_knobs
from agents.domain.house.sizes import bounded_share, idea_of, plan_of
from kernel.units import SCALE
from tests.factories.observations import walk_view
from trading.domain.observation import MarketView
from trading.domain.rules import PERCENT, RiskLimits, RuleBook
from trading.domain.sizing_methods import Idea, SizingPlan

VIEW = walk_view(7)
PART = VIEW.snapshot.symbols[0]


def _idea(away: int = 2 * PERCENT, chance: int = 60 * PERCENT, view: MarketView = VIEW) -> Idea:
    stop, target = PART.mark * (SCALE - away) // SCALE, PART.mark * (SCALE + 2 * away) // SCALE
    return idea_of(view, PART, 1, Bracket(stop, target, away), chance, 4)


def _share(idea: Idea, limits: RiskLimits, **settings: int | str) -> int:
    return bounded_share(plan_of(read_knobs("scoring", settings)), idea, limits)


def test_a_fraction_is_what_the_setting_says() -> None:
    assert _share(_idea(), RiskLimits()) == 10 * PERCENT
    assert _share(_idea(), RiskLimits(), size_pct=50) == RiskLimits().max_position


def test_a_far_stop_makes_a_fraction_smaller_instead_of_denied() -> None:
    share = _share(_idea(10 * PERCENT), RiskLimits())
    # 98 % of 2 % over 10.095 % of the price and its fees, at fourfold leverage.
    assert share == 4_850_000
    assert _share(_idea(10 * PERCENT), RiskLimits(max_risk=0)) == 10 * PERCENT


def test_risk_puts_up_what_the_stop_lets_it() -> None:
    # 1 % over the stop's 2 % and 9.9 bp of fees, at fourfold leverage.
    assert _share(_idea(), RiskLimits(), sizing="risk") == 11_910_000
    assert _share(_idea(4 * PERCENT), RiskLimits(), sizing="risk") == 6_100_000


def test_kelly_puts_up_nothing_without_an_edge() -> None:
    assert _share(_idea(chance=30 * PERCENT), RiskLimits(), sizing="kelly") == 0
    assert _share(_idea(), RiskLimits(), sizing="kelly", kelly_pct=2, risk_bp=200) > 0


def test_a_volatility_target_needs_a_volatility() -> None:
    assert _share(_idea(), RiskLimits(), sizing="volatility") > 0
    bare = replace(VIEW, features={})
    assert _share(_idea(view=bare), RiskLimits(), sizing="volatility") == 0


@pytest.mark.parametrize("wrong", ["martingale", 1, None])
def test_an_unknown_sizing_is_refused_by_name(wrong: object) -> None:
    with pytest.raises(ValueError, match="sizing must be one of fraction, risk, kelly, volatility"):
        read_knobs("scoring", {"sizing": wrong})


@pytest.mark.parametrize("side", [1, -1])
def test_a_stop_is_drawn_in_until_the_target_is_worth_it(side: int) -> None:
    mark = 100 * SCALE
    bracket = Bracket(mark - side * 4 * SCALE, mark + side * 8 * SCALE, 4 * PERCENT)
    found = worth_its_risk(side, mark, bracket, mark + side * SCALE, RuleBook().limits)
    assert found is not None
    assert 98 * SCALE // 100 <= side * (mark - found.stop) <= SCALE
    assert worth_its_risk(side, mark, bracket, mark + side * SCALE // 10, RuleBook().limits) is None
    kept = worth_its_risk(side, mark, bracket, mark + side * 5 * SCALE, RiskLimits(min_reward_risk=0))
    assert kept is not None
    assert kept.risk == bracket.risk


def test_no_method_goes_over_what_the_rules_let_a_trade_lose() -> None:
    limits = RiskLimits()
    for method in ("fraction", "risk", "kelly", "volatility"):
        for away in (PERCENT // 2, 2 * PERCENT, 12 * PERCENT):
            share = _share(_idea(away), limits, sizing=method, size_pct=100, risk_bp=2_000, kelly_pct=100)
            lost = share * 4 * (away + 10 * PERCENT // 100) // SCALE
            assert lost <= limits.max_risk
            assert share <= limits.max_position
    assert bounded_share(SizingPlan("fraction", 0), _idea(), limits) == 0
