"""What the faces show: frozen read models that selectors return. Money in units of 1e-8, ratios likewise.

The same values feed the pages, the API and the live feed, so that they cannot disagree.
"""

from dataclasses import dataclass

from arena.domain.activity import DecisionView, FeedItem, TradeView
from arena.domain.minds import MindView
from arena.domain.turn_views import TurnLine


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
    profile: str = "paper"
    """'paper'; 'testnet' or 'live' where an account of the season trades at a real venue."""


@dataclass(frozen=True, slots=True)
class StandingView:
    """One row of the board. ``net`` is equity over its capital minus one."""

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
    """Net before trading costs, in ratio of its capital."""
    costs: int
    """Fees less funding received (more, where it was paid) as a ratio of its capital."""
    max_drawdown: int
    sharpe: float | None
    """Annualised from round returns; None for less than a week of rounds or no variance."""
    trades: int
    wins: int
    orders: int
    denials: int
    forced_holds: int
    format_failures: int
    turns: int
    open_positions: int
    exposure: int
    """Notional of open positions over equity."""
    sparkline: tuple[int, ...]
    """Equity at up to 48 evenly spaced rounds, oldest first."""
    division: str = "main"
    venue_profile: str = "paper"
    """'paper'; 'testnet' or 'live' for one that trades at a real venue."""
    capital: int = 0
    """What its figures start from: the season's capital, or its own wallet's at a real venue."""
    derived: bool = False
    mind: MindView | None = None
    """What thinking took; None where no language model decides."""


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
    funding: int = 0
    """Funding received so far; paid is negative."""
    trail: int = 0
    """Distance of its trailing stop as a ratio; 0 for none."""


@dataclass(frozen=True, slots=True)
class WaitingOrderView:
    """An order that waits in the venue. ``kind``: 'limit', 'stop', 'take_profit' or 'trailing'."""

    symbol: str
    side: int
    kind: str
    qty: int
    price: int | None
    trigger: int | None
    reserved: int
    """Margin and fee set aside for it."""
    reduce_only: bool
    placed_ms: int


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
    turns: tuple[TurnLine, ...] = ()
    """The newest turns of one that a language model decides for; of nobody else."""
    orders: tuple[WaitingOrderView, ...] = ()
    """What waits in the venue, in the order of placement."""
