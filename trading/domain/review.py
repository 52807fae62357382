"""A turn's decisions, reviewed together: closes first, then opens by symbol.

Each later decision sees what the approved ones before it would use: free money, margins and trade counts, as
if those had filled at the mark. Whether they really fill is the venue's to say; it checks the money again.
"""

from dataclasses import dataclass, replace
from typing import Final

from kernel.ids import derive_id
from trading.domain.decisions import Action, Decision
from trading.domain.instruments import Instrument
from trading.domain.market import SymbolSnapshot
from trading.domain.observation import MarketView
from trading.domain.orders import ProposedOrder, Review
from trading.domain.positions import (
    Execution,
    Portfolio,
    compute_effect,
    fee_of,
    taker_notional,
)
from trading.domain.risk import RiskContext, review_order
from trading.domain.sizing import Unsizable, propose_order

_RANK: Final = {Action.CLOSE: 0, Action.BUY: 1, Action.SELL: 1, Action.HOLD: 2}


@dataclass(frozen=True, slots=True)
class ReviewedDecision:
    """One decision with what the rules said. ``outcome``: 'approved', 'denied', 'unsizable' or 'held'.

    ``reason`` is the first breach's rule or the code of what made it unsizable; empty otherwise.
    """

    decision_id: str
    decision: Decision
    order: ProposedOrder | None
    review: Review | None
    outcome: str
    reason: str


def review_turn(
    decisions: tuple[Decision, ...],
    *,
    turn_id: str,
    portfolio: Portfolio,
    view: MarketView,
    instruments: dict[str, Instrument],
    context: RiskContext,
) -> tuple[ReviewedDecision, ...]:
    """Return all decisions reviewed, in the order they are to be executed: closes, opens, holds.

    ``decisions`` holds a symbol at most once (the parser sees to it). Never raises on a decision's content.
    """
    parts = {part.symbol: part for part in view.snapshot.symbols}
    reviewed = []
    for decision in sorted(decisions, key=_turn_order):
        part, instrument = parts.get(decision.symbol), instruments.get(decision.symbol)
        found = _review_one(decision, turn_id, portfolio, view, part, instrument, context)
        reviewed.append(found)
        last = len(reviewed) == len(decisions)
        if found.outcome == "approved" and found.order and instrument and not last:
            portfolio = _project_portfolio(portfolio, found.order, instrument, view.snapshot.market_ms)
            context = _project_context(context, found.order)
    return tuple(reviewed)


def _turn_order(decision: Decision) -> tuple[int, str]:
    return _RANK[decision.action], decision.symbol


def _review_one(
    decision: Decision,
    turn_id: str,
    portfolio: Portfolio,
    view: MarketView,
    part: SymbolSnapshot | None,
    instrument: Instrument | None,
    context: RiskContext,
) -> ReviewedDecision:
    decision_id = derive_id("decision", turn_id, decision.symbol)
    if decision.action is Action.HOLD:
        return ReviewedDecision(decision_id, decision, None, None, "held", "")
    order = propose_order(
        decision,
        decision_id=decision_id,
        portfolio=portfolio,
        equity=context.equity,
        part=part,
        instrument=instrument,
        profile=context.profile,
    )
    if isinstance(order, Unsizable) or part is None or instrument is None:
        code = order.code if isinstance(order, Unsizable) else "unknown_symbol"
        return ReviewedDecision(decision_id, decision, None, None, "unsizable", code)
    snapshot = view.snapshot
    review = review_order(order, portfolio, part, instrument, snapshot.market_ms, snapshot.bar_ms, context)
    outcome = "approved" if review.passed else "denied"
    reason = "" if review.passed else review.breaches[0].rule
    return ReviewedDecision(decision_id, decision, order, review, outcome, reason)


def _project_portfolio(
    portfolio: Portfolio, order: ProposedOrder, instrument: Instrument, market_ms: int
) -> Portfolio:
    """Return the portfolio's money as if the order had filled whole at the mark, with the taker's fee.

    The positions stay as they are: a turn holds one decision a symbol, so no later one looks at this one's.
    """
    if order.reduce_only:
        execution = _execution_at_mark(order, instrument, market_ms)
        effect = compute_effect(portfolio.position_of(order.symbol), execution, 0)
        change, locked = effect.available_change, effect.reserved_change
    else:
        locked = order.margin
        change = -locked - fee_of(order.notional, instrument.taker_fee)
    available, reserved = portfolio.available + change, portfolio.reserved + locked
    return Portfolio(portfolio.account_id, available, reserved, portfolio.positions)


def _execution_at_mark(order: ProposedOrder, instrument: Instrument, market_ms: int) -> Execution:
    notional = taker_notional(order.side, order.qty, order.mark)
    return Execution(
        account_id=order.account_id,
        symbol=order.symbol,
        side=order.side,
        qty=order.qty,
        notional=notional,
        fee=fee_of(notional, instrument.taker_fee),
        leverage=order.leverage,
        stop_loss=None,
        take_profit=None,
        market_ms=market_ms,
        kind="decision",
    )


def _project_context(context: RiskContext, order: ProposedOrder) -> RiskContext:
    """Return the context with one more opening counted; closing counts for nothing."""
    if order.reduce_only:
        return context
    return replace(
        context,
        opens_last_hour=context.opens_last_hour + 1,
        opens_last_day=context.opens_last_day + 1,
    )
