"""JSON forms of rounds and of the rule book."""

from typing import Any, Final

from arena.domain.round_views import RoundHead, RoundView, StageView, SymbolFrame, TurnView
from interfaces.api.shape import (
    COUNT,
    FLAG,
    MOMENT,
    MONEY,
    PRICE,
    QUANTITY,
    RATIO,
    SHA256,
    TEXT,
    Computed,
    Kind,
    Shape,
    by_name,
    choice,
    many,
    optional,
)
from interfaces.api.shapes_minds import CALL
from interfaces.api.shapes_trading import DECISION, said
from trading.domain.rules import Blackout, RiskLimits, RuleBook

STAGE_NAME: Final = TEXT.note("How far the round is; 'closed' is done.")


def _figures(figures: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in figures]


FIGURES: Final = Kind(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
            "required": ["name", "value"],
            "additionalProperties": False,
        },
    },
    _figures,
)

STAGE: Final = Shape(
    "Stage",
    StageView,
    "One step of the round with its figures.",
    step=COUNT,
    name=TEXT,
    state=choice("done", "current", "waiting"),
    figures=FIGURES,
)

SYMBOL_FRAME: Final = Shape(
    "SymbolFrame",
    SymbolFrame,
    "One symbol as the round froze it, with the features every contestant saw.",
    symbol=TEXT,
    mark=PRICE,
    spread=RATIO,
    bid_depth=MONEY,
    ask_depth=MONEY,
    observed_ms=MOMENT,
    features=by_name(QUANTITY.note("A feature as decimal text.")),
)

REJECTION: Final = Kind(
    {
        "type": "object",
        "properties": {
            "index": {"type": "integer"},
            "code": {"type": "string"},
            "sentence": {"type": "string"},
        },
        "required": ["index", "code", "sentence"],
    },
    lambda item: {"index": item[0], "code": item[1], "sentence": said(item[1])},
).note("A void item of the answer: its place in the list, and why.")

TURN: Final = Shape(
    "Turn",
    TurnView,
    "One contestant's part in the round.",
    contestant_slug=TEXT,
    contestant_name=TEXT,
    position=COUNT,
    outcome=choice("decided", "held", "forced_hold"),
    reason=TEXT.note("Code of a forced hold; empty otherwise."),
    reason_sentence=Computed(TEXT, lambda turn: said(turn.reason)),
    summary=TEXT.note("The contestant's own words: untrusted text."),
    answer_sha256=SHA256,
    latency_us=COUNT.note("Wall microseconds the answer took; never hashed."),
    equity=optional(MONEY),
    decisions=many(DECISION.kind),
    rejections=many(REJECTION),
    baseline=FLAG,
    call=optional(CALL.kind),
)

ROUND_HEAD: Final = Shape(
    "RoundHead",
    RoundHead,
    "One line of the list of rounds.",
    number=COUNT,
    market_ms=MOMENT,
    stage=STAGE_NAME,
    decided=COUNT,
    held=COUNT,
    forced=COUNT,
    fills=COUNT,
    snapshot_sha256=SHA256,
)

ROUND: Final = Shape(
    "Round",
    RoundView,
    "One round in full: every step, the frozen market and every contestant's answer.",
    number=COUNT,
    slot=COUNT,
    market_ms=MOMENT,
    stage=STAGE_NAME,
    held_reason=TEXT.note("Code of why the whole round was held; empty otherwise."),
    held_sentence=Computed(TEXT, lambda view: said(view.held_reason)),
    snapshot_sha256=SHA256,
    book_sha256=SHA256,
    rulebook_sha256=SHA256,
    receipt_state=TEXT,
    receipt_root=SHA256,
    replay_hash=SHA256,
    source=TEXT.note("Source of the snapshot."),
    stages=many(STAGE.kind),
    symbols=many(SYMBOL_FRAME.kind),
    turns=many(TURN.kind),
)

LIMITS: Final = Shape(
    "RiskLimits",
    RiskLimits,
    "The limits on opening. Closing and reducing is never blocked by any of them.",
    min_leverage=COUNT,
    max_leverage=COUNT,
    max_position=RATIO.note("Margin of one position over equity."),
    min_order=MONEY,
    max_trades_hour=COUNT,
    max_trades_day=COUNT,
    max_daily_loss=RATIO,
    max_drawdown=RATIO,
    max_spread=RATIO,
    min_liquidity=MONEY.note("Resting USDT within ``liquidity_band`` of the mid on the order's side."),
    liquidity_band=RATIO,
    max_data_age_ms=COUNT,
    require_stop=FLAG,
    max_risk=RATIO.note("Loss at the stop over equity, fees included; 0 for no limit."),
    max_exposure=RATIO.note("Notional of everything held over equity; 0 for no limit."),
    max_correlated=RATIO.note("The same, of what moves together with the order's symbol; 0 for no limit."),
    correlation_from=RATIO,
    cooldown_ms=COUNT.note("Milliseconds without opening after a trade that lost; 0 for none."),
    min_reward_risk=RATIO.note("Distance to the target over distance to the stop; 0 for no limit."),
)

BLACKOUT: Final = Shape(
    "Blackout",
    Blackout,
    "A time around a known event in which nobody opens.",
    from_ms=MOMENT,
    until_ms=MOMENT,
    symbol=TEXT.note("Empty: every symbol."),
    event=TEXT,
)

RULES: Final = Shape(
    "RuleBook",
    RuleBook,
    "One version of a season's rules. Its hash stands beside every verdict made under it.",
    preset=TEXT,
    version=COUNT,
    sha256=Computed(SHA256, lambda book: book.sha256),
    symbols=many(TEXT),
    interval_ms=COUNT,
    deadline_ms=COUNT.note("Wall milliseconds agents have to answer."),
    starting_capital=MONEY,
    taker_fee=RATIO,
    limits=LIMITS.kind,
    margin_mode=TEXT.note("'isolated' or 'cross'."),
    liquidation_fee=RATIO,
    blackouts=many(BLACKOUT.kind),
    funding=FLAG.note("Whether funding is charged."),
    limit_orders=FLAG.note("Whether decisions may name a limit price, a trailing stop or a reversal."),
    prompt=TEXT.note("The template language models are asked with."),
)
