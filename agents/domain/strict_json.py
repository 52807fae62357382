"""One JSON object out of untrusted bytes: bounded in size and depth, numbers as text, nothing repaired."""

import json
import re
from typing import Any, Final

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 8

_MAX_BRACKETS: Final = 4_096
"""A full answer needs two hundred; beyond this the text is an attack on the reader's time."""


class RefusedError(ValueError):
    """Carries the reason code while an answer is read; the reader turns it into a value."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NumberText(str):
    """The text of a JSON number, kept exact until a field says what it means."""

    __slots__ = ()


NOT_FINITE: Final = object()
"""Stands for NaN and Infinity, which Python reads although they are no JSON: no field takes it."""

DUPLICATE: Final = object()
"""Stands for an object that names a key twice."""

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def read_object(raw: bytes | str) -> dict[str, Any]:
    """Return the one object these bytes hold; raises RefusedError with a code, and nothing else."""
    body = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    if len(body) > MAX_BYTES:
        raise RefusedError("too_long")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise RefusedError("not_utf8") from None
    _check_depth(text)
    try:
        document = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise RefusedError("not_json") from None
    if document is DUPLICATE:
        raise RefusedError("duplicate_key")
    if not isinstance(document, dict):
        raise RefusedError("not_an_object")
    return document


def _object_of(pairs: list[tuple[str, Any]]) -> Any:
    fields = dict(pairs)
    # json keeps the last of two equal keys, so an answer could show one figure and mean another.
    return fields if len(fields) == len(pairs) else DUPLICATE


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object_of,
    parse_float=NumberText,
    parse_int=NumberText,
    parse_constant=lambda _name: NOT_FINITE,
)


def _check_depth(text: str) -> None:
    """Refuse deep nesting before reading, so that the outcome never depends on the caller's stack."""
    brackets = text.count("{") + text.count("[")
    if brackets <= MAX_DEPTH:
        return
    if brackets > _MAX_BRACKETS:
        raise RefusedError("too_deep")
    depth = 0
    for mark in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if mark in "[{" else -1
        if depth > MAX_DEPTH:
            raise RefusedError("too_deep")
