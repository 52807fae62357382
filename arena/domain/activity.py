"""What contestants did, as the faces show it: decisions, fills, trades, lines of the feed. Money at 1e-8."""

from dataclasses import dataclass

from trading.domain.invalidation import Invalidation
from trading.domain.orders import RuleResult


@dataclass(frozen=True, slots=True)
class FillView:
    """An execution. ``price`` is the average, rounded to the unit."""

    order_id: str
    contestant_slug: str
    contestant_name: str
    symbol: str
    side: int
    qty: int
    price: int
    notional: int
    fee: int
    pnl: int
    kind: str
    ambiguous: bool
    market_ms: int


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision with its verdicts and what came of it."""

    id: str
    contestant_slug: str
    contestant_name: str
    position: int
    round_number: int
    market_ms: int
    symbol: str
    action: str
    size: int
    leverage: int
    stop_loss: int | None
    take_profit: int | None
    confidence: int
    invalidation: str
    reasoning: str
    outcome: str
    reason: str
    verdicts: tuple[RuleResult, ...]
    fill: FillView | None
    watch: Invalidation | None = None
    """What closes the position between rounds; None where nothing is watched."""
    evidence: tuple[str, ...] = ()
    """Keys of the snapshot that the decision says it relies on."""
    limit_price: int | None = None
    """Worst price accepted; None at the market."""
    trail: int = 0
    """Distance of the trailing stop asked for, as a ratio; 0 for none."""
    reverse: bool = False
    """Whether what was held on the other side was to be closed first."""


@dataclass(frozen=True, slots=True)
class TradeView:
    """A closed trade, flat to flat. ``net`` is profit and loss after fees and funding."""

    symbol: str
    side: int
    opened_ms: int
    closed_ms: int
    pnl: int
    fees: int
    net: int
    exit_kind: str
    funding: int = 0
    """Funding received over its life; paid is negative."""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One line of the activity feed: a decision, a forced hold, or an exit that fired by plan.

    ``kind``: 'decision', 'forced_hold' or 'exit'; a decision has its part set, an exit its fill.
    """

    kind: str
    contestant_slug: str
    contestant_name: str
    position: int
    market_ms: int
    round_number: int | None
    reason: str
    summary: str
    decision: DecisionView | None = None
    fill: FillView | None = None
