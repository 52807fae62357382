"""What a raw answer means for its turn. Nothing is guessed: an unreadable one is a forced hold."""

from typing import Final

from agents.domain.answers import AnswerContext, Unreadable, parse_answer
from kernel.canonical import sha256_hex
from trading.domain.decisions import Action, Decision

DECIDED: Final = "decided"
HELD: Final = "held"
FORCED: Final = "forced_hold"

AnswerRead = tuple[str, str, str, str, tuple[Decision, ...]]
"""(outcome, reason, summary, hash, decisions)."""


def read_answer(raw: bytes, offered: tuple[str, ...]) -> AnswerRead:
    """Return what a raw answer says about the symbols on offer."""
    sha = sha256_hex(raw)
    answer = parse_answer(raw, AnswerContext(offered))
    if isinstance(answer, Unreadable):
        return FORCED, answer.code, "", sha, ()
    if not answer.decisions and answer.rejected:
        return FORCED, answer.rejected[0].code, answer.summary, sha, ()
    is_acting = any(item.action is not Action.HOLD for item in answer.decisions)
    return DECIDED if is_acting else HELD, "", answer.summary, sha, answer.decisions
