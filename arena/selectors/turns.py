"""Turns one by one: a contestant's newest, and one in full with its question and its raw answer."""

from agents.selectors.calls import calls_of
from agents.selectors.prompts import sent_prompt
from arena.domain.minds import PromptView
from arena.domain.round_views import TurnView
from arena.domain.stages import CLOSED
from arena.domain.turn_views import TurnLine, TurnPage
from arena.models import EquityPoint, Round, Turn
from arena.selectors.activity import decision_views, faces
from arena.selectors.minds import call_view
from arena.selectors.rounds import turn_view
from trading import selectors as trading

NEWEST = 20
"""Turns of a contestant's page."""

MOST_DECISIONS = 64
"""More than one turn can have decisions: one a symbol."""


def newest_turns(contestant_id: str, limit: int = NEWEST) -> tuple[TurnLine, ...]:
    """Return a contestant's newest turns with the calls they took, newest first: two reads."""
    rows = Turn.objects.filter(contestant_id=contestant_id).select_related("round")
    turns = list(rows.order_by("-round__slot")[:limit])
    calls = {call.slot: call for call in calls_of(contestant_id, limit=limit)} if turns else {}
    return tuple(
        TurnLine(
            number=turn.round.number,
            market_ms=turn.round.market_ms,
            outcome=turn.outcome,
            reason=turn.reason,
            call=call_view(calls[turn.round.slot]) if turn.round.slot in calls else None,
        )
        for turn in turns
    )


def turn_page(season_slug: str, number: int, contestant_slug: str) -> TurnPage | None:
    """Return one turn in full; None if there is no such season, round, contestant or turn."""
    rows = Turn.objects.filter(round__season__slug=season_slug, round__number=number)
    found = rows.select_related("round", "contestant__spec").filter(contestant__slug=contestant_slug).first()
    if found is None:
        return None
    is_closed = found.round.stage == CLOSED
    answers = trading.blob_bodies([found.answer_sha256]) if is_closed and found.answer_sha256 else {}
    return TurnPage(
        number=number,
        market_ms=found.round.market_ms,
        is_closed=is_closed,
        snapshot_sha256=found.round.snapshot_sha256,
        kind=found.contestant.spec.kind,
        division=found.contestant.division,
        turn=_turn(found),
        prompt=_prompt(found.round, found.contestant_id) if is_closed else None,
        answer=answers.get(found.answer_sha256),
    )


def _turn(turn: Turn) -> TurnView:
    row = turn.round
    known = faces(row.season_id, turn.contestant.slug)
    account, face = next(iter(known.items()))
    records = trading.decision_records(
        row.season_id, account_id=account, before_ms=row.market_ms + 1, limit=MOST_DECISIONS
    )
    ours = [record for record in records if record.turn_id == turn.id]
    points = EquityPoint.objects.filter(contestant_id=turn.contestant_id, number=row.number)
    calls = [call for call in calls_of(turn.contestant_id, row.slot + 1, 1) if call.turn_id == turn.id]
    return turn_view(
        face,
        turn,
        points.values_list("equity", flat=True).first(),
        decision_views(row.season_id, known, ours),
        calls[0] if calls else None,
    )


def _prompt(row: Round, contestant_id: str) -> PromptView | None:
    sent = sent_prompt(row.season_id, row.slot, contestant_id)
    if sent is None:
        return None
    prompt = sent.prompt
    return PromptView(
        version=sent.version,
        sha256=prompt.sha256,
        parts_sha256=prompt.parts_sha256(),
        system=prompt.system,
        market=prompt.market,
        account=prompt.account,
    )
