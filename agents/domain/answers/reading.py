"""From raw bytes to what they decide: the policy of docs/algorithms/answers.md, in its order."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

from agents.domain.answers.items import Named, decision_of, name_item, text_of
from agents.domain.answers.places import find_document
from agents.domain.answers.values import (
    KEY_LENGTH,
    MAX_ITEMS,
    MAX_UNKNOWN_KEYS,
    SUMMARY_LENGTH,
    Answer,
    AnswerContext,
    RejectedItem,
    Unreadable,
)
from agents.domain.strict_json import KEYS, MAX_BYTES, RefusedError
from agents.domain.text import clean_text
from trading.domain.decisions import Decision

_KNOWN: Final = frozenset(KEYS)


def parse_answer(raw: bytes | str, context: AnswerContext) -> Answer | Unreadable:
    """Return what the answer decides among the offered symbols, or why it cannot be read. Never raises."""
    try:
        document = find_document(_text_of(raw), context.symbols)
        items = _items_of(document)
    except RefusedError as refusal:
        return Unreadable(refusal.code)
    named = [name_item(index, item, context.symbols) for index, item in enumerate(items)]
    repeated = _repeated_symbols(named)
    decisions: list[Decision] = []
    rejected: list[RejectedItem] = []
    holds_turn = False
    for one in named:
        try:
            decision = decision_of(one, context, repeated)
        except RefusedError as refusal:
            rejected.append(RejectedItem(one.index, refusal.code, one.symbol))
            continue
        holds_turn = holds_turn or decision is None
        decisions.extend(() if decision is None else (decision,))
    return Answer(
        _summary_of(document), tuple(decisions), tuple(rejected), _unknown_keys(document, items), holds_turn
    )


def _text_of(raw: bytes | str) -> str:
    if isinstance(raw, str):
        if len(raw) > MAX_BYTES or len(raw.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise RefusedError("too_long")
        return raw
    if len(raw) > MAX_BYTES:
        raise RefusedError("too_long")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise RefusedError("not_utf8") from None


def _items_of(document: dict[str, Any]) -> list[Any]:
    if "decisions" not in document:
        return [document]
    items = document["decisions"]
    if isinstance(items, dict) and "action" in items:
        return [items]
    if not isinstance(items, list):
        raise RefusedError("decisions_not_a_list")
    if len(items) > MAX_ITEMS:
        raise RefusedError("too_many_decisions")
    return items


def _repeated_symbols(named: Sequence[Named]) -> frozenset[str]:
    if len(named) < 2:  # noqa: PLR2004 - one item repeats nothing
        return frozenset()
    counts = Counter(one.symbol for one in named if one.symbol)
    return frozenset(symbol for symbol, count in counts.items() if count > 1)


def _summary_of(document: dict[str, Any]) -> str:
    summary = document.get("summary") or (document.get("reasoning") if "decisions" not in document else "")
    return text_of(summary, SUMMARY_LENGTH)


def _unknown_keys(document: dict[str, Any], items: list[Any]) -> tuple[str, ...]:
    """Return the keys that were said and not honoured, each once, in the order of their appearance."""
    found: dict[str, None] = {}
    for fields in (document, *items):
        if not isinstance(fields, dict):
            continue
        if not fields.keys() <= _KNOWN:
            unknown = islice((key for key in fields if key not in _KNOWN), MAX_UNKNOWN_KEYS)
            found.update((clean_text(key, KEY_LENGTH), None) for key in unknown)
        if not isinstance(fields.get("evidence"), list | None):
            found["evidence"] = None
    return tuple(found)[:MAX_UNKNOWN_KEYS]
