"""Hand-made contestants and rounds, of the kind selectors return."""

from dataclasses import replace

from arena.domain.activity import TradeView
from arena.domain.board import ContestantView, PositionView
from arena.domain.round_views import RoundHead, RoundView, StageView, SymbolFrame, TurnView
from kernel.canonical import sha256_hex
from kernel.units import SCALE
from tests.factories.board import curve_of, season, standing
from tests.factories.decisions_seen import decision, denied
from tests.factories.roster import CAPITAL, INTERVAL_MS, ROSTER, START_MS

HELD = PositionView(
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
)


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
        positions=(HELD,),
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
    slug, name, _, _, baseline = ROSTER[position % len(ROSTER)]
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
        baseline=baseline,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def round_view(number: int = 128, turns: int = 12, **changes: object) -> RoundView:
    """Return one closed round."""
    sha = sha256_hex(b"snapshot")
    stages = tuple(
        StageView(step, f"step_{step}", "done", (("snapshot", sha), ("symbols", "5"))) for step in range(15)
    )
    answers = [turn(position, number) for position in range(turns)]
    if turns > 3:
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
