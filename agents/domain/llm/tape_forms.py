"""What the lines of a tape must look like before anything is played: a file may come from anybody."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from agents.domain.llm.exchange import Outcome
from agents.domain.llm.tape import (
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    RESPONSE_PREFIXES,
    Line,
    allowed_headers,
)
from kernel.time import DAY_MS

MAX_COUNT: Final = 2**53
"""Larger integers are read differently by other programs, and fit no column."""

MAX_MOMENT_MS: Final = 2_932_000 * DAY_MS
"""Shortly before the year 9998."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LEVELS: Final = frozenset({"active", "reducing", "halted"})
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")

Check = Callable[[Any], bool]


def is_text(value: object) -> bool:
    """Return whether this is a text that every database keeps."""
    return type(value) is str and "\0" not in value


def _is_string(value: object) -> bool:
    return type(value) is str


def is_count(value: object) -> bool:
    """Return whether this is an integer from 0 to MAX_COUNT."""
    return type(value) is int and 0 <= value <= MAX_COUNT


def is_sha256(value: object) -> bool:
    """Return whether this is a SHA-256 as hexadecimal digits."""
    return type(value) is str and _SHA256.fullmatch(value) is not None


def _is_sha256_or_empty(value: object) -> bool:
    return value == "" or is_sha256(value)


def _is_moment(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_MOMENT_MS


def _is_status(value: object) -> bool:
    return type(value) is int and 0 <= value <= 999  # noqa: PLR2004 - three digits, by RFC 9110


def _is_attempt(value: object) -> bool:
    return is_count(value) and value != 0


def _is_outcome(value: object) -> bool:
    return type(value) is str and value in set(Outcome)


def _is_code(value: object) -> bool:
    return type(value) is str and _CODE.fullmatch(value) is not None


def _is_code_or_empty(value: object) -> bool:
    return value == "" or _is_code(value)


def _is_base64(value: object) -> bool:
    if type(value) is not str:
        return False
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        return False
    return True


def _is_header_list(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and list(map(type, pair)) == [str, str] for pair in value
    )


def _is_silence(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_code, value.values()))


def _is_level_by_slug(value: object) -> bool:
    return isinstance(value, dict) and len(value) > 0 and all(level in _LEVELS for level in value.values())


def _is_usage(value: object) -> bool:
    return isinstance(value, list) and all(map(is_count, value))


def _is_round_list(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and is_count(pair[0]) and is_sha256(pair[1])  # noqa: PLR2004 - a pair has two parts
        for pair in value
    )


_SEAT: Final[Mapping[str, Check]] = {"seat": _is_string, "slot": is_count}

_FIELDS: Final[Mapping[str, Mapping[str, Check]]] = {
    "season": {},  # whoever opens the season checks its description
    "attempt": {
        **_SEAT, "attempt": _is_attempt, "provider": _is_string, "dialect": _is_string, "method": _is_string,
        "path": _is_string, "request_headers": _is_header_list, "status": _is_status,
        "response_headers": _is_header_list, "error": _is_string, "started_ms": is_count, "ms": is_count,
        "sdk": _is_string, "outcome": _is_outcome,
    },
    "call": {
        **_SEAT, "outcome": _is_outcome, "wall_ms": _is_moment, "latency_us": is_count, "attempts": is_count,
        "prompt_sha256": _is_sha256_or_empty, "answer_sha256": _is_sha256_or_empty, "usage": _is_usage,
    },
    "reply": {**_SEAT, "raw_b64": _is_base64, "reason": _is_code_or_empty},
    "silent": {"slot": is_count, "seats": _is_silence},
    "level": {
        "slot": is_count,
        "step": {"reviewed", "ordered"}.__contains__,
        "level": _LEVELS.__contains__,
    },
    "end": {"header_sha256": is_sha256, "rounds": _is_round_list, "replay_sha256": is_sha256},
}  # fmt: skip

_ACCOUNTS: Final[Mapping[str, Check]] = {"accounts": _is_level_by_slug}
"""On lines of a switch that stood otherwise for some accounts."""

_BILL: Final[Mapping[str, Check]] = {
    "cost": is_count,
    "cost_source": is_text,
    "unpriced": (0, 1).__contains__,
}
"""On tapes that say what a call cost when it was made."""


_SINCE: Final = {"cost": "call", "accounts": "level"}
"""A field that came later, and the kind of line it may stand in: without it there are more to check."""


def form_problem(line: Line) -> str:
    """Return what is wrong with a line's fields, as the end of a sentence; '' if nothing is."""
    kind = line.get("kind")
    fields = _FIELDS.get(kind) if isinstance(kind, str) else None
    if fields is None:
        return f"is of the unknown kind {kind!r}"[:120]
    for name, later in (("cost", _BILL), ("accounts", _ACCOUNTS)):
        if name in line and kind == _SINCE[name]:
            fields = {**fields, **later}
    for name, is_proper in fields.items():
        if not _holds(is_proper, line.get(name)):
            return f"lacks a proper {name!r}"
    return _attempt_problem(line) if kind == "attempt" else ""


def _holds(is_proper: Check, value: object) -> bool:
    try:
        return is_proper(value)
    except TypeError:  # a list is in no set
        return False


def _attempt_problem(line: Line) -> str:
    kept = allowed_headers(line["request_headers"], REQUEST_HEADERS)
    answered = allowed_headers(line["response_headers"], RESPONSE_HEADERS, RESPONSE_PREFIXES)
    if kept != line["request_headers"] or answered != line["response_headers"]:
        return "keeps a header that may not be kept"
    return next((f"lacks a proper {name!r}" for name in _BODIES if not _has_body(line, name)), "")


_BODIES: Final = ("request_body", "response_body")


def _has_body(line: Line, name: str) -> bool:
    return type(line[name]) is str if name in line else _is_base64(line.get(f"{name}_b64"))
