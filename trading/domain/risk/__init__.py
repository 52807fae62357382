"""The risk rules: one small function a rule, each with its figure and its limit, passed or not.

A rule reads a ``Case`` and nothing else, so the order of rules cannot change a verdict. No rule raises: where
a figure cannot be computed (no equity, an empty book) the rule objects. Limits bind opening only; an order
that reduces is judged by ``CLOSING_RULES``, which knows no limit (docs/algorithms/risk.md).
"""

from trading.domain.risk.account_rules import (
    ACCOUNT_RULES,
    cooldown,
    daily_loss,
    drawdown,
    trades_day,
    trades_hour,
    trading_state,
)
from trading.domain.risk.case import (
    Case,
    Exposure,
    RiskContext,
    Rule,
    SymbolFacts,
    exposures_of,
    symbol_facts,
)
from trading.domain.risk.exposure_rules import correlated_exposure, exposure, risk_per_trade
from trading.domain.risk.market_rules import MARKET_RULES, blackout, spread, stale_data
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
from trading.domain.risk.reviewing import CLOSING_RULES, ORDER_RULES, RULES, reduces_position, review_order

__all__ = [
    "ACCOUNT_RULES",
    "CLOSING_RULES",
    "MARKET_RULES",
    "ORDER_RULES",
    "RULES",
    "Case",
    "Exposure",
    "RiskContext",
    "Rule",
    "SymbolFacts",
    "blackout",
    "confidence",
    "cooldown",
    "correlated_exposure",
    "daily_loss",
    "drawdown",
    "exposure",
    "exposures_of",
    "free_margin",
    "leverage_max",
    "leverage_min",
    "leverage_tier",
    "limit_distance",
    "limit_on_tick",
    "limit_side",
    "liquidity",
    "order_minimum",
    "position_size",
    "reduces_position",
    "review_order",
    "reward_risk",
    "risk_per_trade",
    "spread",
    "stale_data",
    "stop_before_liquidation",
    "stop_side",
    "symbol_allowed",
    "symbol_facts",
    "target_side",
    "trades_day",
    "trades_hour",
    "trading_state",
    "trail_bounds",
]
