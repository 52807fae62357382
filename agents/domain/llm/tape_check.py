"""Is a tape in order? Each line in its form, chained to the one before it. What is in it of keys is told of."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from accounts.domain.scrubbing import KNOWN
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
"""How the vendors' keys look. Anybody may write such a text into an answer: it is told of, not refused."""


class KeyTraces(NamedTuple):
    """What a line holds of keys: the value of one that this process knows, or only a text in their form."""

    known: bool
    shaped: bool


def key_traces(body: bytes) -> KeyTraces:
    """Return what a line holds of keys, also within base64."""
    texts = list(_texts(body))
    return KeyTraces(
        any(KNOWN.scrub_bytes(text) != text for text in texts),
        any(KEY_SHAPE.search(text.decode("utf-8", "replace")) for text in texts),
    )


def _texts(body: bytes) -> Iterator[bytes]:
    yield body
    for name, value in json.loads(body).items():
        if name.endswith("_b64"):
            yield base64.b64decode(value)


class Break(NamedTuple):
    """The first line of a tape that is not in order, counted from 1, and what is wrong with it."""

    line: int
    problem: str


def verify_tape(lines: Iterable[bytes]) -> Break | None:
    """Return the first line that is not in order; None where the tape is whole.

    The header stands first. The lines behind it are chained from the genesis on, as they were written while
    the season was played, and the last one names the header's hash: so nothing can be changed or taken out.
    """
    check = _Check()
    for body in lines:
        problem = check.problem_of(body)
        if problem:
            return Break(check.count, problem)
    return None if check.is_ended else Break(check.count + 1, "is missing: the tape has no end")


class _Check:
    """A tape as far as it was read."""

    def __init__(self) -> None:
        self.count = 0
        self.is_ended = False
        self._header_sha256 = ""
        self._previous = GENESIS

    def problem_of(self, body: bytes) -> str:
        """Return what is wrong with the next line; '' if nothing is."""
        self.count += 1
        line = _read(body)
        if self.is_ended:
            return "stands behind the end"
        if line is None:
            return "is not a canonical JSON object"
        problem = _version_problem(line) or _form_problem(line) or self._place_problem(line)
        self._move_on(line, sha256_hex(body))
        return problem

    def _place_problem(self, line: Line) -> str:
        if line.get("prev_sha256") != self._previous:
            return "does not follow the line before it: something was changed, added or taken out"
        if (line["kind"] == "season") is not (self.count == 1):
            return "must describe the season" if self.count == 1 else "describes a season a second time"
        if line["kind"] == "end" and line["header_sha256"] != self._header_sha256:
            return "belongs to another header"
        return ""

    def _move_on(self, line: Line, sha256: str) -> None:
        if self.count == 1:
            self._header_sha256 = sha256
        else:
            self._previous = sha256
        self.is_ended = line.get("kind") == "end"


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
    "level": {"slot": int, "step": str, "level": str},
    "end": {"header_sha256": str, "rounds": list, "replay_sha256": str},
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
