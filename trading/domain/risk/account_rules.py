"""The rules on the contestant alone: whatever it orders, they find the same."""

from typing import Final

from trading.domain.orders import RuleResult
from trading.domain.risk.case import UNKNOWN, Case, Rule, share


def trading_state(case: Case) -> RuleResult:
    """Check that trading is active, for everybody and for this contestant. Flag: 1 is open."""
    is_open = case.context.trading_level == "active" and not case.context.contestant_paused
    return RuleResult("trading_state", is_open, int(is_open), 1, "flag")


def trades_hour(case: Case) -> RuleResult:
    """Check that openings in the last hour, this one included, are at most the limit."""
    count, limit = case.context.opens_last_hour + 1, case.limits.max_trades_hour
    return RuleResult("trades_hour", count <= limit, count, limit, "count")


def trades_day(case: Case) -> RuleResult:
    """Check that openings in the last 24 hours, this one included, are at most the limit."""
    count, limit = case.context.opens_last_day + 1, case.limits.max_trades_day
    return RuleResult("trades_day", count <= limit, count, limit, "count")


def daily_loss(case: Case) -> RuleResult:
    """Check that the day's loss is below the limit; reaching it stops opening until 00:00 UTC."""
    base, limit = case.context.day_start_equity, case.limits.max_daily_loss
    loss = share(max(0, base - case.context.equity), base)
    return RuleResult("daily_loss", loss < limit, loss, limit, "ratio")


def drawdown(case: Case) -> RuleResult:
    """Check that the fall from the highest equity is below the limit; reaching it stops opening."""
    peak, limit = case.context.peak_equity, case.limits.max_drawdown
    fall = share(max(0, peak - case.context.equity), peak)
    return RuleResult("drawdown", fall < limit, fall, limit, "ratio")


def cooldown(case: Case) -> RuleResult:
    """Check that a losing trade is as long ago as the limit asks; the largest figure: none was."""
    last, limit = case.context.last_loss_ms, case.limits.cooldown_ms
    elapsed = UNKNOWN if last is None else max(0, case.facts.snapshot_ms - last)
    return RuleResult("cooldown", elapsed >= limit, elapsed, limit, "ms")


ACCOUNT_RULES: Final[tuple[Rule, ...]] = (
    trading_state,
    trades_hour,
    trades_day,
    daily_loss,
    drawdown,
    cooldown,
)
"""They read the context, the limits and the time, and nothing of the order."""
