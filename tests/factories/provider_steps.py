"""What the provider server does about one request: bytes to send, pauses to make, and how it ends.

A step is a function from the request (and its number) to parts. Faults are those seen at real providers.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from agents.domain.llm.exchange import Usage
from tests.factories.provider_dialects import (
    CHAT,
    MESSAGES,
    RESPONSES,
    Phases,
    ReceivedRequest,
    Said,
    answer_body,
    error_body,
)


class Ending(Enum):
    """How a connection ends before its time."""

    CLOSE = "close"
    RESET = "reset"


Part = bytes | float | Ending
"""Bytes go out, a float is a pause in seconds, an ending ends the connection."""

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """One way to answer; ``name`` stands in the log."""

    name: str
    parts: Callable[[ReceivedRequest, int], Iterator[Part]]


REASONS: Final = {200: "OK", 307: "Temporary Redirect", 401: "Unauthorized", 404: "Not Found"}
HOLD: Final = '{"summary": "Nothing to do.", "decisions": [{"reasoning": "no edge", "action": "HOLD"}]}'


def head(status: int, length: int | None, content_type: str, headers: Headers | None = None) -> bytes:
    """Return the head of an answer; without a length the body is chunked."""
    framing = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Answer')}", f"content-type: {content_type}", framing]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode()


def reply(
    status: int, body: bytes, content_type: str = "application/json", headers: Headers | None = None
) -> Iterator[Part]:
    """Give head and body at once."""
    yield head(status, len(body), content_type, headers) + body


def _ids(number: int) -> dict[str, str]:
    return {"x-request-id": f"req_{number}", "request-id": f"req_{number}"}


def _said(name: str, said: Said, spoil: Callable[[dict[str, Any], str], None] | None = None) -> Step:
    def parts(request: ReceivedRequest, number: int) -> Iterator[Part]:
        body = answer_body(request, said, number)
        if spoil is not None:
            spoil(body, request.dialect)
        yield from reply(200, json.dumps(body).encode(), headers=_ids(number))

    return Step(name, parts)


def ok(
    text: str = HOLD,
    *,
    usage: Usage | None = None,
    finish: str = "stop",
    model: str = "",
    phases: Phases = (),
) -> Step:
    """Answer with this text. ``phases`` splits a Responses answer into commentary and final_answer."""
    return _said("ok", Said(text, finish, model, usage, phases=phases))


def refusal(why: str = "I cannot help with that.") -> Step:
    """Refuse in the vendor's own field, with status 200 and no text."""
    return _said("refusal", Said("", "refusal", refusal=why))


def truncated(text: str = HOLD[:40]) -> Step:
    """Stop at the limit of output tokens."""
    return _said("truncated", Said(text, "length"))


def content_filter(text: str = "") -> Step:
    """Stop because of a content filter, with status 200."""
    return _said("content_filter", Said(text, "content_filter"))


def empty_content() -> Step:
    """Answer with an empty text, as JSON modes do now and then."""
    return _said("empty_content", Said(""))


def failed(code: str = "server_error") -> Step:
    """Say "failed" with status 200 in Responses; the other dialects have no such word and answer 500."""

    def parts(request: ReceivedRequest, number: int) -> Iterator[Part]:
        if request.dialect != RESPONSES:
            yield from status(500).parts(request, number)
            return
        body = answer_body(request, Said(""), number)
        body |= {"status": "failed", "output": [], "error": {"code": code, "message": "the model failed"}}
        yield from reply(200, json.dumps(body).encode(), headers=_ids(number))

    return Step("failed", parts)


def choices_null() -> Step:
    """Answer 200 with null where the answer belongs."""

    def spoil(body: dict[str, Any], dialect: str) -> None:
        body[{CHAT: "choices", RESPONSES: "output", MESSAGES: "content"}[dialect or CHAT]] = None

    return _said("choices_null", Said(HOLD), spoil)


def status(code: int, error_code: str = "", message: str = "", headers: Headers | None = None) -> Step:
    """Answer an error as the vendor writes it, for example ``status(429, "insufficient_quota")``."""

    def parts(request: ReceivedRequest, number: int) -> Iterator[Part]:
        body = json.dumps(error_body(request, code, error_code, message)).encode()
        yield from reply(code, body, headers={**_ids(number), **(headers or {})})

    return Step(f"status {code}", parts)


def raw(
    code: int, body: bytes, content_type: str = "application/json", headers: Headers | None = None
) -> Step:
    """Answer exactly this."""
    return Step("raw", lambda _request, _number: reply(code, body, content_type, headers))


def html_200() -> Step:
    """Answer a login page with status 200, as captive portals and gateways do."""
    return raw(200, b"<html><body>Please sign in</body></html>", "text/html; charset=utf-8")


def error_200() -> Step:
    """Answer an error document with status 200, as some gateways do."""
    return raw(200, b'{"error": {"message": "upstream failed", "type": "server_error", "code": 502}}')


def broken_json() -> Step:
    """Answer 200 with a document that stops in its middle."""

    def parts(request: ReceivedRequest, number: int) -> Iterator[Part]:
        body = json.dumps(answer_body(request, Said(HOLD), number)).encode()
        yield from reply(200, body[: len(body) // 2], headers=_ids(number))

    return Step("broken_json", parts)


def wrong_content_type(text: str = HOLD) -> Step:
    """Answer a good document that calls itself plain text."""

    def parts(request: ReceivedRequest, number: int) -> Iterator[Part]:
        body = json.dumps(answer_body(request, Said(text), number)).encode()
        yield from reply(200, body, "text/plain", _ids(number))

    return Step("wrong_content_type", parts)


def drip(every_s: float = 0.3, size: int = 1, text: str = HOLD) -> Step:
    """Answer well, but ``size`` bytes of the body each ``every_s`` seconds."""

    def parts(request: ReceivedRequest, number: int) -> Iterator[Part]:
        body = json.dumps(answer_body(request, Said(text), number)).encode()
        yield head(200, len(body), "application/json", _ids(number))
        for start in range(0, len(body), size):
            yield body[start : start + size]
            yield every_s

    return Step("drip", parts)


def huge(size: int = 30_000_000, *, chunked: bool = False) -> Step:
    """Answer so many bytes of a document that would be valid."""

    def parts(request: ReceivedRequest, number: int) -> Iterator[Part]:
        body = json.dumps(answer_body(request, Said("@@"), number)).encode()
        before, _, after = body.partition(b"@@")
        yield head(200, None if chunked else len(before) + size + len(after), "application/json")
        block = b"x" * 65_536
        fill = (block[: min(len(block), size - start)] for start in range(0, size, len(block)))
        for piece in (before, *fill, after):
            yield b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece
        yield b"0\r\n\r\n" if chunked else b""

    return Step("huge", parts)


def gzip_bomb(size: int = 30_000_000) -> Step:
    """Answer a few kilobytes that unpack to ``size`` bytes."""
    packed = gzip.compress(b'{"choices": "' + b"0" * size + b'"}')
    return Step(
        "gzip_bomb",
        lambda _request, _number: reply(200, packed, headers={"content-encoding": "gzip"}),
    )


def trailing(body: bytes, extra: int, headers: Headers) -> Step:
    """Answer this body in chunks, then so many bytes that do not belong to it."""

    def parts(_request: ReceivedRequest, _number: int) -> Iterator[Part]:
        yield head(200, None, "application/json", headers)
        block = b"x" * 65_536
        for piece in (body, *(block[: min(len(block), extra - at)] for at in range(0, extra, len(block)))):
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
        yield b"0\r\n\r\n"

    return Step("trailing", parts)


def reset(after_s: float = 0.0) -> Step:
    """Reset the connection before any answer."""

    def parts(_request: ReceivedRequest, _number: int) -> Iterator[Part]:
        yield after_s
        yield Ending.RESET

    return Step("reset", parts)


def short_body() -> Step:
    """Promise more bytes than come, then close."""

    def parts(request: ReceivedRequest, number: int) -> Iterator[Part]:
        body = json.dumps(answer_body(request, Said(HOLD), number)).encode()
        yield head(200, len(body) + 500, "application/json", _ids(number)) + body
        yield Ending.CLOSE

    return Step("short_body", parts)


def slow_first_byte(seconds: float, then: Step | None = None) -> Step:
    """Wait before the first byte, then go on with another step (a good answer by default)."""

    def parts(request: ReceivedRequest, number: int) -> Iterator[Part]:
        yield seconds
        yield from (then or ok()).parts(request, number)

    return Step("slow_first_byte", parts)


def redirect(url: str, code: int = 307) -> Step:
    """Send the asker elsewhere."""
    return Step("redirect", lambda _request, _number: reply(code, b"", headers={"location": url}))
