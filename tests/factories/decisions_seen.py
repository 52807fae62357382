"""Hand-made decisions and news, of the kind selectors return."""

from dataclasses import replace

from arena.domain.activity import DecisionView, FeedItem, FillView
from kernel.units import SCALE
from tests.factories.roster import INTERVAL_MS, ROSTER, START_MS
from trading.domain.orders import RuleResult


def fill(symbol: str = "ETH", kind: str = "decision", pnl: int = 0, **changes: object) -> FillView:
    """Return an execution."""
    view = FillView(
        order_id="0" * 32,
        contestant_slug="scoring",
        contestant_name="Scoring engine",
        symbol=symbol,
        side=1,
        qty=69 * SCALE // 100,
        price=347_612_000_000,
        notional=2_400 * SCALE,
        fee=120 * SCALE // 100,
        pnl=pnl,
        kind=kind,
        ambiguous=False,
        market_ms=START_MS,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


VERDICTS = (
    RuleResult("trading_state", True, 1, 1, "flag"),
    RuleResult("leverage_max", True, 8, 10, "x"),
    RuleResult("position_size", False, 22 * SCALE // 100, 20 * SCALE // 100, "ratio"),
    RuleResult("stale_data", True, 1_200, 90_000, "ms"),
    RuleResult("liquidity", True, 1_200_000 * SCALE, 10_000 * SCALE, "usdt"),
)


def decision(position: int = 4, number: int = 128, **changes: object) -> DecisionView:
    """Return an executed opening."""
    slug, name, _, _, _ = ROSTER[position % len(ROSTER)]
    view = DecisionView(
        id="d" * 32,
        contestant_slug=slug,
        contestant_name=name,
        position=position,
        round_number=number,
        market_ms=START_MS + number * INTERVAL_MS,
        symbol="ETH",
        action="BUY",
        size=6 * SCALE // 100,
        leverage=4,
        stop_loss=341_200_000_000,
        take_profit=359_000_000_000,
        confidence=58 * SCALE // 100,
        invalidation="a close below the 4 h EMA 50",
        reasoning="Higher lows on 15 m while funding cools.",
        outcome="approved",
        reason="",
        verdicts=tuple(
            result._replace(passed=True, figure=6 * SCALE // 100) if not result.passed else result
            for result in VERDICTS
        ),
        fill=fill(),
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def denied(position: int = 2, number: int = 128) -> DecisionView:
    """Return a decision the rules refused."""
    return decision(
        position,
        number,
        symbol="BTC",
        size=22 * SCALE // 100,
        leverage=8,
        outcome="denied",
        reason="position_size",
        verdicts=VERDICTS,
        fill=None,
    )


def feed(number: int) -> tuple[FeedItem, ...]:
    """Return one of each kind of news."""
    at = START_MS + number * INTERVAL_MS
    opened, refused = decision(1, number), denied(2, number)
    closed = decision(
        4,
        number,
        action="CLOSE",
        size=SCALE,
        symbol="SOL",
        leverage=0,
        stop_loss=None,
        take_profit=None,
        reasoning="Buy score 4.5 over sell score 1.0: RSI 27, MACD above 0.",
        fill=fill("SOL", pnl=3820 * SCALE // 100),
    )
    held = decision(
        5,
        number,
        action="HOLD",
        size=0,
        leverage=0,
        outcome="held",
        fill=None,
        verdicts=(),
        symbol="BNB",
        reasoning="No trend.",
    )
    items = [_item("decision", d, at) for d in (opened, refused, closed, held)]
    forced, stopped = _accidents(number, at)
    earlier = [_item("decision", decision(6, number - 1), at - INTERVAL_MS)] if number > 1 else []
    return (*items[:2], forced, *items[2:], stopped, *earlier)


def _accidents(number: int, at: int) -> tuple[FeedItem, FeedItem]:
    """Return an answer that could not be read, and a stop that fired."""
    forced = FeedItem("forced_hold", "deepseek", "DeepSeek", 3, at, number, "not_json", "")
    stopped = FeedItem(
        "exit",
        "hold",
        "Buy and hold",
        7,
        at - 60_000,
        None,
        "",
        "",
        None,
        fill("BTC", "stop_loss", -4512 * SCALE // 100, ambiguous=True),
    )
    return forced, stopped


def _item(kind: str, made: DecisionView, at: int) -> FeedItem:
    return FeedItem(
        kind,
        made.contestant_slug,
        made.contestant_name,
        made.position,
        at,
        made.round_number,
        "",
        "",
        made,
        None,
    )
