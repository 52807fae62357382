"""All rules on one order. Their order is the one verdicts are shown in; it decides nothing else."""

from typing import Final

from kernel.units import SCALE
from trading.domain.orders import ProposedOrder, Review, RuleResult
from trading.domain.positions import Portfolio
from trading.domain.risk.account_rules import ACCOUNT_RULES
from trading.domain.risk.case import UNKNOWN, Case, RiskContext, Rule, SymbolFacts, share
from trading.domain.risk.exposure_rules import correlated_exposure, exposure, risk_per_trade
from trading.domain.risk.market_rules import MARKET_RULES
from trading.domain.risk.order_rules import (
    confidence,
    free_margin,
    leverage_max,
    leverage_min,
    leverage_tier,
    limit_distance,
    limit_on_tick,
    limit_side,
    liquidity,
    order_minimum,
    position_size,
    reward_risk,
    stop_before_liquidation,
    stop_side,
    symbol_allowed,
    target_side,
    trail_bounds,
)


def reduces_position(case: Case) -> RuleResult:
    """Check that the order is against the position and not larger: the share it closes is at most all."""
    order, held = case.order, case.held
    against = held is not None and held.side == -order.side
    figure = share(order.qty, held.qty) if held is not None and against else UNKNOWN
    return RuleResult("reduces_position", figure <= SCALE, figure, SCALE, "ratio")


ORDER_RULES: Final[tuple[Rule, ...]] = (
    symbol_allowed,
    leverage_min,
    leverage_max,
    leverage_tier,
    position_size,
    order_minimum,
    limit_on_tick,
    limit_side,
    limit_distance,
    stop_side,
    target_side,
    trail_bounds,
    stop_before_liquidation,
    reward_risk,
    confidence,
    risk_per_trade,
    exposure,
    correlated_exposure,
    liquidity,
    free_margin,
)
"""They read the order, and with it everything else."""

RULES: Final[tuple[Rule, ...]] = (*ACCOUNT_RULES, *MARKET_RULES, *ORDER_RULES)
"""What an order that opens or adds must pass."""

CLOSING_RULES: Final[tuple[Rule, ...]] = (reduces_position,)
"""What a reduce-only order must pass: it reduces. No limit on opening may ever stand here."""


def review_order(
    order: ProposedOrder, portfolio: Portfolio, facts: SymbolFacts, context: RiskContext
) -> Review:
    """Return every rule's result for one order on the symbol of these facts; never raises.

    An opening that reverses is judged by what would be left of it after the close: see ``review_turn``.
    """
    held = portfolio.position_of(order.symbol)
    case = Case(order, held, portfolio.available, facts, context, context.rules.limits)
    if order.reduce_only:
        return Review(tuple([rule(case) for rule in CLOSING_RULES]))
    if not facts.findings:
        facts.findings = tuple([rule(case) for rule in MARKET_RULES])
    account = [rule(case) for rule in ACCOUNT_RULES]
    return Review((*account, *facts.findings, *[rule(case) for rule in ORDER_RULES]))
