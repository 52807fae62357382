"""The limits that a rule book may have or leave out, a line each: what it leaves out costs no token."""

from collections.abc import Iterator

from agents.domain.llm.figures import is_plain_symbol, short, short_percent
from kernel.time import SECOND_MS, iso_utc
from trading.domain.rules import RiskLimits, RuleBook


def later_limits(rules: RuleBook) -> tuple[str, ...]:
    """Return the lines of the limits that are set, in the order of the rules."""
    return (*_limits(rules.limits), *_blackouts(rules))


def _limits(limits: RiskLimits) -> Iterator[str]:
    if limits.max_risk:
        most = short_percent(limits.max_risk)
        yield f"- risk: what stop_loss loses, fees included, at most {most} of equity"
    if limits.min_reward_risk:
        least = short(limits.min_reward_risk)
        yield f"- reward: take_profit at least {least} x as far from the mark as stop_loss"
    if limits.max_exposure:
        yield f"- exposure: notional of all positions at most {short_percent(limits.max_exposure)} of equity"
    if limits.max_correlated:
        alike, most = short(limits.correlation_from), short_percent(limits.max_correlated)
        yield f"- one bet: of those that move alike (correlation {alike}) in one direction at most {most}"
    if limits.cooldown_ms:
        yield f"- pause: no openings for {seconds(limits.cooldown_ms)} after a losing trade"


def _blackouts(rules: RuleBook) -> Iterator[str]:
    for item in rules.blackouts:
        if not item.symbol or is_plain_symbol(item.symbol):
            where = f" on {item.symbol}" if item.symbol else ""
            yield f"- blackout: no openings{where} from {iso_utc(item.from_ms)} to {iso_utc(item.until_ms)}"


def seconds(ms: int) -> str:
    """Return a time in whole seconds."""
    return f"{ms // SECOND_MS} s"
