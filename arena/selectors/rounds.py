"""Rounds as the faces show them: heads for the list, one round in full."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Count

from agents.selectors.calls import CallFacts, calls_at
from arena.domain.activity import DecisionView
from arena.domain.round_views import RoundHead, RoundView, StageView, SymbolFrame, TurnView
from arena.domain.stages import (
    ANSWERED,
    BOOKED,
    CLOSED,
    COMMITTED,
    FROZEN,
    OPENED,
    ORDERED,
    PRICED,
    REVIEWED,
    reached,
)
from arena.models import EquityPoint, Round, Season, Turn
from arena.selectors.activity import Face, decision_views, faces
from arena.selectors.minds import call_view
from kernel.time import iso_utc
from trading import selectors as trading
from trading.domain.market import MarketSnapshot
from trading.domain.matching import depth_within, spread_of
from trading.domain.rules import RuleBook

STEPS = (
    (0, "settle", OPENED),
    (1, "open", OPENED),
    (2, "snapshot", FROZEN),
    (3, "features", FROZEN),
    (4, "observations", FROZEN),
    (5, "ask", ANSWERED),
    (6, "read", ANSWERED),
    (7, "review", REVIEWED),
    (8, "commit", COMMITTED),
    (9, "approve", COMMITTED),
    (10, "execution_book", PRICED),
    (11, "intents", ORDERED),
    (12, "book", BOOKED),
    (13, "results", CLOSED),
    (14, "standings", CLOSED),
)
"""The straight line: number, name, and the stage at which it is done."""


def rounds(season_slug: str, *, before: int | None = None, limit: int = 50) -> tuple[RoundHead, ...]:
    """Return rounds with a number below ``before``, newest first (a keyset page)."""
    rows = Round.objects.filter(season__slug=season_slug).order_by("-number")
    if before is not None:
        rows = rows.filter(number__lt=before)
    page = list(rows[:limit])
    outcomes = _count_outcomes([row.id for row in page])
    moments = [row.market_ms for row in page]
    fills = trading.count_fills_by_round(page[0].season_id, moments) if page else {}
    return tuple(
        RoundHead(
            number=row.number,
            market_ms=row.market_ms,
            stage=row.stage,
            decided=outcomes[row.id, "decided"],
            held=outcomes[row.id, "held"],
            forced=outcomes[row.id, "forced_hold"],
            fills=fills.get(row.market_ms, 0),
            snapshot_sha256=row.snapshot_sha256,
        )
        for row in page
    )


def _count_outcomes(round_ids: list[str]) -> Counter[tuple[str, str]]:
    rows = Turn.objects.filter(round_id__in=round_ids).values_list("round_id", "outcome")
    return Counter({(row[0], row[1]): row[2] for row in rows.annotate(count=Count("id"))})


def round_view(season_slug: str, number: int) -> RoundView | None:
    """Return one round in full."""
    row = Round.objects.filter(season__slug=season_slug, number=number).first()
    if row is None:
        return None
    known = faces(row.season_id)
    turns = _turns(row, known)
    snapshot = trading.snapshot(row.snapshot_sha256) if row.snapshot_sha256 else None
    return RoundView(
        number=row.number,
        slot=row.slot,
        market_ms=row.market_ms,
        stage=row.stage,
        held_reason=row.held_reason,
        snapshot_sha256=row.snapshot_sha256,
        book_sha256=row.book_sha256,
        rulebook_sha256=row.rulebook_sha256,
        receipt_state=row.receipt_state,
        receipt_root=row.receipt_root,
        replay_hash=row.replay_hash,
        source=snapshot.source if snapshot else "",
        stages=_stages(row, turns, snapshot),
        symbols=_frames(snapshot, trading.rule_book(row.rulebook_sha256)),
        turns=turns,
    )


def _turns(row: Round, known: dict[str, Face]) -> tuple[TurnView, ...]:
    turns = list(Turn.objects.filter(round=row))
    views = decision_views(
        row.season_id, known, records := trading.decisions_at(row.season_id, row.market_ms)
    )
    by_turn: dict[str, list[DecisionView]] = {}
    for record, view in zip(records, views, strict=True):
        by_turn.setdefault(record.turn_id, []).append(view)
    points = EquityPoint.objects.filter(contestant__season_id=row.season_id, number=row.number)
    equity = dict(points.values_list("contestant_id", "equity"))
    by_contestant = {face.contestant_id: face for face in known.values()}
    calls = calls_at(row.season_id, row.slot)
    views_of = [
        turn_view(
            by_contestant[turn.contestant_id],
            turn,
            equity.get(turn.contestant_id),
            tuple(by_turn.get(turn.id, ())),
            calls.get(turn.contestant_id),
        )
        for turn in turns
    ]
    return tuple(sorted(views_of, key=lambda view: view.position))


def turn_view(
    face: Face, turn: Turn, equity: int | None, found: tuple[DecisionView, ...], call: CallFacts | None
) -> TurnView:
    """Return one turn with its decisions and its call."""
    return TurnView(
        contestant_slug=face.slug,
        contestant_name=face.name,
        position=face.position,
        outcome=turn.outcome,
        reason=turn.reason,
        summary=turn.summary,
        answer_sha256=turn.answer_sha256,
        latency_us=turn.latency_us,
        equity=equity,
        decisions=found,
        rejections=tuple(_rejections(turn.rejections)),
        baseline=face.baseline,
        call=call_view(call) if call else None,
    )


def _rejections(text: str) -> Iterator[tuple[int, str]]:
    for item in text.split():
        place, _, code = item.partition(":")
        yield int(place), code


def _frames(snapshot: MarketSnapshot | None, rules: RuleBook) -> tuple[SymbolFrame, ...]:
    if snapshot is None:
        return ()
    # numpy costs a third of the start of every process; only this page needs it here.
    from trading.domain.features import compute_features  # noqa: PLC0415 - see above

    features = compute_features(snapshot)
    band = rules.limits.liquidity_band
    return tuple(
        SymbolFrame(
            symbol=part.symbol,
            mark=part.mark,
            spread=spread_of(part.book) or 0,
            bid_depth=depth_within(part.book, -1, band),
            ask_depth=depth_within(part.book, 1, band),
            observed_ms=part.observed_ms,
            features=features.get(part.symbol, {}),
        )
        for part in snapshot.symbols
    )


def _stages(
    row: Round, turns: tuple[TurnView, ...], snapshot: MarketSnapshot | None
) -> tuple[StageView, ...]:
    figures = _figures(row, turns, snapshot)
    views = []
    is_current_found = False
    for step, name, stage in STEPS:
        is_done = reached(row.stage, stage)
        state = "done" if is_done else "waiting" if is_current_found else "current"
        is_current_found = is_current_found or not is_done
        views.append(StageView(step, name, state, figures.get(name, ()) if is_done else ()))
    return tuple(views)


def _figures(
    row: Round, turns: tuple[TurnView, ...], snapshot: MarketSnapshot | None
) -> dict[str, tuple[tuple[str, str], ...]]:
    found = [decision for turn in turns for decision in turn.decisions]
    outcomes = Counter(decision.outcome for decision in found)
    said = Counter(turn.outcome for turn in turns)
    reviewed = [decision for decision in found if decision.verdicts]
    fills = [decision.fill for decision in found if decision.fill]
    season = Season.objects.values_list("name", "version").get(id=row.season_id)
    return {
        "settle": (("until", iso_utc(row.market_ms)),),
        "open": (("slot", str(row.slot)), ("round", str(row.number))),
        "snapshot": (
            ("sha256", row.snapshot_sha256),
            ("source", snapshot.source if snapshot else ""),
            ("report", row.report_digest),
        ),
        "features": (("symbols", str(len(snapshot.symbols) if snapshot else 0)),),
        "observations": (("contestants", str(len(turns))),),
        "ask": (("asked", str(len(turns))), ("forced_holds", str(said["forced_hold"]))),
        "read": (("decisions", str(len(found))), ("chosen_holds", str(said["held"]))),
        "review": (
            ("rules_checked", str(sum(len(decision.verdicts) for decision in reviewed))),
            ("denied", str(outcomes["denied"] + outcomes["unsizable"])),
        ),
        "commit": (("state", row.receipt_state), ("root", row.receipt_root)),
        "approve": (("approved", str(outcomes["approved"])),),
        "execution_book": (("sha256", row.book_sha256),),
        "intents": (("written", str(outcomes["approved"])),),
        "book": (("fills", str(len(fills))),),
        "results": (("recorded", "no" if row.receipt_state == "not_proven" else "yes"),),
        "standings": (("replay_hash", row.replay_hash), ("season", season[0])),
    }
