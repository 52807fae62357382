"""The rules on what is at stake: by this trade, by everything together, by what moves as one."""

from kernel.units import SCALE
from trading.domain.orders import RuleResult
from trading.domain.risk.case import Case, share


def risk_at_stop(case: Case) -> int:
    """Return what is lost where the stop is hit, in units: the way there and both taker fees, rounded up.

    For the whole position after the order, since its stop replaces the old one: what is held loses from the
    mark, the order from its own price. Without a stop the margin is what can be lost.
    """
    order, held, fee = case.order, case.held, case.facts.instrument.taker_fee
    stop, held_qty = order.stop_loss, held.qty if held else 0
    paid = -(-order.notional * fee // SCALE)
    if stop is None:
        return order.margin + (held.margin if held else 0) + paid
    bought_at = order.mark if order.terms.price is None else order.terms.price
    way = order.side * (order.qty * (bought_at - stop) + held_qty * (order.mark - stop))
    left = -(-(order.qty + held_qty) * max(0, stop) // SCALE)
    return max(0, -(-way // SCALE)) + paid - (-left * fee // SCALE)


def risk_per_trade(case: Case) -> RuleResult:
    """Check that what the stop loses, fees included, is at most its share of equity; limit 0: none."""
    figure, limit = share(risk_at_stop(case), case.context.equity), case.limits.max_risk
    return RuleResult("risk_per_trade", figure <= limit or limit == 0, figure, limit, "ratio")


def exposure(case: Case) -> RuleResult:
    """Check that all notionals, this one included, are at most the limit's share of equity; limit 0: none."""
    total = case.order.notional + sum([item.notional for item in case.context.exposures])
    figure, limit = share(total, case.context.equity), case.limits.max_exposure
    return RuleResult("exposure", figure <= limit or limit == 0, figure, limit, "ratio")


def correlated_exposure(case: Case) -> RuleResult:
    """Check the same of what is one bet with the order; limit 0: none.

    One bet is what is held the order's way on a symbol that moves with its own, or the other way on one that
    moves against it. A hedge takes nothing off: it may not be there tomorrow.
    """
    total, side, together = case.order.notional, case.order.side, case.facts.together
    for item in case.context.exposures:
        if together.get(item.symbol, 0) * item.side == side:
            total += item.notional
    figure, limit = share(total, case.context.equity), case.limits.max_correlated
    return RuleResult("correlated_exposure", figure <= limit or limit == 0, figure, limit, "ratio")
