"""Is a tape in order? Each line in its form, chained to the one before it. And what is in one of keys."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from accounts.domain.scrubbing import KNOWN
from agents.domain.llm.tape import TAPE_VERSION, Line
from agents.domain.llm.tape_forms import form_problem
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
    try:
        for _line in checked_lines(lines):
            pass
    except BrokenTapeError as broken:
        return broken.at
    return None


class BrokenTapeError(ValueError):
    """A tape that is not in order; ``at`` says where."""

    def __init__(self, at: Break) -> None:
        super().__init__(f"line {at.line} {at.problem}")
        self.at = at


def checked_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """Yield the lines one after the other, each checked; raises BrokenTapeError at the first not in order.

    Only after the last one is the tape known to be whole.
    """
    check = _Check()
    for body in lines:
        line, problem = check.read(body)
        if line is None or problem:
            raise BrokenTapeError(Break(check.count, problem))
        yield line
    if not check.is_ended:
        raise BrokenTapeError(Break(check.count + 1, "is missing: the tape has no end"))


class _Check:
    """A tape as far as it was read."""

    def __init__(self) -> None:
        self.count = 0
        self.is_ended = False
        self._header_sha256 = ""
        self._previous = GENESIS

    def read(self, body: bytes) -> tuple[Line | None, str]:
        """Return the next line, and what is wrong with it: '' if nothing is."""
        self.count += 1
        line = _read(body)
        if self.is_ended:
            return None, "stands behind the end"
        if line is None:
            return None, "is not a canonical JSON object"
        problem = _version_problem(line) or form_problem(line) or self._place_problem(line)
        self._move_on(line, sha256_hex(body))
        return line, problem

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
    found = f"is of version {line.get('v')!r}"[:60]
    return f"{found}; this program reads version {TAPE_VERSION}"
