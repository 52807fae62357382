"""A tape in the player: answers what the recorded season was answered, and nothing else."""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from accounts.domain.scrubbing import KNOWN
from agents.domain.llm.exchange import Outcome, Wire
from agents.domain.llm.tape import CallNote, Line, bill_in, wire_of
from kernel.canonical import sha256_hex

NOT_REPLAYED: Final = frozenset(
    {
        Outcome.AUTH,
        Outcome.BILLING,
        Outcome.TIMEOUT,
        Outcome.ADDRESS,
        Outcome.BUDGET,
        Outcome.BREAKER,
        Outcome.INTERRUPTED,
        Outcome.NO_RECORDING,
        Outcome.FAULT,
    }
)
"""Outcomes that come of time, money, keys or this machine: taken from the tape, not worked out again."""


class Playback:
    """The lines of one season, looked up by seat and slot. Nothing here waits or touches a network."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.header: Line = {}
        self.end: Line | None = None
        self._attempts: dict[tuple[str, int, int], tuple[str, Wire]] = {}
        self._calls: dict[tuple[str, int], CallNote] = {}
        self._replies: dict[tuple[str, int], tuple[bytes | None, str]] = {}
        self._silent: dict[int, dict[str, str]] = {}
        self._levels: dict[tuple[int, str], tuple[str, dict[str, str]]] = {}
        for line in lines:
            self._keep(line)

    def _keep(self, line: Line) -> None:
        match line["kind"]:
            case "season":
                self.header = line
            case "attempt":
                self._attempts[line["seat"], line["slot"], line["attempt"]] = _attempt_of(line)
            case "call":
                self._calls[line["seat"], line["slot"]] = _call_of(line)
            case "reply":
                raw = None if line["reason"] else base64.b64decode(line["raw_b64"])
                self._replies[line["seat"], line["slot"]] = raw, line["reason"]
            case "silent":
                self._silent.setdefault(line["slot"], {}).update(line["seats"])
            case "level":
                self._levels[line["slot"], line["step"]] = line["level"], line.get("accounts", {})
            case "end":
                self.end = line

    def find(self, seat_id: str, slot: int, attempt: int, request_body: bytes) -> Wire | None:
        """Return what crossed the wire when this very question was asked; None if it never was."""
        meaning, wire = self._attempts.get((seat_id, slot, attempt), ("", None))
        if wire is None or meaning != _meaning(request_body):
            return None
        return wire._replace(request_body=request_body)

    def call_of(self, seat_id: str, slot: int) -> CallNote | None:
        """Return what a model's call came to; None if the tape does not hold it."""
        return self._calls.get((seat_id, slot))

    def attempts_of(self, seat_id: str, slot: int) -> int:
        """Return how many attempts of a call were sent."""
        found = 0
        while (seat_id, slot, found + 1) in self._attempts:
            found += 1
        return found

    def reply_of(self, seat_id: str, slot: int) -> tuple[bytes | None, str] | None:
        """Return what a seat outside answered and why it did not; None if the tape does not hold it."""
        return self._replies.get((seat_id, slot))

    def silent_at(self, slot: int) -> dict[str, str]:
        """Return who was not asked in this slot, and why."""
        return dict(self._silent.get(slot, {}))

    def levels_at(self, slot: int, step: str) -> tuple[str, dict[str, str]]:
        """Return how the kill switch stood when this step of the round read it.

        The arena's level, and slug -> level of those for whom another one counted.
        """
        general, accounts = self._levels.get((slot, step), ("active", {}))
        return general, dict(accounts)


def read_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """Yield the lines of a tape that was verified."""
    return map(json.loads, lines)


def _attempt_of(line: Line) -> tuple[str, Wire]:
    """Return the hash of what was asked and what crossed the wire; questions take most of a tape."""
    wire = wire_of(line)
    return _meaning(wire.request_body), wire._replace(request_body=b"")


def _call_of(line: Line) -> CallNote:
    outcome, bill = Outcome(line["outcome"]), bill_in(line)
    return CallNote(outcome, line["wall_ms"], line["latency_us"], line["prompt_sha256"], bill)


def _meaning(body: bytes) -> str:
    """Return the hash of a body: of what it says where it is JSON, whatever the order of its fields."""
    clean = KNOWN.scrub_bytes(body)
    try:
        value: Any = json.loads(clean)
    except (ValueError, RecursionError):
        return sha256_hex(clean)
    return sha256_hex(json.dumps(value, sort_keys=True).encode())
