"""JSON out of untrusted text: bounded in size and depth, numbers as text, nothing repaired.

Keys are compared without case and underscores, as models write ``stopLoss`` for ``stop_loss``; a key that
is there twice with different values marks its object as ``RepeatedKeys``.
"""

import json
import re
from typing import Any, Final

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 8

MAX_BRACKETS: Final = 512
"""A full answer needs two hundred; beyond this the text is an attack on the reader's time and stack."""

MAX_COMMAS: Final = 2_560
MAX_QUOTES: Final = 8_192

KEYS: Final = (
    "summary", "decisions", "reasoning", "action", "symbol", "size_pct", "leverage", "stop_loss",
    "take_profit", "invalidation", "confidence", "evidence", "metric", "timeframe", "comparison", "value",
    "limit_price", "time_in_force", "post_only", "trailing_pct", "reverse",
)  # fmt: skip
"""The keys an answer may hold; every other one is recorded and never honoured."""


class RefusedError(ValueError):
    """Carries the reason code while an answer is read; the reader turns it into a value."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NumberText(str):
    """The text of a JSON number, kept exact until a field says what it means."""

    __slots__ = ()


class RepeatedKeys(dict[str, Any]):
    """An object that says two things under one key: the first is kept to tell what it was about.

    It equals nothing but itself: two texts may agree in what comes first and mean different things.
    """

    __hash__ = None  # as of every dict

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other


NOT_FINITE: Final = object()
"""Stands for NaN and Infinity, which Python reads although they are no JSON: no field takes it."""

_KNOWN: Final = frozenset(KEYS)
_FOLDED: Final = {key.replace("_", ""): key for key in KEYS}
_MARK: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's fields under their known names; ``RepeatedKeys`` if two of them contradict."""
    fields = dict(pairs)
    if len(fields) == len(pairs) and fields.keys() <= _KNOWN:
        return fields
    return _folded(pairs)


def _folded(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    said: dict[str, Any] = {}
    contradicts = False
    for key, value in pairs:
        fold = key.casefold().replace("_", "")
        # Only ASCII: signs that merely fold to a letter are no letter of a key.
        fields.setdefault(_FOLDED.get(fold, key) if key.isascii() else key, value)
        # json keeps the last of two equal keys, so an answer could show one figure and mean another;
        # 'stop-loss' is no key of ours, but beside 'stop_loss' it must not say something else.
        first = said.setdefault(fold.replace("-", "").replace(" ", ""), value)
        contradicts = contradicts or not (first is value or _is_same(first, value))
    return RepeatedKeys(fields) if contradicts else fields


def _is_same(first: Any, second: Any) -> bool:
    return type(first) is type(second) and bool(first == second)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=object_of,
    parse_float=NumberText,
    parse_int=NumberText,
    parse_constant=lambda _name: NOT_FINITE,
)


def check_bounds(text: str) -> None:
    """Refuse text that would cost too much to look at; raises RefusedError."""
    if sum(map(text.count, "{[\uff5b\uff3b")) > MAX_BRACKETS:
        raise RefusedError("too_deep")
    if text.count(",") > MAX_COMMAS or text.count('"') > MAX_QUOTES:
        raise RefusedError("too_many_values")


def decode_at(text: str, start: int) -> tuple[Any, int] | None:
    """Return the JSON value that begins at ``start`` and where it ends; None if there is none.

    ``text`` has passed ``check_bounds``, which keeps the reader's stack shallow. Raises RefusedError.
    """
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    _check_depth(text[start:end])
    return value, end


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    depth = 0
    for mark in _MARK.findall(text):
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            raise RefusedError("too_deep")
