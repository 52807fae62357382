"""What a raw answer means for its turn. Nothing is guessed: an unreadable one is a forced hold."""

from typing import Final, NamedTuple

from agents.domain.answers import AnswerContext, RejectedItem, Unreadable, parse_answer
from kernel.canonical import sha256_hex
from trading.domain.decisions import Action, Decision

DECIDED: Final = "decided"
HELD: Final = "held"
FORCED: Final = "forced_hold"


class AnswerRead(NamedTuple):
    """A turn as its answer makes it. ``rejections``: 'index:code' of the void items, blanks between."""

    outcome: str
    reason: str = ""
    summary: str = ""
    answer_sha256: str = ""
    decisions: tuple[Decision, ...] = ()
    rejections: str = ""

    @property
    def format_failures(self) -> int:
        """An answer that could not be read counts one, else each of its void items."""
        return len(self.rejections.split()) or int(bool(self.answer_sha256) and self.outcome == FORCED)


def read_answer(raw: bytes, context: AnswerContext) -> AnswerRead:
    """Return what a raw answer says about the symbols on offer."""
    sha = sha256_hex(raw)
    answer = parse_answer(raw, context)
    if isinstance(answer, Unreadable):
        return AnswerRead(FORCED, answer.code, answer_sha256=sha)
    void = _written(answer.rejected)
    if not answer.decisions and answer.rejected:
        return AnswerRead(FORCED, answer.rejected[0].code, answer.summary, sha, (), void)
    is_acting = any(item.action is not Action.HOLD for item in answer.decisions)
    return AnswerRead(DECIDED if is_acting else HELD, "", answer.summary, sha, answer.decisions, void)


MAX_WRITTEN: Final = 24
"""Void items that are named; an answer with more says nothing new."""


def _written(rejected: tuple[RejectedItem, ...]) -> str:
    return " ".join(f"{item.index}:{item.code}" for item in rejected[:MAX_WRITTEN])
