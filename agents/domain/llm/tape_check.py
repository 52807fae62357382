"""Is a tape in order? Each line in its form, chained to the one before it, without anything like a key."""

import binascii
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from agents.domain.llm.exchange import Outcome
from agents.domain.llm.tape import (
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    RESPONSE_PREFIXES,
    TAPE_VERSION,
    Line,
    allowed_headers,
    body_of,
)
from kernel.canonical import GENESIS, CanonicalError, canonical_bytes, sha256_hex

KEY_SHAPE: Final = re.compile(
    r"\b(?:sk|xai|gsk|pk|rk)-[A-Za-z0-9_-]{20,}|\bAIza[A-Za-z0-9_-]{30,}|\bAKIA[A-Z0-9]{16}\b"
    r"|(?i:\bbearer\s+[A-Za-z0-9._~+/-]{16,})"
)
"""How the vendors' keys look: a line that holds such a text is not published."""


class Break(NamedTuple):
    """The first line of a tape that is not in order, counted from 1, and what is wrong with it."""

    line: int
    problem: str


def verify_tape(lines: Iterable[bytes]) -> Break | None:
    """Return the first line that is not in order; None where the tape is whole."""
    previous, count, ended = GENESIS, 0, False
    for count, body in enumerate(lines, 1):
        problem = "stands after the end" if ended else _problem_of(body, previous, is_first=count == 1)
        if problem:
            return Break(count, problem)
        previous = sha256_hex(body)
        ended = b'"kind":"end"' in body and json.loads(body)["kind"] == "end"
    return None if count else Break(1, "is missing: the tape is empty")


def _problem_of(body: bytes, previous: str, *, is_first: bool) -> str:
    line = _read(body)
    if line is None:
        return "is not a canonical JSON object"
    if line.get("prev_sha256") != previous:
        return "does not follow the line before it: something was changed, added or taken out"
    for check in (_version_problem, _form_problem):
        problem = check(line)
        if problem:
            return problem
    if is_first is not (line["kind"] == "season"):
        return "must describe the season" if is_first else "describes a season a second time"
    return "holds what looks like a key" if KEY_SHAPE.search(body.decode()) else ""


def _read(body: bytes) -> Line | None:
    try:
        line: Any = json.loads(body)
        return line if isinstance(line, dict) and canonical_bytes(line) == body else None
    except (ValueError, RecursionError, CanonicalError):
        return None


def _version_problem(line: Line) -> str:
    if line.get("v") == TAPE_VERSION:
        return ""
    return f"is of version {line.get('v')!r}; this program reads version {TAPE_VERSION}"


_FIELDS: Final[Mapping[str, Mapping[str, type]]] = {
    "season": {},
    "attempt": {
        "seat": str, "slot": int, "attempt": int, "provider": str, "dialect": str, "method": str, "path": str,
        "request_headers": list, "status": int, "response_headers": list, "error": str, "outcome": str,
    },
    "call": {"seat": str, "slot": int, "outcome": str, "wall_ms": int, "latency_us": int},
    "reply": {"seat": str, "slot": int, "raw_b64": str, "reason": str},
    "silent": {"slot": int, "seats": dict},
    "roster": {"slot": int},
    "end": {"rounds": list, "replay_sha256": str},
}  # fmt: skip


def _form_problem(line: Line) -> str:
    fields = _FIELDS.get(str(line.get("kind")))
    if fields is None:
        return f"is of the unknown kind {line.get('kind')!r}"
    for name, kind in fields.items():
        if type(line.get(name)) is not kind:
            return f"lacks a proper {name!r}"
    return _attempt_problem(line) if line["kind"] == "attempt" else ""


def _attempt_problem(line: Line) -> str:
    for headers in (line["request_headers"], line["response_headers"]):
        if not all(isinstance(pair, list) and list(map(type, pair)) == [str, str] for pair in headers):
            return "has headers that are no pairs of texts"
    kept = allowed_headers(line["request_headers"], REQUEST_HEADERS)
    answered = allowed_headers(line["response_headers"], RESPONSE_HEADERS, RESPONSE_PREFIXES)
    if kept != line["request_headers"] or answered != line["response_headers"]:
        return "keeps a header that may not be kept"
    try:
        body_of(line, "request_body"), body_of(line, "response_body")
    except (KeyError, TypeError, binascii.Error):
        return "lacks a body"
    return "" if line["outcome"] in set(Outcome) else "has an unknown outcome"
