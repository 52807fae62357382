"""Steps 7 and 8: size and review every decision, then commit the round's root before anything is executed."""

from collections import Counter

from django.db import transaction

from agents.services import record_level
from arena.domain.stages import ANSWERED, COMMITTED, REVIEWED
from arena.services.counters import count_denials
from arena.services.played import PlayedTurn
from arena.services.stages import advance_stage
from arena.services.work import RoundWork
from kernel.canonical import GENESIS, canonical_bytes, chain_hash
from trading.domain.review import ReviewedDecision, review_turn
from trading.services import DecisionRow, record_decisions


def review_decisions(work: RoundWork) -> None:
    """Store every decision with every rule's finding, accepted or not."""
    if work.is_past(REVIEWED):
        return
    work.reviewed = {turn.turn_id: _review_turn(work, turn) for turn in work.turns if turn.decisions}
    rows = [
        DecisionRow(turn.turn_id, turn.player.account_id, item)
        for turn in work.turns
        for item in work.reviewed.get(turn.turn_id, ())
    ]
    with transaction.atomic():
        advance_stage(work.claim, ANSWERED)
        levels = work.levels_at("reviewed")
        record_level(work.season.id, work.facts.slot, "reviewed", levels.general, levels.own)
        record_decisions(work.season.id, work.facts.slot, work.facts.market_ms, rows)
        count_denials(_count_denied(work))
    work.reload()


def _review_turn(work: RoundWork, turn: PlayedTurn) -> tuple[ReviewedDecision, ...]:
    return review_turn(
        turn.decisions,
        turn_id=turn.turn_id,
        portfolio=work.portfolios[turn.player.account_id],
        view=work.view,
        instruments=work.instruments,
        context=work.risk_context_of(turn.player),
        facts=work.market_facts,
    )


def _count_denied(work: RoundWork) -> Counter[str]:
    return Counter(
        turn.player.contestant_id
        for turn in work.turns
        for item in work.reviewed.get(turn.turn_id, ())
        if item.outcome in {"denied", "unsizable"}
    )


def commit_decisions(work: RoundWork) -> None:
    """Commit the hash of all answers and verdicts; without a chain the receipt says 'not proven'."""
    if work.is_past(COMMITTED):
        return
    receipt = work.ports.chain.commit_root(work.claim.round_id, _root_of(work))
    with transaction.atomic():
        advance_stage(work.claim, REVIEWED, receipt_state=receipt.state, receipt_root=receipt.root)
    work.reload()


def _root_of(work: RoundWork) -> str:
    """Return the hash of what is committed; a Merkle tree takes its place with the chain."""
    answers = [[turn.player.slug, turn.outcome, turn.answer_sha256] for turn in work.turns]
    verdicts = [[item.id, item.outcome, list(item.failed_rules)] for item in work.decisions]
    seen = {"snapshot": work.facts.snapshot_sha256, "report": work.facts.report_digest}
    form = {**seen, "answers": answers, "verdicts": verdicts}
    return chain_hash(GENESIS, canonical_bytes(form))
