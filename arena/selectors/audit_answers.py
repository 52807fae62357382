"""Turns and decisions held against the raw answers they were read from."""

from arena.domain.answers import FORCED, read_answer
from arena.models import Round, Season, Turn
from trading import selectors as trading
from trading.domain.decisions import Decision


def decisions_are_what_was_answered(season: Season) -> str | None:
    """D5: outcome, summary and every decision of a turn are what its stored answer says."""
    offered = trading.rule_book(season.rulebook_sha256).symbols
    for row in Round.objects.filter(season=season, stage="closed").order_by("number"):
        turns = list(Turn.objects.filter(round=row).select_related("contestant"))
        decided = trading.decisions_by_turn(season.id, row.market_ms)
        answers = trading.blob_bodies(turn.answer_sha256 for turn in turns if turn.answer_sha256)
        if lost := set(decided) - {turn.id for turn in turns}:
            return f"round {row.number}: decisions of turn {min(lost)} are there, the turn is not"
        for turn in turns:
            if not _is_faithful(turn, answers, decided.get(turn.id, ()), offered):
                return f"round {row.number}: the turn of {turn.contestant.slug} is not what its answer says"
    return None


def _is_faithful(
    turn: Turn, answers: dict[str, bytes], decided: tuple[Decision, ...], offered: tuple[str, ...]
) -> bool:
    if not turn.answer_sha256:
        return turn.outcome == FORCED and not decided and not turn.summary
    raw = answers.get(turn.answer_sha256)
    if raw is None:
        return False
    outcome, reason, summary, _sha, said = read_answer(raw, offered)
    stored = (turn.outcome, turn.reason, turn.summary)
    return stored == (outcome, reason, summary) and decided == tuple(sorted(said, key=_symbol_of))


def _symbol_of(decision: Decision) -> str:
    return decision.symbol
