"""What holds for the rules whatever the figures: closing is free, order is nothing, nothing raises."""

from hypothesis import given
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
from trading.domain.risk import RULES, Case, RiskContext, SymbolFacts, review_order


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
