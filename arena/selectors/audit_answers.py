"""Turns and decisions held against the raw answers they were read from."""

from dataclasses import replace

from agents.domain.answers import AnswerContext
from arena.domain.answers import FORCED, AnswerRead, read_answer
from arena.models import Round, Season, Turn
from trading import selectors as trading
from trading.domain.decisions import Decision


def decisions_are_what_was_answered(season: Season) -> str | None:
    """D5: outcome, summary and every decision of a turn are what its stored answer says."""
    offered = trading.rule_book(season.rulebook_sha256).symbols
    for row in Round.objects.filter(season=season, stage="closed").order_by("number"):
        turns = list(Turn.objects.filter(round=row).select_related("contestant", "round"))
        decided = trading.decisions_by_turn(season.id, row.market_ms)
        asked = _context(row, offered)
        answers = trading.blob_bodies(turn.answer_sha256 for turn in turns if turn.answer_sha256)
        if lost := set(decided) - {turn.id for turn in turns}:
            return f"round {row.number}: decisions of turn {min(lost)} are there, the turn is not"
        for turn in turns:
            if not _is_faithful(turn, answers, decided.get(turn.id, ()), asked):
                return f"round {row.number}: the turn of {turn.contestant.slug} is not what its answer says"
    return None


def _is_faithful(
    turn: Turn, answers: dict[str, bytes], decided: tuple[Decision, ...], context: AnswerContext
) -> bool:
    if not turn.answer_sha256:
        return turn.outcome == FORCED and not decided and not turn.summary
    raw = answers.get(turn.answer_sha256)
    if raw is None:
        return False
    if _says(turn, read_answer(raw, context), decided):
        return True
    # What was held then matters to few answers; it is worked out where the answer alone says otherwise.
    sides = trading.sides_at(turn.contestant.account_id, turn.round.market_ms)
    return _says(turn, read_answer(raw, replace(context, sides=sides)), decided)


def _says(turn: Turn, read: AnswerRead, decided: tuple[Decision, ...]) -> bool:
    stored = (turn.outcome, turn.reason, turn.summary, turn.rejections)
    said = (read.outcome, read.reason, read.summary, read.rejections)
    return stored == said and decided == tuple(sorted(read.decisions, key=_symbol_of))


def _context(row: Round, offered: tuple[str, ...]) -> AnswerContext:
    free = trading.rule_book(row.rulebook_sha256).limit_orders
    if not trading.blob_bodies([row.snapshot_sha256]):
        return AnswerContext(offered, free_terms=free)
    marks = {part.symbol: part.mark for part in trading.snapshot(row.snapshot_sha256).symbols}
    return AnswerContext(tuple(marks), marks, free_terms=free)


def _symbol_of(decision: Decision) -> str:
    return decision.symbol
