"""One item of an answer to one decision, or the reason why it is void."""

import json
from dataclasses import dataclass
from typing import Any, Final

from agents.domain.answers.actions import ACTIONS, action_word
from agents.domain.answers.exits import check_exits
from agents.domain.answers.figures import confidence_of, leverage_of, number_of, price_of, size_of
from agents.domain.answers.symbols import find_symbol
from agents.domain.answers.terms import OpenTerms, terms_of
from agents.domain.answers.values import (
    INVALIDATION_LENGTH,
    KEY_LENGTH,
    MAX_EVIDENCE,
    MAX_LEVERAGE,
    REASONING_LENGTH,
    AnswerContext,
)
from agents.domain.strict_json import NumberText, RefusedError, RepeatedKeys
from agents.domain.text import clean_text
from kernel.units import MAX_UNITS, SCALE, format_units
from trading.domain.decisions import Action, Decision
from trading.domain.invalidation import Invalidation

_WATCH_KEYS: Final = ("metric", "timeframe", "comparison", "value")

_NO_SYMBOL: Final = frozenset({"", "ALL", "ANY", "N/A", "NA", "NONE", "NULL", "*", "-"})
_ONE_SIDED: Final = {"CLOSE_LONG": 1, "CLOSE_SHORT": -1}


@dataclass(frozen=True, slots=True)
class Named:
    """What an item is about: its place, its fields, the symbol it spells ('' for none on offer)."""

    index: int
    fields: Any
    symbol: str


def name_item(index: int, item: Any, offered: tuple[str, ...]) -> Named:
    """Return the item with its symbol looked up."""
    symbol = find_symbol(item.get("symbol"), offered) if isinstance(item, dict) else ""
    return Named(index, item, symbol)


def decision_of(named: Named, context: AnswerContext, repeated: frozenset[str]) -> Decision | None:
    """Return one item's decision; None for a HOLD that names no symbol, which is about the whole turn."""
    item, symbol = named.fields, named.symbol
    if not isinstance(item, dict):
        raise RefusedError("item_not_an_object")
    if symbol in repeated:
        raise RefusedError("symbol_twice")
    if isinstance(item, RepeatedKeys) or any(isinstance(value, RepeatedKeys) for value in item.values()):
        raise RefusedError("item_duplicate_key")
    word = action_word(item.get("action"))
    action = ACTIONS[word]
    if not symbol:
        if action is Action.HOLD and _names_none(item.get("symbol")):
            return None
        raise RefusedError("unknown_symbol")
    if action.is_open:
        return _open(item, action, symbol, context)
    return _close(item, word, symbol, context) if action is Action.CLOSE else _quiet(item, action, symbol, 0)


def _names_none(symbol: Any) -> bool:
    return symbol is None or (isinstance(symbol, str) and symbol.strip().upper() in _NO_SYMBOL)


def _open(item: dict[str, Any], action: Action, symbol: str, context: AnswerContext) -> Decision:
    limits = context.limits
    words, watch = _invalidation_of(item.get("invalidation"))
    mark = context.marks.get(symbol) if context.marks else None
    asked = terms_of(item, mark) if context.free_terms else OpenTerms()
    decision = Decision(
        action=action,
        symbol=symbol,
        size=size_of(item.get("size_pct"), limits.max_size if limits else SCALE),
        leverage=leverage_of(
            item.get("leverage"),
            limits.min_leverage if limits else 1,
            limits.max_leverage if limits else MAX_LEVERAGE,
        ),
        confidence=confidence_of(item.get("confidence"), required=True),
        stop_loss=price_of(item.get("stop_loss"), "stop_loss"),
        take_profit=price_of(item.get("take_profit"), "take_profit"),
        invalidation=words,
        reasoning=text_of(item.get("reasoning"), REASONING_LENGTH),
        watch=watch,
        evidence=_evidence_of(item.get("evidence")),
        terms=asked.terms,
        trail=asked.trail,
        reverse=asked.reverse,
    )
    check_exits(decision, context)
    return decision


def _close(item: dict[str, Any], word: str, symbol: str, context: AnswerContext) -> Decision:
    size = SCALE if item.get("size_pct") is None else size_of(item["size_pct"], SCALE)
    if size * 100 < SCALE:
        raise RefusedError("size_out_of_bounds")
    if context.sides is not None:
        held, wanted = context.sides.get(symbol, 0), _ONE_SIDED.get(word, 0)
        if not held and context.limits is not None:
            raise RefusedError("nothing_to_close")
        if wanted and held == -wanted:
            raise RefusedError("wrong_side_to_close")
    return _quiet(item, Action.CLOSE, symbol, size)


def _quiet(item: dict[str, Any], action: Action, symbol: str, size: int) -> Decision:
    # Nothing is opened, so a condition would watch nothing: only words are kept.
    words = item.get("invalidation")
    return Decision(
        action=action,
        symbol=symbol,
        size=size,
        confidence=_confidence_or_none(item.get("confidence")),
        invalidation=clean_text(words, INVALIDATION_LENGTH),
        reasoning=text_of(item.get("reasoning"), REASONING_LENGTH),
        evidence=_evidence_of(item.get("evidence")),
    )


def _confidence_or_none(value: Any) -> int:
    # An exit is never blocked by how sure somebody is of it.
    try:
        return confidence_of(value, required=False)
    except RefusedError:
        return 0


def _invalidation_of(value: Any) -> tuple[str, Invalidation | None]:
    """Return the words and the watched condition; words alone are not watched."""
    if value is None or _is_text(value):
        return clean_text(value, INVALIDATION_LENGTH), None
    try:
        metric, timeframe, comparison, bound = (value[key] for key in _WATCH_KEYS)
        watch = Invalidation(metric, timeframe, comparison, _bound_of(metric, bound))
    except (LookupError, TypeError, ValueError):  # RefusedError is a ValueError
        raise RefusedError("invalidation_not_checkable") from None
    return invalidation_words(watch), watch


def _bound_of(metric: Any, value: Any) -> int:
    bound = number_of(value, "value") if metric == "held_minutes" else price_of(value, "value")
    if bound is None or bound > MAX_UNITS:
        raise RefusedError("invalidation_not_checkable")
    return bound


def invalidation_words(watch: Invalidation) -> str:
    """Return a watched condition in words: '1h close below 63000'."""
    value = format_units(watch.value)
    if watch.metric == "held_minutes":
        return f"held for more than {value} minutes"
    timeframe = f"{watch.timeframe} " if watch.metric == "close" else ""
    return f"{timeframe}{watch.metric} {watch.comparison} {value}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, NumberText)


def _evidence_of(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    keys = (clean_text(key, KEY_LENGTH) for key in value[:MAX_EVIDENCE] if _is_text(key))
    return tuple(key for key in keys if key)


def text_of(value: Any, length: int) -> str:
    """Return words as they are and anything else as its JSON, without invisible signs, of bounded length."""
    if value is None or isinstance(value, str):
        return clean_text(value, length)
    return clean_text(json.dumps(value, ensure_ascii=False, default=lambda _: "NaN"), length)
