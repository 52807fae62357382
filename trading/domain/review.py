"""A turn's decisions, reviewed together: closes first, then opens by symbol.

Each later decision sees what the approved ones before it would use: free money, margins and trade counts, as
if those had filled at the mark. Whether they really fill is the venue's to say; it checks the money again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from kernel.ids import derive_id
from kernel.units import Rounding, mul_div
from trading.domain.account import Account, book_execution
from trading.domain.correlation import Correlations, correlations_of
from trading.domain.decisions import Action, Decision
from trading.domain.instruments import Instrument
from trading.domain.observation import MarketView
from trading.domain.orders import ProposedOrder, Review
from trading.domain.positions import (
    Execution,
    Portfolio,
    fee_of,
    taker_notional,
)
from trading.domain.risk import Exposure, RiskContext, SymbolFacts, review_order, symbol_facts
from trading.domain.rules import RuleBook
from trading.domain.sizing import close_order, propose_order
from trading.domain.sizing_methods import Unsizable

_RANK: Final = {Action.CLOSE: 0, Action.BUY: 1, Action.SELL: 1, Action.HOLD: 2}

ENDS_WAITING: Final = "ends_waiting"
"""Why a CLOSE without a position is approved: openings wait on its symbol."""


@dataclass(frozen=True, slots=True)
class ReviewedDecision:
    """One decision with what the rules said. ``outcome``: 'approved', 'denied', 'unsizable' or 'held'.

    ``reason`` is the first breach's rule or the code of what made it unsizable; empty otherwise. Approved
    without an order is a CLOSE that only ends what waits on its symbol (``ENDS_WAITING``).
    """

    decision_id: str
    decision: Decision
    order: ProposedOrder | None
    review: Review | None
    outcome: str
    reason: str


class MarketFacts:
    """What the rules need of every symbol in one round: worked out once, when first asked for."""

    def __init__(self, view: MarketView, instruments: Mapping[str, Instrument], rules: RuleBook) -> None:
        self.rules = rules
        self._snapshot = view.snapshot
        self._instruments = instruments
        self._parts = {part.symbol: part for part in view.snapshot.symbols}
        self._symbols: dict[str, SymbolFacts] = {}
        self.marks = view.marks

    @cached_property
    def correlations(self) -> Correlations:
        """How alike the snapshot's symbols move."""
        return correlations_of(self._snapshot.symbols)

    def of(self, symbol: str) -> SymbolFacts | None:
        """Return a symbol's facts; None without a market or an instrument."""
        if symbol not in self._symbols:
            part, instrument = self._parts.get(symbol), self._instruments.get(symbol)
            if part is None or instrument is None:
                return None
            snapshot = self._snapshot
            self._symbols[symbol] = symbol_facts(
                part, instrument, self.rules, snapshot.market_ms, snapshot.bar_ms, self.correlations
            )
        return self._symbols[symbol]


def review_turn(
    decisions: tuple[Decision, ...],
    *,
    turn_id: str,
    portfolio: Portfolio,
    view: MarketView,
    instruments: Mapping[str, Instrument],
    context: RiskContext,
    facts: MarketFacts | None = None,
) -> tuple[ReviewedDecision, ...]:
    """Return all decisions reviewed, in the order they are to be executed: closes, opens, holds.

    ``decisions`` holds a symbol at most once (the parser sees to it). ``facts`` are the round's under the
    context's rules, where several turns share them. Never raises on a decision's content.
    """
    if facts is None:
        facts = MarketFacts(view, instruments, context.rules)
    reviewed = []
    for decision in sorted(decisions, key=_turn_order):
        free, cleared = _without_replaced(portfolio, context, decision)
        found = _review_one(decision, turn_id, free, facts.of(decision.symbol), cleared)
        if found.reason == "no_position" and cleared is not context:
            found = replace(found, outcome="approved", reason=ENDS_WAITING)
        reviewed.append(found)
        if found.outcome == "approved":
            portfolio, context = free, cleared
        last = len(reviewed) == len(decisions)
        if found.outcome == "approved" and found.order and not last:
            instrument = instruments[decision.symbol]
            portfolio, context = _project(
                portfolio, context, found.order, instrument, view.snapshot.market_ms
            )
    return tuple(reviewed)


def _without_replaced(
    portfolio: Portfolio, context: RiskContext, decision: Decision
) -> tuple[Portfolio, RiskContext]:
    """Return money and standing without the resting openings that a decision replaces; the same if none."""
    if decision.action is Action.HOLD:
        return portfolio, context
    gone = [item for item in context.exposures if item.reserved and item.symbol == decision.symbol]
    if not gone:
        return portfolio, context
    freed = sum([item.reserved for item in gone])
    money = replace(portfolio, available=portfolio.available + freed, reserved=portfolio.reserved - freed)
    left = tuple([item for item in context.exposures if item not in gone])
    return money, replace(context, exposures=left)


def _turn_order(decision: Decision) -> tuple[int, str]:
    return _RANK[decision.action], decision.symbol


def _review_one(
    decision: Decision,
    turn_id: str,
    portfolio: Portfolio,
    facts: SymbolFacts | None,
    context: RiskContext,
) -> ReviewedDecision:
    decision_id = derive_id("decision", turn_id, decision.symbol)
    if decision.action is Action.HOLD:
        return ReviewedDecision(decision_id, decision, None, None, "held", "")
    if facts is None:
        return ReviewedDecision(decision_id, decision, None, None, "unsizable", "unknown_symbol")
    order = propose_order(
        decision,
        decision_id=decision_id,
        portfolio=portfolio,
        equity=context.equity,
        part=facts.part,
        instrument=facts.instrument,
        profile=context.profile,
    )
    if isinstance(order, Unsizable):
        return ReviewedDecision(decision_id, decision, None, None, "unsizable", order.code)
    review = _review_reversal if order.reverse else review_order
    found = review(order, portfolio, facts, context)
    outcome = "approved" if found.passed else "denied"
    return ReviewedDecision(
        decision_id, decision, order, found, outcome, "" if found.passed else found.breaches[0].rule
    )


def _review_reversal(
    order: ProposedOrder, portfolio: Portfolio, facts: SymbolFacts, context: RiskContext
) -> Review:
    """Return the findings on both legs: that the close reduces, and every rule on what would remain.

    Both or neither: where the opening is denied nothing is closed, since that was not asked for alone.
    """
    held = portfolio.position_of(order.symbol)
    if held is None:
        return review_order(order, portfolio, facts, context)
    close = close_order(held, held.qty, order.mark, order.decision_id)
    closing = review_order(close, portfolio, facts, context)
    after, flat = _project_close(portfolio, context, close, facts.instrument, facts.snapshot_ms)
    rest = tuple([position for position in after.positions if position.symbol != order.symbol])
    opening = review_order(order, replace(after, positions=rest), facts, flat)
    return Review((*closing.results, *opening.results))


def _project(
    portfolio: Portfolio, context: RiskContext, order: ProposedOrder, instrument: Instrument, market_ms: int
) -> tuple[Portfolio, RiskContext]:
    """Return money and standing as if the order had filled whole, at the mark or its limit, as a taker.

    No position is opened: a turn holds one decision a symbol, so no later one looks at this one's. A close
    is booked: on cross margin its loss may take from the others' margins.
    """
    if order.reduce_only:
        return _project_close(portfolio, context, order, instrument, market_ms)
    held = portfolio.position_of(order.symbol)
    if order.reverse and held is not None:
        close = close_order(held, held.qty, order.mark, order.decision_id)
        portfolio, context = _project_close(portfolio, context, close, instrument, market_ms)
    used = order.margin + fee_of(order.notional, instrument.taker_fee)
    opened = Exposure(order.symbol, order.side, order.notional)
    return (
        replace(
            portfolio,
            available=portfolio.available - used,
            reserved=portfolio.reserved + order.margin,
        ),
        replace(
            context,
            opens_last_hour=context.opens_last_hour + 1,
            opens_last_day=context.opens_last_day + 1,
            exposures=(*context.exposures, opened),
        ),
    )


def _project_close(
    portfolio: Portfolio, context: RiskContext, order: ProposedOrder, instrument: Instrument, market_ms: int
) -> tuple[Portfolio, RiskContext]:
    """Return money, margins and exposures after a close at the mark; closing counts for no limit."""
    held = portfolio.position_of(order.symbol)
    account = Account(portfolio, mode=context.rules.margin_mode)
    booked = book_execution(account, _execution_at_mark(order, instrument, market_ms))
    left = 0 if held is None else held.qty - order.qty
    exposures = [
        item if item.symbol != order.symbol or item.margin else _scaled(item, left, order.qty + left)
        for item in context.exposures
    ]
    standing = replace(context, exposures=tuple([item for item in exposures if item.notional > 0]))
    return booked.account.portfolio, standing


def _scaled(item: Exposure, left: int, whole: int) -> Exposure:
    """Return a position's exposure after a part of it was closed, rounded up where it counts."""
    notional, maintenance = (
        mul_div(amount, left, whole, Rounding.UP) for amount in (item.notional, item.maintenance)
    )
    unrealised = mul_div(item.unrealised, left, whole, Rounding.DOWN)
    return item._replace(notional=notional, maintenance=maintenance, unrealised=unrealised)


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
