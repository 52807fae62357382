"""The answer a contestant gives, and the one reader of it. Pure and total: it never raises and never guesses.

An answer is one JSON object::

    {"summary": str, "decisions": [{"reasoning", "action", "symbol", "size_pct", "leverage", "stop_loss",
                                    "take_profit", "invalidation", "confidence", "evidence"}]}

``size_pct`` is in percent: for BUY and SELL of equity, for CLOSE of the position. What else is read, and what
is not, says docs/algorithms/answers.md. When in doubt an item is rejected, and each item stands alone: a bad
open never blocks a good close.
"""

from agents.domain.answers.reading import parse_answer
from agents.domain.answers.symbols import find_symbol
from agents.domain.answers.values import (
    MAX_ITEMS,
    MAX_LEVERAGE,
    REASONING_LENGTH,
    REJECTION_CODES,
    SUMMARY_LENGTH,
    UNREADABLE_CODES,
    Answer,
    AnswerContext,
    AnswerLimits,
    RejectedItem,
    Unreadable,
)
from agents.domain.answers.writing import encode_answer

__all__ = [
    "MAX_ITEMS",
    "MAX_LEVERAGE",
    "REASONING_LENGTH",
    "REJECTION_CODES",
    "SUMMARY_LENGTH",
    "UNREADABLE_CODES",
    "Answer",
    "AnswerContext",
    "AnswerLimits",
    "RejectedItem",
    "Unreadable",
    "encode_answer",
    "find_symbol",
    "parse_answer",
]
