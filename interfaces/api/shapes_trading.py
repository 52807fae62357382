"""JSON forms of decisions, verdicts, fills, positions and trades."""

from typing import Final

from arena.domain.activity import DecisionView, FillView, TradeView
from arena.domain.board import PositionView, WaitingOrderView
from interfaces.api.shape import (
    BUY_SELL,
    COUNT,
    DECIMAL_TEXT,
    FLAG,
    LONG_SHORT,
    MOMENT,
    MONEY,
    PRICE,
    QUANTITY,
    RATIO,
    TEXT,
    Computed,
    Shape,
    choice,
    many,
    optional,
)
from interfaces.sentences import reason_sentence, rule_sentence
from kernel.units import format_units
from trading.domain.invalidation import (
    COMPARISONS,
    METRICS,
    TIMEFRAMES,
    Invalidation,
    describe_invalidation,
)
from trading.domain.orders import RuleResult

SCALED_UNITS: Final = frozenset({"ratio", "usdt", "price"})
"""Units of a rule's figure that are integers at 1e-8; the others are whole numbers."""

FIGURE: Final = DECIMAL_TEXT.note("Decimal text in the verdict's unit.")
ORDER_KIND: Final = TEXT.note(
    "decision, or what fired: stop_loss, take_profit, liquidation, invalidated, flatten."
)


def figure_text(figure: int, unit: str) -> str:
    """Return a rule's figure or limit as decimal text in its unit."""
    return format_units(figure) if unit in SCALED_UNITS else str(figure)


def said(reason: str) -> str:
    """Return the sentence of a reason code; nothing for no code."""
    return reason_sentence(reason) if reason else ""


VERDICT: Final = Shape(
    "Verdict",
    RuleResult,
    "One rule's finding about one decision.",
    rule=TEXT.note("Code of the rule."),
    passed=FLAG,
    figure=Computed(FIGURE, lambda result: figure_text(result.figure, result.unit)),
    limit=Computed(FIGURE, lambda result: figure_text(result.limit, result.unit)),
    unit=choice("ratio", "usdt", "price", "x", "count", "ms", "flag"),
    sentence=Computed(TEXT.note("The finding in words."), rule_sentence),
)

FILL: Final = Shape(
    "Fill",
    FillView,
    "One execution as booked.",
    order_id=TEXT.note("The client order id."),
    contestant_slug=TEXT,
    contestant_name=TEXT,
    symbol=TEXT,
    side=BUY_SELL,
    qty=QUANTITY,
    price=PRICE.note("Average price, rounded to 1e-8."),
    notional=MONEY,
    fee=MONEY,
    pnl=MONEY.note("Realised profit and loss in USDT, before the fee."),
    kind=ORDER_KIND,
    ambiguous=FLAG.note("True where stop and target lay inside one bar; the stop was taken first."),
    market_ms=MOMENT,
)

WATCH: Final = Shape(
    "Watch",
    Invalidation,
    "The condition that closes the position between rounds: the contestant's own proof of its error.",
    metric=choice(*METRICS),
    timeframe=choice(*TIMEFRAMES).note("'tick', or the bar whose close is judged."),
    comparison=choice(*COMPARISONS),
    value=QUANTITY.note("USDT for one whole unit; minutes for held_minutes."),
    sentence=Computed(TEXT.note("The condition in words."), describe_invalidation),
)

DECISION: Final = Shape(
    "Decision",
    DecisionView,
    "One decision, every rule's verdict on it, and what came of it.",
    id=TEXT,
    contestant_slug=TEXT,
    contestant_name=TEXT,
    position=COUNT.note("Place of the contestant in the roster."),
    round_number=COUNT,
    market_ms=MOMENT,
    symbol=TEXT,
    action=choice("BUY", "SELL", "CLOSE", "HOLD"),
    size=RATIO.note("Share of equity put up as margin; for CLOSE the share of the position."),
    leverage=COUNT,
    stop_loss=optional(PRICE),
    take_profit=optional(PRICE),
    confidence=RATIO.note("Stated probability that the target is reached before the stop."),
    invalidation=TEXT.note("The contestant's own words: untrusted text."),
    reasoning=TEXT.note("The contestant's own words: untrusted text."),
    outcome=choice("approved", "denied", "unsizable", "held"),
    reason=TEXT.note("Code of the first objection; empty if approved or held."),
    reason_sentence=Computed(TEXT, lambda decision: said(decision.reason)),
    verdicts=many(VERDICT.kind),
    fill=optional(FILL.kind),
    watch=optional(WATCH.kind),
    evidence=many(TEXT).note("Keys of the snapshot that the decision says it relies on: untrusted text."),
    limit_price=optional(PRICE.note("Worst price accepted; null at the market.")),
    trail=RATIO.note("Distance of the trailing stop asked for; 0 for none."),
    reverse=FLAG.note("Whether what was held on the other side was to be closed first."),
)

POSITION: Final = Shape(
    "Position",
    PositionView,
    "An open position at the newest marks.",
    contestant_slug=TEXT,
    symbol=TEXT,
    side=LONG_SHORT,
    qty=QUANTITY,
    entry_price=PRICE,
    mark=PRICE,
    notional=MONEY,
    margin=MONEY,
    leverage=COUNT,
    unrealised=MONEY,
    liquidation_price=optional(PRICE),
    stop_loss=optional(PRICE),
    take_profit=optional(PRICE),
    opened_ms=MOMENT,
    funding=MONEY.note("Funding received so far; paid is negative."),
    trail=RATIO.note("Distance of its trailing stop; 0 for none."),
)

WAITING_ORDER: Final = Shape(
    "WaitingOrder",
    WaitingOrderView,
    "An order that waits in the venue.",
    symbol=TEXT,
    side=BUY_SELL,
    kind=TEXT.note("'limit', 'stop', 'take_profit' or 'trailing'."),
    qty=QUANTITY,
    price=optional(PRICE),
    trigger=optional(PRICE),
    reserved=MONEY.note("Margin and fee set aside for it."),
    reduce_only=FLAG,
    placed_ms=MOMENT,
)

TRADE: Final = Shape(
    "Trade",
    TradeView,
    "A closed trade, from flat to flat.",
    symbol=TEXT,
    side=LONG_SHORT,
    opened_ms=MOMENT,
    closed_ms=MOMENT,
    pnl=MONEY,
    fees=MONEY,
    net=MONEY.note("Profit and loss in USDT after fees and funding."),
    exit_kind=ORDER_KIND,
    funding=MONEY.note("Funding received over its life; paid is negative."),
)
