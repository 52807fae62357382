"""The tape: everything a season's deciders outside of this program said, so that it can be played again.

Canonical JSON lines. Each holds the SHA-256 of the line before it, so ``sha256sum`` and a look are enough to
check one. Secrets cannot enter: of what crossed the wire only the headers of two short lists are kept, an
address keeps its path only, and values known to be keys are struck out. docs/algorithms/asking.md
has the form.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from accounts.domain.scrubbing import KNOWN
from agents.domain.llm.billing import Bill
from agents.domain.llm.exchange import ModelRef, ModelResponse, Outcome, Usage, Wire
from kernel.canonical import GENESIS, canonical_bytes, sha256_hex

TAPE_VERSION: Final = 1

REQUEST_HEADERS: Final = frozenset({"accept", "content-type", "anthropic-version", "user-agent"})
RESPONSE_HEADERS: Final = frozenset(
    {
        "content-type",
        "date",
        "retry-after",
        "retry-after-ms",
        "request-id",
        "x-request-id",
        "x-amzn-requestid",
        "x-amzn-errortype",
    }
)
RESPONSE_PREFIXES: Final = ("x-ratelimit-", "anthropic-ratelimit-")
"""Every other header is dropped: what is not listed is never stored."""

HEADER_LENGTH: Final = 300

Line = dict[str, Any]


class AttemptNote(NamedTuple):
    """One attempt of a call: its number from 1, when it began after the call did, and what it came to."""

    number: int
    offset_ms: int
    response: ModelResponse


def attempt_line(seat: str, slot: int, model: ModelRef, note: AttemptNote) -> Line | None:
    """Return the line of an attempt; None where nothing was sent."""
    wire, response = note.response.wire, note.response
    if wire is None:
        return None
    return {
        "kind": "attempt",
        "seat": seat,
        "slot": slot,
        "attempt": note.number,
        "provider": model.provider,
        "dialect": model.dialect,
        "method": wire.method,
        "path": _path(wire.path),
        "request_headers": allowed_headers(wire.request_headers, REQUEST_HEADERS),
        **_body("request_body", wire.request_body),
        "status": wire.status,
        "response_headers": allowed_headers(wire.response_headers, RESPONSE_HEADERS, RESPONSE_PREFIXES),
        **_body("response_body", wire.response_body),
        "error": _text(wire.error),
        "started_ms": note.offset_ms,
        "ms": response.latency_us // 1_000,
        "sdk": _text(response.sdk),
        "outcome": response.outcome.value,
    }


class CallNote(NamedTuple):
    """What a whole call came to, also where nothing was sent. Wall time and latency enter no replay hash."""

    outcome: Outcome
    wall_ms: int
    latency_us: int
    prompt_sha256: str
    bill: Bill | None = None
    """What it cost when it was made; None on tapes that do not say."""


def call_line(seat: str, slot: int, call: CallNote, notes: Iterable[AttemptNote]) -> Line:
    """Return the line that closes a call, also one that made no attempt."""
    made = list(notes)
    text = made[-1].response.text if made and call.outcome is Outcome.ANSWERED else None
    return {
        "kind": "call",
        "seat": seat,
        "slot": slot,
        "outcome": call.outcome.value,
        "wall_ms": call.wall_ms,
        "latency_us": call.latency_us,
        "attempts": len(made),
        "prompt_sha256": call.prompt_sha256,
        "answer_sha256": "" if text is None else sha256_hex(answer_bytes(text)),
        "usage": list(used_by(made)),
        **_bill_fields(call.bill),
    }


def _bill_fields(bill: Bill | None) -> Line:
    if bill is None:
        return {}
    return {"cost": bill.cost, "cost_source": _text(bill.source), "unpriced": int(bill.is_unpriced)}


def bill_in(line: Line) -> Bill | None:
    """Return what a call's line says it cost; None where it says nothing."""
    if "cost" not in line:
        return None
    return Bill(line["cost"], line["cost_source"], bool(line["unpriced"]))


def reply_line(seat: str, slot: int, raw: bytes | None, reason: str) -> Line:
    """Return the line of an answer from a person, a program outside or an agent that waits."""
    text = "" if raw is None else base64.b64encode(KNOWN.scrub_bytes(raw)).decode()
    return {"kind": "reply", "seat": seat, "slot": slot, "raw_b64": text, "reason": reason}


def silent_line(slot: int, reasons: Mapping[str, str]) -> Line:
    """Return the line of the seats that take part but were not asked in this round, and why."""
    return {"kind": "silent", "slot": slot, "seats": dict(reasons)}


def level_line(slot: int, step: str, level: str, accounts: Mapping[str, str]) -> Line:
    """Return the line of a kill switch that was not 'active' for everybody when a step of a round read it.

    ``step`` is 'reviewed' or 'ordered': the switch is read twice in a round and may be turned in between.
    ``accounts`` maps slugs to the levels of those whose own is not ``level``.
    """
    line = {"kind": "level", "slot": slot, "step": step, "level": level}
    return {**line, "accounts": dict(accounts)} if accounts else line


def end_line(header_sha256: str, rounds: Mapping[int, str], replay_sha256: str) -> Line:
    """Return the line that closes a published tape: round number -> replay hash, and the season's."""
    return {
        "kind": "end",
        "header_sha256": header_sha256,
        "rounds": [[number, head] for number, head in sorted(rounds.items())],
        "replay_sha256": replay_sha256,
    }


def used_by(notes: Iterable[AttemptNote]) -> Usage:
    """Return the tokens of all attempts together."""
    totals = [sum(column) for column in zip(*(note.response.usage for note in notes), strict=True)]
    return Usage(*totals)


def answer_bytes(text: str) -> bytes:
    """Return a model's text as the raw answer; the parser refuses what no text may hold."""
    return text.encode("utf-8", "surrogatepass")


def allowed_headers(
    headers: Iterable[tuple[str, str]], names: frozenset[str], prefixes: tuple[str, ...] = ()
) -> list[list[str]]:
    """Return the headers that may be kept, names in small letters, sorted."""
    kept = []
    for name, value in headers:
        low = name.lower()
        if low in names or (prefixes and low.startswith(prefixes)):
            kept.append([_text(low), _text(value)[:HEADER_LENGTH]])
    return sorted(kept)


def _path(path: str) -> str:
    return _text(path.partition("?")[0])


def _text(text: str) -> str:
    return KNOWN.scrub(text.encode("utf-8", "replace").decode())


def _body(name: str, body: bytes) -> dict[str, str]:
    clean = KNOWN.scrub_bytes(body)
    try:
        return {name: clean.decode()}
    except UnicodeDecodeError:
        return {f"{name}_b64": base64.b64encode(clean).decode()}


def body_of(line: Line, name: str) -> bytes:
    """Return a body as it crossed the wire."""
    if name in line:
        return str(line[name]).encode()
    return base64.b64decode(line[f"{name}_b64"])


def wire_of(line: Line) -> Wire:
    """Return what an attempt's line says crossed the wire."""
    return Wire(
        method=line["method"],
        path=line["path"],
        request_headers=tuple((name, value) for name, value in line["request_headers"]),
        request_body=body_of(line, "request_body"),
        status=line["status"],
        response_headers=tuple((name, value) for name, value in line["response_headers"]),
        response_body=body_of(line, "response_body"),
        error=line["error"],
    )


def seal_line(line: Line, previous: str) -> tuple[bytes, str]:
    """Return a line's canonical bytes, chained to the hash of the line before, and its own hash."""
    body = canonical_bytes({"v": TAPE_VERSION, **line, "prev_sha256": previous})
    return body, sha256_hex(body)


def seal_lines(lines: Iterable[Line], previous: str = GENESIS) -> Iterator[tuple[bytes, str]]:
    """Chain lines one after the other."""
    for line in lines:
        body, previous = seal_line(line, previous)
        yield body, previous
