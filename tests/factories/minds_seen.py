"""Hand-made seasons in which language models decide, of the kind selectors return."""

from dataclasses import replace

from arena.domain.board import BoardView, ContestantView, StandingView
from arena.domain.minds import CallView, MindView, PromptView
from arena.domain.turn_views import TurnLine, TurnPage
from kernel.canonical import sha256_hex
from kernel.units import SCALE
from tests.factories.board import board, standing
from tests.factories.decisions_seen import decision
from tests.factories.roster import INTERVAL_MS, START_MS
from tests.factories.rounds_seen import contestant, turn
from trading.domain.invalidation import Invalidation

ANSWER = b'{"summary": "The trend holds.", "decisions": [{"symbol": "ETH", "action": "BUY", "size_pct": 6}]}'


def mind(net: int = 3 * SCALE // 100, **changes: object) -> MindView:
    """Return what 128 calls took: 1.2345 USD of a capital of 10,000."""
    view = MindView(
        calls=128,
        answered=120,
        attempts=141,
        mean_latency_us=2_345_678,
        input_tokens=1_234_567,
        cached_tokens=900_000,
        output_tokens=45_678,
        reasoning_tokens=12_345,
        cost=123_450_000,
        is_lower_bound=False,
        thinking=12_345,
        after_thinking=net - 12_345,
        break_even=41_15000000 if net > 0 else None,
        cited=200,
        fabricated=7,
        fabrication=3_500_000,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def call(**changes: object) -> CallView:
    """Return a call that was answered."""
    view = CallView(
        turn_id="7" * 32,
        slot=9_972_222,
        model="gpt-6.1-terra",
        model_returned="gpt-6.1-terra-2026-10-01",
        outcome="answered",
        detail="",
        finish_reason="stop",
        provider_request_id="req_0123456789",
        fingerprint="fp_44709d6fcb",
        prompt_version="prompt-1",
        prompt_sha256=sha256_hex(b"prompt"),
        attempts=2,
        latency_us=1_234_000,
        input_tokens=9_876,
        cached_tokens=8_000,
        output_tokens=321,
        reasoning_tokens=100,
        cost=1_230_000,
        cost_source="genai-prices: openai/gpt-6.1-terra",
        cited=5,
        fabricated=1,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def minds_board() -> BoardView:
    """Return a board with models: one unpriced, one small, one derived, two with prompts of their own."""
    view = board()
    rows = list(view.standings)
    changed = {
        "chatgpt": lambda row: replace(row, mind=mind(row.net)),
        "claude": lambda row: replace(row, mind=mind(row.net, is_lower_bound=True)),
        "grok": lambda row: replace(row, kind="local_llm", subtitle="toy-size model: its answers are noise"),
        "deepseek": lambda row: replace(row, mind=mind(row.net, cited=0, fabricated=0, fabrication=None)),
        "bold": lambda row: replace(row, kind="consensus", derived=True),
    }
    rows = [changed[row.slug](row) if row.slug in changed else row for row in rows]
    custom = [own_prompt(place) for place in (1, 2)]
    small = standing(12, 0, status="waiting_for_key", kind="local_llm", slug="smollm2", name="SmolLM2")
    return replace(view, standings=(*rows, *custom), waiting=(*view.waiting, small))


def own_prompt(place: int) -> StandingView:
    """Return one of those with a prompt of its own."""
    row = standing(24 + place, rank=place, name=f"Prompt {place}", slug=f"prompt-{place}", subtitle="")
    return replace(row, kind="openai", division="custom", mind=mind(row.net))


def model_contestant() -> ContestantView:
    """Return a contestant that a model decides for: answered, failed and not asked."""
    row = standing(0, mind=mind())
    made = decision(
        0,
        watch=Invalidation("close", "1h", "below", 3_400 * SCALE),
        evidence=("ETH.rsi_14", "ETH.ema_20"),
    )
    lines = (
        TurnLine(128, START_MS, "decided", "", call()),
        TurnLine(127, START_MS - INTERVAL_MS, "forced_hold", "not_json", call()),
        TurnLine(
            126,
            START_MS - 2 * INTERVAL_MS,
            "forced_hold",
            "overloaded",
            call(outcome="overloaded", model_returned="", output_tokens=0, cost=0, cost_source=""),
        ),
        TurnLine(125, START_MS - 3 * INTERVAL_MS, "forced_hold", "paused", None),
    )
    return contestant(standing=row, spec_kind="openai", turns=lines, decisions=(made,))


def waiting_contestant() -> ContestantView:
    """Return a contestant that waits for a key."""
    return contestant(
        standing=standing(1, 0, status="waiting_for_key"), positions=(), trades=(), decisions=()
    )


def prompt(**changes: object) -> PromptView:
    """Return a question in its parts."""
    view = PromptView(
        version="prompt-1",
        sha256=sha256_hex(b"whole"),
        parts_sha256=(sha256_hex(b"system"), sha256_hex(b"market"), sha256_hex(b"account")),
        system="You trade perpetual futures.\nAnswer as JSON.",
        market="ETH 3476.12\nrsi_14 31.2",
        account="Equity 10000\nIt is 2026-11-18 11:06.",
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def turn_page(**changes: object) -> TurnPage:
    """Return one turn of a model with everything it can have."""
    void = ((1, "size_missing"), (2, "unknown_symbol"))
    view = TurnPage(
        number=128,
        market_ms=START_MS,
        is_closed=True,
        snapshot_sha256=sha256_hex(b"snapshot"),
        kind="openai",
        division="main",
        turn=turn(0, call=call(), rejections=void),
        prompt=prompt(),
        answer=ANSWER,
    )
    if changes.get("is_closed") is False:
        changes = {"prompt": None, "answer": None, **changes}
    return replace(view, **changes)  # type: ignore[arg-type]
