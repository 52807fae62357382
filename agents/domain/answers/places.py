"""Finds the one place of a text where the answer stands. Two places that say different things are none."""

import re
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from agents.domain.answers.repairs import repaired_at
from agents.domain.answers.speech import EDGES, spoken, without_fence
from agents.domain.answers.symbols import find_symbol
from agents.domain.strict_json import RefusedError, RepeatedKeys, check_bounds, decode_at

Document = dict[str, Any]

TOOL: Final = "submit_decision"
"""The one tool a model may have been offered."""

_BRACKET: Final = re.compile("[\\[\\]{}\uff3b\uff3d\uff5b\uff5d]")
_BEGINS: Final = re.compile(
    r"""[{\uff5b]\s*+(?:["'\u201c\u201d\u2018\u2019\uff02}\uff5d]|[A-Za-z_$][\w$]*+\s*+[:\uff1a]|//|/\*|\#)
       |[\[\uff3b]\s*+[{\uff5b]""",
    re.VERBOSE,
)
"""The beginning of an object, or of a list of objects: from here on it must be readable."""

_PAYLOADS: Final = frozenset({"arguments", "input", "parameters", "args"})
_NAMES: Final = frozenset({"name", "tool", "tool_name", "function", "function_name", "recipient_name"})
_TEXT_WRAPPERS: Final = frozenset(
    {"answer", "response", "result", "output", "content", "decision", "final", "json", "data", "text", TOOL}
)
"""Keys under which an answer may stand as JSON inside a string."""

_NOT_MEANT: Final = frozenset(
    {"example", "examples", "sample", "template", "schema", "format", "previous", "prior", "last", "old",
     "past", "draft", "rejected", "error", "history", "alternative", "alternatives", "hypothetical", "prompt",
     "avoid", "wrong", "bad", "invalid", "if", "instead", "scenario", "simulated", "option", "options",
     "considered", "candidate", "initial", "first", "not", "unless", "else", "otherwise", "system", "user",
     "memory", "context", "conditional", "future", "backup"}
)  # fmt: skip
"""Words in the name of a wrapper that say its content is not the answer."""

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_FIGURES: Final = ("action", "symbol", "size_pct", "leverage", "stop_loss", "take_profit")


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
        visible = spoken(text)
        document = _whole(without_fence(visible), reach) or _scan(visible, reach)
    return document


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
    documents: list[Document] = []
    has_value = False
    place = depth = 0
    while (bracket := _BRACKET.search(text, place)) is not None:
        place = bracket.start()
        if _BEGINS.match(text, place):
            value, place = decode_at(text, place) or repaired_at(text, place)
            found = _documents(value, reach)
            if found and depth:
                # Inside brackets that are not its own: cut off, or quoted.
                raise RefusedError("not_json")
            documents += found
            has_value = True
            continue
        depth += 1 if bracket.group() in "[{\uff3b\uff5b" else -1
        if depth < 0:
            raise RefusedError("not_json")
        place += 1
    if not documents:
        raise RefusedError("no_decisions" if has_value else "not_json")
    return _only(documents)


def _only(documents: list[Document]) -> Document:
    first = documents[0]
    if any(other != first for other in documents[1:]):
        raise RefusedError("several_answers")
    if isinstance(first, RepeatedKeys):
        raise RefusedError("duplicate_key")
    if "decisions" in first:
        _refuse_figures_beside(first)
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
    call = _tool_call(wrapper)
    if call is not None:
        return _payload(call, replace(reach, may_wrap=False, in_string=True))
    found: list[Document] = []
    for key, child in wrapper.items():
        inner = _documents(child, replace(reach, may_wrap=False, in_string=key.lower() in _TEXT_WRAPPERS))
        if inner:
            _check_name(key, inner[0], reach.offered)
        found += inner
    if found:
        _refuse_figures_beside(wrapper)
    return found


def _check_name(key: str, document: Document, offered: tuple[str, ...]) -> None:
    """Raise RefusedError if a wrapper is named as what is not meant, or after another symbol."""
    if _NOT_MEANT & {word.lower() for word in _WORD.findall(key)}:
        raise RefusedError("no_decisions")
    named = find_symbol(key, offered)
    if named and named != find_symbol(document.get("symbol"), offered):
        raise RefusedError("several_answers")


def _tool_call(wrapper: Document) -> Document | None:
    """Return the object that names a tool and its arguments, as the dialects write it."""
    for name in ("function", "function_call", "tool_call"):
        if isinstance(wrapper.get(name), dict):
            return cast("Document", wrapper[name])
    calls = wrapper.get("tool_calls")
    if isinstance(calls, list) and len(calls) == 1 and isinstance(calls[0], dict):
        return _tool_call(calls[0]) or calls[0]
    return wrapper if _PAYLOADS & wrapper.keys() else None


def _payload(call: Document, reach: _Reach) -> list[Document]:
    names = {call[key] for key in _NAMES & call.keys() if isinstance(call[key], str)}
    payloads = [call[key] for key in _PAYLOADS & call.keys()]
    if len(payloads) != 1 or isinstance(call, RepeatedKeys):
        raise RefusedError("no_decisions")
    if {name.removeprefix("functions.") for name in names} != {TOOL}:
        _hidden(payloads)
        raise RefusedError("no_decisions")
    return _documents(payloads[0], reach)
