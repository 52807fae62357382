"""The rules on the symbol's market alone: in one round they find the same for every order on it."""

from typing import Final

from trading.domain.orders import RuleResult
from trading.domain.risk.case import UNKNOWN, Case, Rule


def spread(case: Case) -> RuleResult:
    """Check that best ask minus best bid, over their middle, is at most the limit."""
    found, limit = case.facts.spread, case.limits.max_spread
    figure = UNKNOWN if found is None else found
    return RuleResult("spread", figure <= limit, figure, limit, "ratio")


def stale_data(case: Case) -> RuleResult:
    """Check that the source spoke within the limit, or within one and a half bars where bars are longer."""
    facts = case.facts
    age = max(0, facts.snapshot_ms - facts.part.observed_ms)
    limit = max(case.limits.max_data_age_ms, facts.bar_ms * 3 // 2)
    return RuleResult("stale_data", age <= limit, age, limit, "ms")


def blackout(case: Case) -> RuleResult:
    """Check that no blackout holds for the symbol; the figure is how long the last of them still takes."""
    facts = case.facts
    now, symbol = facts.snapshot_ms, facts.part.symbol
    left = 0
    for item in facts.rules.blackouts:
        if item.from_ms <= now < item.until_ms and item.symbol in {"", symbol}:
            left = max(left, item.until_ms - now)
    return RuleResult("blackout", left == 0, left, 0, "ms")


MARKET_RULES: Final[tuple[Rule, ...]] = (spread, stale_data, blackout)
"""They read the facts of the symbol and the limits, and nothing of the order or the contestant."""
