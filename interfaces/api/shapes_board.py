"""JSON forms of seasons, standings, curves, prices, the feed and the contestant page."""

from typing import Any, Final

from arena.domain.activity import FeedItem
from arena.domain.board import BoardView, ContestantView, CurveView, PriceView, SeasonView, StandingView
from interfaces.api.shape import (
    COUNT,
    FLAG,
    MOMENT,
    MONEY,
    PRICE,
    RATIO,
    SHA256,
    STATISTIC,
    TEXT,
    Computed,
    Kind,
    Schema,
    Shape,
    choice,
    many,
    optional,
)
from interfaces.api.shapes_minds import MIND
from interfaces.api.shapes_trading import DECISION, FILL, POSITION, TRADE, WAITING_ORDER, said
from interfaces.api.shapes_turn import TURN_LINE
from kernel.units import format_units

MARKET_SCHEMA: Final[Schema] = {
    "type": "object",
    "description": "Where the prices come from: a live venue, a recording, or a seeded simulation.",
    "properties": {"kind": {"type": "string"}, "label": {"type": "string"}},
    "required": ["kind", "label"],
    "additionalProperties": False,
}


def market_of(season: SeasonView) -> dict[str, str]:
    """Return the market source that every answer names."""
    return {"kind": season.market_kind, "label": season.market_label}


def _points(points: tuple[tuple[int, int], ...]) -> list[list[Any]]:
    return [[market_ms, format_units(equity)] for market_ms, equity in points]


POINTS: Final = Kind(
    {
        "type": "array",
        "description": "Pairs of market time in milliseconds (UTC) and equity in USDT, oldest first.",
        "items": {
            "type": "array",
            "prefixItems": [{"type": "integer", "format": "int64"}, {"type": "string", "format": "decimal"}],
            "minItems": 2,
            "maxItems": 2,
        },
    },
    _points,
)

SEASON: Final = Shape(
    "Season",
    SeasonView,
    "A season's head at its newest published version.",
    leave_out=("market_kind", "market_label"),
    id=TEXT,
    slug=TEXT,
    name=TEXT,
    status=choice("running", "paused", "finished"),
    ranked=FLAG,
    market=Computed(Kind({"$ref": "#/components/schemas/Market"}, market_of), lambda season: season),
    clock=choice("wall", "scaled", "tape"),
    speed=COUNT.note("Market time over wall time on a scaled clock."),
    proof=TEXT.note("Where decisions are proven; 'none' is not proven."),
    interval_ms=COUNT.note("Market milliseconds between rounds."),
    starting_capital=MONEY,
    rulebook_sha256=SHA256,
    rulebook_version=COUNT,
    rounds_closed=COUNT,
    version=COUNT.note("Counts what was published; the live feed announces it."),
    market_ms=MOMENT,
    next_round_ms=optional(MOMENT),
    trading_level=choice("active", "reducing", "halted"),
    books_balance=FLAG,
    books_problem=TEXT.note("The first break of the books as a sentence; empty if they balance."),
    replay_head=SHA256,
    profile=choice("paper", "testnet", "live").note("Live: an account of the season trades real money."),
)

STANDING: Final = Shape(
    "Standing",
    StandingView,
    "One row of the board. Net is equity over starting capital minus one.",
    leave_out=("contestant_id",),
    rank=COUNT,
    slug=TEXT,
    name=TEXT,
    subtitle=TEXT,
    kind=TEXT.note("Kind of agent."),
    status=choice("playing", "waiting_for_key", "paused", "retired", "absent"),
    baseline=FLAG,
    position=COUNT.note("Place in the roster."),
    equity=MONEY,
    net=RATIO,
    gross=RATIO.note("Net before fees, as a ratio of its capital."),
    costs=RATIO.note("Fees as a ratio of its capital."),
    max_drawdown=RATIO,
    sharpe=STATISTIC.note("Annualised from round returns; null before a week of rounds or without variance."),
    trades=COUNT,
    wins=COUNT,
    orders=COUNT,
    denials=COUNT,
    forced_holds=COUNT,
    format_failures=COUNT.note("Answers that could not be read, and void items of those that could."),
    turns=COUNT,
    open_positions=COUNT,
    exposure=RATIO.note("Notional of open positions over equity."),
    sparkline=many(MONEY),
    division=choice("main", "custom", "live").note(
        "Ranked apart: 'custom' plays with a prompt of its own, 'live' at a real venue."
    ),
    venue_profile=choice("paper", "testnet", "live").note("'live' is real money."),
    capital=MONEY.note("What its figures start from: the season's capital, or its venue's wallet."),
    derived=FLAG.note("True for one that decides from the others' answers."),
    mind=optional(MIND.kind),
)

CURVE: Final = Shape(
    "Curve",
    CurveView,
    "An equity curve, thinned; the first and the last round are always in it.",
    leave_out=("contestant_id",),
    slug=TEXT,
    name=TEXT,
    position=COUNT,
    baseline=FLAG,
    points=POINTS,
)

PRICE_OF_SYMBOL: Final = Shape(
    "Price",
    PriceView,
    "One symbol at its newest mark.",
    symbol=TEXT,
    mark=PRICE,
    change=RATIO.note("Change since ``change_since``: 24 hours, or as far back as the recording goes."),
    change_since_ms=MOMENT,
)

FEED_ITEM: Final = Shape(
    "FeedItem",
    FeedItem,
    "One line of activity: a decision, a forced hold, or an exit that fired by plan.",
    kind=choice("decision", "forced_hold", "exit"),
    contestant_slug=TEXT,
    contestant_name=TEXT,
    position=COUNT,
    market_ms=MOMENT,
    round_number=optional(COUNT),
    reason=TEXT,
    reason_sentence=Computed(TEXT, lambda item: said(item.reason)),
    summary=TEXT,
    decision=optional(DECISION.kind),
    fill=optional(FILL.kind),
)

BOARD: Final = Shape(
    "Board",
    BoardView,
    "The leaderboard in one value, at one version.",
    season=SEASON.kind,
    finding=TEXT.note("Code of the headline: no_rounds, leader, tie, baseline_leads."),
    standings=many(STANDING.kind),
    waiting=many(STANDING.kind),
    curves=many(CURVE.kind),
    prices=many(PRICE_OF_SYMBOL.kind),
    feed=many(FEED_ITEM.kind),
)

CONTESTANT: Final = Shape(
    "Contestant",
    ContestantView,
    "One contestant: standing, agent, money, curve, positions, trades and newest decisions.",
    leave_out=("season",),
    standing=STANDING.kind,
    spec_kind=TEXT,
    spec_version=COUNT,
    spec_config=TEXT.note("Canonical JSON of the agent's configuration."),
    profile=TEXT.note("Risk tolerance: conservative, moderate or aggressive."),
    available=MONEY,
    reserved=MONEY,
    curve=CURVE.kind,
    positions=many(POSITION.kind),
    orders=many(WAITING_ORDER.kind),
    trades=many(TRADE.kind),
    decisions=many(DECISION.kind),
    turns=many(TURN_LINE.kind).note("The newest, of one that a language model decides for."),
)
