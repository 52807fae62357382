"""Reading raw answers where this room needs what they say: for derived deciders, for citations."""

from collections.abc import Iterable

from agents.domain.answers import Answer, AnswerContext, parse_answer
from agents.domain.strict_json import MAX_BYTES
from agents.services.questions import Ask
from trading.domain.observation import Observation


def reason_against(raw: object) -> str:
    """Return why these are no answer's bytes, as a code; '' if they may be one."""
    if not isinstance(raw, bytes):
        return "empty" if raw is None else "raised"
    if not raw:
        return "empty"
    return "too_long" if len(raw) > MAX_BYTES else ""


def read_answers(raws: Iterable[tuple[Ask, bytes | None]]) -> dict[str, Answer]:
    """Return contestant -> answer for those whose bytes can be read at all."""
    found: dict[str, Answer] = {}
    for ask, raw in raws:
        if raw is None:
            continue
        answer = parse_answer(raw, _context_of(ask.observation))
        if isinstance(answer, Answer):
            found[ask.contestant_id] = answer
    return found


def _context_of(observation: Observation) -> AnswerContext:
    marks = observation.market.marks
    sides = {held.symbol: held.side for held in observation.portfolio.positions}
    return AnswerContext(tuple(marks), marks, sides, free_terms=observation.market.rules.limit_orders)
