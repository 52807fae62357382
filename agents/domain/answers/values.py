"""What the reader of answers is told, and what it returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trading.domain.decisions import Decision

MAX_ITEMS: Final = 64
MAX_LEVERAGE: Final = 125
"""The widest leverage any known venue offers."""

SUMMARY_LENGTH: Final = 600
REASONING_LENGTH: Final = 1200
INVALIDATION_LENGTH: Final = 400
MAX_EVIDENCE: Final = 8
"""So many keys of KEY_LENGTH fit the column; the prompt names the same bound."""
KEY_LENGTH: Final = 60
MAX_UNKNOWN_KEYS: Final = 16

UNREADABLE_CODES: Final = frozenset(
    {"too_long", "not_utf8", "too_deep", "too_many_values", "not_json", "not_an_object", "duplicate_key",
     "no_decisions", "several_answers", "unclosed_thinking", "no_final_channel",
     "decisions_not_a_list", "too_many_decisions"}
)  # fmt: skip
"""Why a whole answer cannot be read: the turn is a forced hold."""

REJECTION_CODES: Final = frozenset(
    {"item_not_an_object", "item_duplicate_key", "unknown_action", "unknown_symbol", "symbol_twice",
     "size_missing", "size_not_a_number", "size_ambiguous", "size_out_of_bounds",
     "leverage_missing", "leverage_not_whole", "leverage_out_of_bounds",
     "confidence_missing", "confidence_not_a_number", "confidence_out_of_bounds",
     "stop_loss_missing", "stop_loss_not_a_number", "stop_loss_out_of_bounds", "stop_loss_too_far",
     "stop_loss_wrong_side", "stop_loss_beyond_margin",
     "take_profit_missing", "take_profit_not_a_number", "take_profit_out_of_bounds", "take_profit_too_far",
     "take_profit_wrong_side", "mark_missing", "nothing_to_close", "wrong_side_to_close",
     "invalidation_not_checkable",
     "limit_price_not_a_number", "limit_price_out_of_bounds", "limit_price_too_far",
     "time_in_force_unknown", "post_only_not_a_flag", "terms_contradict",
     "trailing_pct_not_a_number", "trailing_pct_out_of_bounds", "reverse_not_a_flag"}
)  # fmt: skip
"""Why one item of a readable answer is void; the others stand."""


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """Bounds outside of which an open is rejected here. ``max_size`` is a ratio of equity in units."""

    max_size: int
    min_leverage: int
    max_leverage: int


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What an answer is read against; symbols are the names on offer, prices units.

    ``sides``: open positions, +1 long, -1 short. None for ``marks`` or ``sides`` is not known and not
    checked. Without ``limits`` leverage, size and exits are left to the risk rules, which tell the public
    figure and limit (docs/algorithms/answers.md).
    """

    symbols: tuple[str, ...]
    marks: Mapping[str, int] | None = None
    sides: Mapping[str, int] | None = None
    limits: AnswerLimits | None = None
    free_terms: bool = False
    """Whether opens may name a limit price, a trailing stop or a reversal; else these fields say nothing."""


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """One void item: its place in the list, from 0, a code of ``REJECTION_CODES``, the symbol or ''."""

    index: int
    code: str
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A readable answer. No decisions and nothing rejected is a hold the contestant chose.

    ``unknown_keys`` names what was said beside the form; ``holds_turn`` is True if an item held without
    naming a symbol.
    """

    summary: str
    decisions: tuple[Decision, ...]
    rejected: tuple[RejectedItem, ...] = ()
    unknown_keys: tuple[str, ...] = ()
    holds_turn: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer nothing can be taken from, with a code of ``UNREADABLE_CODES``."""

    code: str
