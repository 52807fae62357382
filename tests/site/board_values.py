"""Hand-made values of the kind selectors return, for the pages to show. Values, not stand-ins for code."""

from dataclasses import replace

from arena.domain.board import (
    BoardView,
    ContestantView,
    CurveView,
    DecisionView,
    FeedItem,
    FillView,
    PositionView,
    PriceView,
    RoundHead,
    RoundView,
    SeasonView,
    StageView,
    StandingView,
    SymbolFrame,
    TradeView,
    TurnView,
)
from kernel.canonical import sha256_hex
from kernel.units import BASIS_POINT, SCALE
from trading.domain.orders import RuleResult

START_MS = 1_795_000_000_000
INTERVAL_MS = 180_000
CAPITAL = 10_000 * SCALE

HOSTILE = "<script>alert(1)</script>\u202eevil\u2066\u200b\"'><img src=x onerror=alert(1)>{{ 7 }}"

ROSTER = (
    ("chatgpt", "ChatGPT", "gpt-6.1-terra", "openai", False),
    ("claude", "Claude", "claude-sonnet-5-5", "anthropic", False),
    ("grok", "Grok", "grok-4.7", "xai", False),
    ("deepseek", "DeepSeek", "deepseek-v4-flash", "deepseek", False),
    ("scoring", "Scoring engine", "rules of seed A", "scoring", False),
    ("momentum", "Trend follower", "", "momentum", False),
    ("reversion", "Mean reversion", "", "mean_reversion", False),
    ("hold", "Buy and hold", "", "buy_and_hold", True),
    ("equal", "Equal weight", "", "equal_weight", True),
    ("random", "Matched random", "median of its seeds", "random", True),
    ("flat", "Always flat", "", "always_flat", True),
    ("bold", "Scoring, aggressive", "rules of seed A", "scoring", False),
)


def season(rounds: int = 128, **changes: object) -> SeasonView:
    """Return a running season on a simulated market, twelve times faster than the clock."""
    market_ms = START_MS + rounds * INTERVAL_MS
    view = SeasonView(
        id="5" * 32,
        slug="season-1",
        name="Season 1",
        status="running",
        ranked=True,
        market_kind="simulated",
        market_label="simulated market",
        clock="scaled",
        speed=12,
        proof="none",
        interval_ms=INTERVAL_MS,
        starting_capital=CAPITAL,
        rulebook_sha256=sha256_hex(b"rules"),
        rulebook_version=1,
        rounds_closed=rounds,
        version=rounds * 3,
        market_ms=market_ms,
        next_round_ms=market_ms + INTERVAL_MS,
        trading_level="active",
        books_balance=True,
        books_problem="",
        replay_head=sha256_hex(b"head"),
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def walk(seed: int, steps: int) -> tuple[int, ...]:
    """Return an equity curve that wanders, the same for the same seed."""
    state, equity, out = seed * 7919 + 17, CAPITAL, [CAPITAL]
    for _ in range(steps):
        total = 0
        for _ in range(4):
            state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
            total += state % 2001 - 1000
        equity += total * SCALE // 70 + (seed % 5 - 1) * SCALE // 2
        out.append(equity)
    return tuple(out)


def standing(position: int, rounds: int = 128, **changes: object) -> StandingView:
    """Return one contestant's line; its place is set by ``board``."""
    slug, name, subtitle, kind, baseline = ROSTER[position % len(ROSTER)]
    if position >= len(ROSTER):
        slug, name = f"{slug}-{position}", f"{name} {position}"
    curve = walk(position, rounds)
    net = curve[-1] * SCALE // CAPITAL - SCALE
    view = StandingView(
        rank=position + 1,
        contestant_id=f"{position:032d}",
        slug=slug,
        name=name,
        subtitle=subtitle,
        kind=kind,
        status="playing",
        baseline=baseline,
        position=position,
        equity=curve[-1],
        net=net,
        gross=net + 91 * BASIS_POINT,
        costs=91 * BASIS_POINT,
        max_drawdown=843 * BASIS_POINT,
        sharpe=1.234 if rounds >= 30 else None,
        trades=25,
        wins=14,
        orders=31,
        denials=3,
        forced_holds=2,
        turns=rounds,
        open_positions=1,
        exposure=80 * SCALE // 100,
        sparkline=curve[:: max(1, len(curve) // 40)],
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def curve_of(row: StandingView, rounds: int) -> CurveView:
    """Return the curve that ends in a standing's equity."""
    points = tuple(
        (START_MS + index * INTERVAL_MS, equity) for index, equity in enumerate(walk(row.position, rounds))
    )
    return CurveView(row.contestant_id, row.slug, row.name, row.position, row.baseline, points)


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
    earlier = [_item("decision", decision(6, number - 1), at - INTERVAL_MS)] if number > 1 else []
    return (*items[:2], forced, *items[2:], stopped, *earlier)


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


def board(contestants: int = 12, rounds: int = 128, **changes: object) -> BoardView:
    """Return a leaderboard; without rounds nobody stands anywhere."""
    playing = [standing(position, rounds) for position in range(contestants)]
    playing.sort(key=lambda row: -row.equity)
    rows = tuple(replace(row, rank=place + 1) for place, row in enumerate(playing))
    names = ("BTC", 97_214_50000000, 42), ("ETH", 3_476_12000000, 108), ("SOL", 211_84000000, -63)
    more = ("BNB", 912_30000000, 11), ("ASTER", 1_18300000, -202)
    view = BoardView(
        season=season(rounds),
        finding="leader" if rounds else "no_rounds",
        standings=rows,
        waiting=(standing(1, 0, status="waiting_for_key", slug="claude-2", name="Claude"),),
        curves=tuple(curve_of(row, rounds) for row in rows) if rounds else (),
        prices=tuple(
            PriceView(s, mark, change * BASIS_POINT, START_MS) for s, mark, change in (*names, *more)
        ),
        feed=feed(rounds) if rounds else (),
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def contestant(**changes: object) -> ContestantView:
    """Return one contestant with everything it can have."""
    row = standing(4)
    view = ContestantView(
        season=season(),
        standing=row,
        spec_kind="scoring",
        spec_version=1,
        spec_config='{"threshold":250000000,"weights":{"rsi":2}}',
        profile="moderate",
        available=9_000 * SCALE,
        reserved=1_000 * SCALE,
        curve=curve_of(row, 128),
        positions=(
            PositionView(
                "scoring",
                "ETH",
                -1,
                SCALE // 2,
                3_400 * SCALE,
                3_476 * SCALE,
                1_738 * SCALE,
                434 * SCALE,
                4,
                -38 * SCALE,
                4_200 * SCALE,
                None,
                3_100 * SCALE,
                START_MS,
            ),
        ),
        trades=(
            TradeView(
                "BTC", 1, START_MS, START_MS + INTERVAL_MS, -45 * SCALE, 3 * SCALE, -48 * SCALE, "stop_loss"
            ),
        ),
        decisions=(
            decision(4),
            denied(4, 127),
            decision(4, 126, action="HOLD", outcome="held", fill=None, verdicts=()),
        ),
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def turn(position: int, number: int = 128, **changes: object) -> TurnView:
    """Return one contestant's answer."""
    slug, name, _, _, _ = ROSTER[position % len(ROSTER)]
    made = denied(position, number) if position % 3 == 2 else decision(position, number)
    view = TurnView(
        contestant_slug=slug,
        contestant_name=name,
        position=position,
        outcome="decided",
        reason="",
        summary="The trend holds; risk is small.",
        answer_sha256=sha256_hex(slug.encode()),
        latency_us=1_234_000,
        equity=CAPITAL,
        decisions=(made,),
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def round_view(number: int = 128, turns: int = 12, **changes: object) -> RoundView:
    """Return one closed round."""
    sha = sha256_hex(b"snapshot")
    stages = tuple(
        StageView(step, f"step_{step}", "done", (("snapshot", sha), ("symbols", "5"))) for step in range(15)
    )
    answers = [turn(position, number) for position in range(turns)]
    if turns > 3:  # noqa: PLR2004 - the fourth contestant fails, as one of them always does
        answers[3] = replace(
            answers[3], outcome="forced_hold", reason="late", summary="", answer_sha256="", decisions=()
        )
    frame = SymbolFrame(
        "BTC",
        97_214_50000000,
        12_000,
        900_000 * SCALE,
        1_100_000 * SCALE,
        START_MS,
        {"rsi_14": 31 * SCALE, "macd": -2 * SCALE},
    )
    view = RoundView(
        number=number,
        slot=9_972_222,
        market_ms=START_MS + number * INTERVAL_MS,
        stage="closed",
        held_reason="",
        snapshot_sha256=sha,
        book_sha256=sha256_hex(b"book"),
        rulebook_sha256=sha256_hex(b"rules"),
        receipt_state="not_proven",
        receipt_root="",
        replay_hash=sha256_hex(b"replay"),
        source="simulated market, seed 7",
        stages=stages,
        symbols=(frame, replace(frame, symbol="ETH")),
        turns=tuple(answers),
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def round_heads(newest: int = 128, count: int = 20) -> tuple[RoundHead, ...]:
    """Return a page of the list of rounds, newest first."""
    return tuple(
        RoundHead(n, START_MS + n * INTERVAL_MS, "closed", 6, 5, 1, 4, sha256_hex(str(n).encode()))
        for n in range(newest, max(newest - count, 0), -1)
    )
