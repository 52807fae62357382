"""What the faces show: frozen read models that selectors return. Money in units of 1e-8, ratios likewise.

The same values feed the pages, the API and the live feed, so that they cannot disagree.
"""

from dataclasses import dataclass

from trading.domain.orders import RuleResult


@dataclass(frozen=True, slots=True)
class SeasonView:
    """A season's head: what stands at the top of every page."""

    id: str
    slug: str
    name: str
    status: str
    ranked: bool
    market_kind: str
    market_label: str
    clock: str
    speed: int
    proof: str
    interval_ms: int
    starting_capital: int
    rulebook_sha256: str
    rulebook_version: int
    rounds_closed: int
    version: int
    market_ms: int
    """Market time of the newest published state."""
    next_round_ms: int | None
    """Market time at which the next round opens; None if none will."""
    trading_level: str
    books_balance: bool
    books_problem: str
    replay_head: str


@dataclass(frozen=True, slots=True)
class StandingView:
    """One row of the board. ``net`` is equity over starting capital minus one."""

    rank: int
    contestant_id: str
    slug: str
    name: str
    subtitle: str
    kind: str
    status: str
    baseline: bool
    position: int
    equity: int
    net: int
    gross: int
    """Net before fees, in ratio of starting capital."""
    costs: int
    """Fees as a ratio of starting capital."""
    max_drawdown: int
    sharpe: float | None
    """Annualised from round returns; None for less than a week of rounds or no variance."""
    trades: int
    wins: int
    orders: int
    denials: int
    forced_holds: int
    turns: int
    open_positions: int
    exposure: int
    """Notional of open positions over equity."""
    sparkline: tuple[int, ...]
    """Equity at up to 48 evenly spaced rounds, oldest first."""


@dataclass(frozen=True, slots=True)
class CurveView:
    """An equity curve thinned to at most ``points`` rounds; always holds the first and the last."""

    contestant_id: str
    slug: str
    name: str
    position: int
    baseline: bool
    points: tuple[tuple[int, int], ...]
    """(market_ms, equity)."""


@dataclass(frozen=True, slots=True)
class PriceView:
    """One symbol of the market strip; change over 24 hours or as far back as the recording goes."""

    symbol: str
    mark: int
    change: int
    change_since_ms: int


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


@dataclass(frozen=True, slots=True)
class TurnView:
    """One contestant's part in one round."""

    contestant_slug: str
    contestant_name: str
    position: int
    outcome: str
    reason: str
    summary: str
    answer_sha256: str
    latency_us: int
    equity: int | None
    decisions: tuple[DecisionView, ...]


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


@dataclass(frozen=True, slots=True)
class PositionView:
    """An open position at the newest marks."""

    contestant_slug: str
    symbol: str
    side: int
    qty: int
    entry_price: int
    mark: int
    notional: int
    margin: int
    leverage: int
    unrealised: int
    liquidation_price: int | None
    stop_loss: int | None
    take_profit: int | None
    opened_ms: int


@dataclass(frozen=True, slots=True)
class TradeView:
    """A closed trade, flat to flat. ``net`` is profit and loss after fees."""

    symbol: str
    side: int
    opened_ms: int
    closed_ms: int
    pnl: int
    fees: int
    net: int
    exit_kind: str


@dataclass(frozen=True, slots=True)
class StageView:
    """One step of the straight line with its figures. ``state``: done, current, waiting."""

    step: int
    name: str
    state: str
    figures: tuple[tuple[str, str], ...]
    """(name, value) pairs; hashes and counts as text."""


@dataclass(frozen=True, slots=True)
class SymbolFrame:
    """One symbol as the round's snapshot froze it, with its features."""

    symbol: str
    mark: int
    spread: int
    bid_depth: int
    ask_depth: int
    observed_ms: int
    features: dict[str, int]


@dataclass(frozen=True, slots=True)
class RoundView:
    """One round in full."""

    number: int
    slot: int
    market_ms: int
    stage: str
    held_reason: str
    snapshot_sha256: str
    book_sha256: str
    rulebook_sha256: str
    receipt_state: str
    receipt_root: str
    replay_hash: str
    source: str
    stages: tuple[StageView, ...]
    symbols: tuple[SymbolFrame, ...]
    turns: tuple[TurnView, ...]


@dataclass(frozen=True, slots=True)
class RoundHead:
    """One line of the list of rounds."""

    number: int
    market_ms: int
    stage: str
    decided: int
    held: int
    forced: int
    fills: int
    snapshot_sha256: str


@dataclass(frozen=True, slots=True)
class BoardView:
    """The leaderboard page in one value, at one version."""

    season: SeasonView
    finding: str
    """Code of the headline: 'no_rounds', 'leader', 'tie', 'baseline_leads'."""
    standings: tuple[StandingView, ...]
    waiting: tuple[StandingView, ...]
    curves: tuple[CurveView, ...]
    prices: tuple[PriceView, ...]
    feed: tuple[FeedItem, ...]


@dataclass(frozen=True, slots=True)
class ContestantView:
    """The contestant page in one value."""

    season: SeasonView
    standing: StandingView
    spec_kind: str
    spec_version: int
    spec_config: str
    profile: str
    available: int
    reserved: int
    curve: CurveView
    positions: tuple[PositionView, ...]
    trades: tuple[TradeView, ...]
    decisions: tuple[DecisionView, ...]
