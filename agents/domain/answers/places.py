"""Finds the one place of a text where the answer stands. Two places that say different things are none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from agents.domain.answers.actions import is_action, is_same_action
from agents.domain.answers.markup import Surroundings, check_marks
from agents.domain.answers.names import TOOL, is_answer_name
from agents.domain.answers.repairs import repaired_at
from agents.domain.answers.speech import EDGES, spoken_parts, without_fence
from agents.domain.answers.symbols import find_symbol
from agents.domain.strict_json import RefusedError, RepeatedKeys, check_bounds, decode_at

Document = dict[str, Any]

_BRACKET: Final = re.compile("[\\[\\]{}\uff3b\uff3d\uff5b\uff5d]")
_BEGINS: Final = re.compile(
    r"""[{\uff5b]\s*+(?:["'\u201c\u201d\u2018\u2019\uff02}\uff5d]|[A-Za-z_$][\w$]*+\s*+[:\uff1a]|//|/\*|\#)
       |[\[\uff3b]\s*+[{\uff5b]""",
    re.VERBOSE,
)
"""The beginning of an object, or of a list of objects: from here on it must be readable."""

_PAYLOADS: Final = frozenset({"arguments", "input", "parameters", "args"})
_NAMES: Final = frozenset({"name", "tool", "tool_name", "function", "function_name", "recipient_name"})
_CALLS: Final = ("function", "function_call", "tool_call", "tool_calls")
_OWN: Final = frozenset({"action", "decisions"})
_FIGURES: Final = ("action", "symbol", "size_pct", "leverage", "stop_loss", "take_profit")


_MAX_VALUES: Final = 128
"""Objects and lists in one text; an honest one shows a handful."""

_MAX_BESIDE: Final = 32
"""Objects tried in words beside a tool call: each may cost as much as reading all of them."""


@dataclass(frozen=True, slots=True)
class _Reach:
    """What may still be unwrapped: one wrapper, one list of one, one string. ``offered``: the symbols."""

    offered: tuple[str, ...]
    may_wrap: bool = True
    may_list: bool = True
    in_string: bool = False


def find_document(text: str, offered: tuple[str, ...]) -> Document:
    """Return the object that holds the decisions; raises RefusedError with a code, and nothing else."""
    text = text.strip(EDGES)
    if len(text) == 0:
        raise RefusedError("not_json")
    reach = _Reach(offered)
    document = _whole(text, reach)
    if document is None:
        document = _whole(without_fence(text), reach)
    if document is None:
        document = _only([_said(part, reach) for part in spoken_parts(text)])
    return document


def _said(visible: str, reach: _Reach) -> Document:
    return _whole(without_fence(visible), reach) or _scan(visible, reach)


def _whole(text: str, reach: _Reach) -> Document | None:
    """Return the answer in text that is valid JSON from end to end; None if it is not."""
    found = _decoded(text)
    if found is None:
        return None
    value = found[0]
    documents = _documents(value, replace(reach, in_string=True))
    if not documents:
        raise RefusedError("no_decisions" if isinstance(value, dict) else "not_an_object")
    return _only(documents)


def _decoded(text: str) -> tuple[Any] | None:
    if not text or (text[0] in "{[" and text[-1] not in "}]"):
        return None  # prose behind it: the scan finds the object without reading all of it twice
    check_bounds(text)
    found = decode_at(text, 0)
    return (found[0],) if found is not None and found[1] == len(text) else None


def _scan(text: str, reach: _Reach) -> Document:
    """Return the answer that stands alone among prose, dressed up or not."""
    check_bounds(text)
    check_marks(text)
    documents: list[Document] = []
    around = Surroundings()
    values = place = depth = passed = 0
    while (bracket := _BRACKET.search(text, place)) is not None:
        place = bracket.start()
        if _BEGINS.match(text, place):
            around.pass_over(text[passed:place])
            value, place = decode_at(text, place) or repaired_at(text, place)
            passed = place
            found = _documents(value, reach)
            if found:
                around.refuse_unmeant()
            if found and depth:
                # Inside brackets that are not its own: cut off, or quoted.
                raise RefusedError("not_json")
            documents += found
            values += 1
            if values > _MAX_VALUES:
                raise RefusedError("too_many_values")
            continue
        depth += 1 if bracket.group() in "[{\uff3b\uff5b" else -1
        if depth < 0:
            raise RefusedError("not_json")
        place += 1
    if not documents:
        raise RefusedError("no_decisions" if values else "not_json")
    return _only(documents)


def _only(documents: list[Document]) -> Document:
    first = documents[0]
    if any(other != first for other in documents[1:]):
        raise RefusedError("several_answers")
    if isinstance(first, RepeatedKeys):
        raise RefusedError("duplicate_key")
    if "decisions" in first:
        _refuse_figures_beside(first)
    _refuse_words_beside(first, first)
    return first


def _refuse_figures_beside(outer: Document) -> None:
    """Raise RefusedError if figures stand outside of the decision: nobody knows which ones count."""
    if any(outer.get(name) is not None for name in _FIGURES):
        raise RefusedError("several_answers")


def _documents(value: Any, reach: _Reach) -> list[Document]:
    """Return the objects with decisions in a value: itself, in a list of one, in one wrapper, in a string."""
    if isinstance(value, dict):
        if "action" in value or "decisions" in value:
            return [value]
        if isinstance(value, RepeatedKeys):
            raise RefusedError("duplicate_key")
        return _wrapped(value, reach) if reach.may_wrap else _hidden(value)
    if isinstance(value, list):
        if reach.may_list and len(value) == 1:
            return _documents(value[0], replace(reach, may_list=False, in_string=False))
        return _hidden(value)
    if isinstance(value, str) and reach.in_string:
        return _in_string(value, replace(reach, in_string=False))
    return []


def _hidden(value: Any) -> list[Document]:
    """Return nothing; raises RefusedError if decisions stand where no answer may stand."""
    children = value.values() if isinstance(value, dict) else value
    for child in children:
        if isinstance(child, dict) and ("action" in child or "decisions" in child):
            raise RefusedError("several_answers" if isinstance(value, list) else "no_decisions")
        if isinstance(child, dict | list):
            _hidden(child)
    return []


def _in_string(text: str, reach: _Reach) -> list[Document]:
    """Return the answer that was encoded as JSON twice."""
    text = text.strip(EDGES)
    if not _BEGINS.match(text):
        return []
    check_bounds(text)
    value, end = decode_at(text, 0) or repaired_at(text, 0)
    if end != len(text):
        raise RefusedError("not_json")
    return _documents(value, reach)


def _wrapped(wrapper: Document, reach: _Reach) -> list[Document]:
    inside = replace(reach, may_wrap=False)
    if wrapper.get("role") not in (None, "assistant", "model"):
        _hidden(wrapper)
        raise RefusedError("no_decisions")
    calls = _tool_calls(wrapper)
    found = [one for call in calls for one in _payload(call, replace(inside, in_string=True))]
    for key, child in wrapper.items():
        if calls and (key in _CALLS or key in _PAYLOADS):
            continue
        inner = _beside(child) if calls and isinstance(child, str) else _child(key, child, inside)
        found += inner
        if len(found) > _MAX_BESIDE:
            raise RefusedError("too_many_values")
    if found:
        for outer in (wrapper, *calls):
            _refuse_figures_beside(outer)
            _refuse_words_beside(outer, found[0])
    return found


def _child(key: str, child: Any, reach: _Reach) -> list[Document]:
    inner = _documents(child, replace(reach, in_string=is_answer_name(key)))
    if inner:
        _check_name(key, inner[0], reach.offered)
    return inner


def _beside(text: str) -> list[Document]:
    """Return the decisions that words beside a tool call hold."""
    if "{" not in text:
        return []
    try:
        check_bounds(text)
    except RefusedError:
        return []
    documents: list[Document] = []
    place = tried = 0
    while (begin := _BEGINS.search(text, place)) is not None:
        tried += 1
        if tried > _MAX_BESIDE:
            raise RefusedError("too_many_values")
        found = decode_at(text, begin.start())
        place = found[1] if found else begin.end()
        documents += _decisions_in(found[0]) if found else ()
    return documents


def _decisions_in(value: Any) -> Iterator[Document]:
    if isinstance(value, dict) and _decides(value):
        yield value
        return
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _decisions_in(child)


def _decides(value: Document) -> bool:
    return "action" in value or "decisions" in value


def _refuse_words_beside(outer: Document, document: Document) -> None:
    """Raise RefusedError if another decision stands beside one, under a name of an answer."""
    for key, child in outer.items():
        if key in _OWN or not is_answer_name(key):
            continue
        if isinstance(child, str) and is_action(child) and not is_same_action(child, document.get("action")):
            raise RefusedError("several_answers")
        if isinstance(child, dict) and _decides(child) and child != document:
            raise RefusedError("several_answers")


def _check_name(key: str, document: Document, offered: tuple[str, ...]) -> None:
    """Raise RefusedError unless a wrapper is named as what holds an answer, or after its symbol."""
    named = find_symbol(key, offered)
    if named and named != find_symbol(document.get("symbol"), offered):
        raise RefusedError("several_answers")
    if not named and not is_answer_name(key):
        raise RefusedError("no_decisions")


def _tool_calls(wrapper: Document) -> list[Document]:
    """Return the objects that name a tool and its arguments, as the dialects write it."""
    found: list[Document] = [wrapper[key] for key in _CALLS if isinstance(wrapper.get(key), dict)]
    listed = wrapper.get("tool_calls")
    for call in listed if isinstance(listed, list) else ():
        if isinstance(call, dict):
            found += [call[key] for key in _CALLS if isinstance(call.get(key), dict)] or [call]
    return found or ([wrapper] if _PAYLOADS & wrapper.keys() else [])


def _payload(call: Document, reach: _Reach) -> list[Document]:
    names = {call[key] for key in _NAMES & call.keys() if isinstance(call[key], str)}
    payloads = [call[key] for key in _PAYLOADS & call.keys()]
    if len(payloads) != 1 or isinstance(call, RepeatedKeys):
        raise RefusedError("no_decisions")
    if {name.removeprefix("functions.") for name in names} != {TOOL}:
        _hidden(payloads)
        raise RefusedError("no_decisions")
    return _documents(payloads[0], reach)
