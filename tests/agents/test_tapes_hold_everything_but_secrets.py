"""A tape brings every call back byte by byte, shows any change, and takes in no secret."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.secrets import SecretText
from agents.domain.llm.exchange import ModelResponse, Outcome, Usage, Wire
from agents.domain.llm.tape import (
    AttemptNote,
    CallNote,
    Line,
    allowed_headers,
    attempt_line,
    call_line,
    end_line,
    reply_line,
    seal_line,
    seal_lines,
    silent_line,
    wire_of,
)
from agents.domain.llm.tape_check import Break, KeyTraces, key_traces, verify_tape
from kernel.canonical import GENESIS, sha256_hex
from tests.factories.model_asks import model_ref, playback_of

KEY = "sk-planted-7d0f3a9c5e1b8264"
HEADERS = (("content-type", "application/json"), ("x-request-id", "r1"))
WIRE = Wire(
    "POST", "/v1/x", (("content-type", "application/json"),), b'{"a":1}', 200, HEADERS, b"\xff\x00", ""
)


def attempt(wire: Wire | None = WIRE, number: int = 1, outcome: Outcome = Outcome.ANSWERED) -> AttemptNote:
    return AttemptNote(number, 5, ModelResponse(outcome, "text", wire=wire, usage=Usage(9, 1, 0, 3, 2)))


def line_of(wire: Wire) -> Line:
    line = attempt_line("seat", 7, model_ref(), attempt(wire))
    assert line is not None
    return line


def tape_of(*lines: Line) -> list[bytes]:
    header, header_sha256 = seal_line({"kind": "season", "name": "S"}, GENESIS)
    middle = list(seal_lines(lines))
    last = middle[-1][1] if middle else GENESIS
    end = seal_line(end_line(header_sha256, {1: "a" * 64}, "a" * 64), last)[0]
    return [header, *(body for body, _sha256 in middle), end]


CALL = call_line("seat", 7, CallNote(Outcome.ANSWERED, 1_000, 2_000, "b" * 64), [attempt()])
TAPE = tape_of(
    line_of(WIRE),
    CALL,
    reply_line("person", 7, b'{"decisions":[]}', ""),
    reply_line("late", 7, None, "late"),
    silent_line(7, {"paused": "no_agent"}),
)

HEADER = st.tuples(st.text(max_size=20), st.text(max_size=20))
WIRES = st.builds(
    Wire,
    st.sampled_from(["POST", "GET"]),
    st.text(max_size=30),
    st.lists(HEADER, max_size=3).map(tuple),
    st.binary(max_size=80),
    st.integers(0, 599),
    st.lists(HEADER, max_size=3).map(tuple),
    st.binary(max_size=80),
    st.text(max_size=30),
)


def test_a_whole_tape_has_no_break() -> None:
    assert verify_tape(TAPE) is None
    assert verify_tape(tape_of()) is None


@given(WIRES)
def test_bodies_come_back_byte_by_byte_and_the_line_is_in_order(wire: Wire) -> None:
    line = line_of(wire)
    assert verify_tape(tape_of(line)) is None
    played = wire_of(json.loads(seal_line(line, GENESIS)[0]))
    assert (played.request_body, played.response_body) == (wire.request_body, wire.response_body)
    assert (played.status, played.method) == (wire.status, wire.method)


@given(st.data())
def test_any_changed_byte_before_the_end_is_found(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TAPE) - 2))  # the end line's hashes are what a replay checks
    place = data.draw(st.integers(0, len(TAPE[at]) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != TAPE[at][place]))
    changed = TAPE[at][:place] + bytes([other]) + TAPE[at][place + 1 :]
    assert verify_tape([*TAPE[:at], changed, *TAPE[at + 1 :]]) is not None


@given(st.data())
def test_a_line_taken_out_put_in_or_moved_is_found(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TAPE) - 1))
    to = data.draw(st.integers(0, len(TAPE) - 1).filter(lambda place: place != at))
    rest = [*TAPE[:at], *TAPE[at + 1 :]]
    assert verify_tape(rest) is not None
    assert verify_tape([*rest[:to], TAPE[at], *rest[to:]]) is not None
    assert verify_tape([*TAPE[: at + 1], TAPE[at], *TAPE[at + 1 :]]) is not None


@pytest.mark.parametrize(
    ("tape", "line", "word"),
    [
        ([], 1, "no end"),
        (TAPE[:-1], 7, "no end"),
        ([*TAPE, TAPE[-1]], 8, "behind the end"),
        ([b"{", *TAPE[1:]], 1, "not a canonical"),
        ([b"[" * 5_000, *TAPE[1:]], 1, "not a canonical"),
        (TAPE[1:], 1, "must describe the season"),
        ([TAPE[0], TAPE[0], *TAPE[1:]], 2, "a second time"),
        ([TAPE[0], *TAPE[2:]], 2, "does not follow"),
        (tape_of({"kind": "rumour"}), 2, "unknown kind"),
        (tape_of({**CALL, "v": 2}), 2, "version 2"),
        (tape_of({**CALL, "wall_ms": "1"}), 2, "wall_ms"),
        (tape_of({**line_of(WIRE), "outcome": "fine"}), 2, "proper 'outcome'"),
        (tape_of({**line_of(WIRE), "request_headers": [["authorization", "x"]]}), 2, "may not be kept"),
        (tape_of({**line_of(WIRE), "response_headers": [["set-cookie", "x"]]}), 2, "may not be kept"),
        (tape_of({**line_of(WIRE), "response_headers": ["x"]}), 2, "proper 'response_headers'"),
        ([seal_line({"kind": "season", "name": "T"}, GENESIS)[0], *TAPE[1:]], 7, "another header"),
    ],
)
def test_the_first_broken_line_is_named(tape: list[bytes], line: int, word: str) -> None:
    found = verify_tape(tape)
    assert isinstance(found, Break)
    assert found.line == line
    assert word in found.problem


def test_a_key_planted_in_every_place_reaches_no_line() -> None:
    SecretText(KEY, "f")  # whoever holds a key makes it known
    every = ("authorization", "x-api-key", "cookie", "content-type", "x-request-id", f"x-{KEY}", "set-cookie")
    headers = tuple((name, f"Bearer {KEY}") for name in every)
    wire = Wire(
        "POST",
        f"/v1/{KEY}/chat?key={KEY}",
        headers,
        json.dumps({"prompt": KEY}).encode(),
        401,
        headers,
        f"Incorrect API key provided: {KEY}".encode() + b"\xff",
        f"auth: {KEY}",
    )
    note = AttemptNote(1, 0, ModelResponse(Outcome.AUTH, detail=KEY, sdk=KEY, wire=wire))
    line = attempt_line("seat", 7, model_ref(), note)
    assert line is not None
    tape = tape_of(line, reply_line("person", 7, KEY.encode(), ""))
    assert KEY.encode() not in b"".join(tape)
    assert "?" not in line["path"]


@pytest.mark.parametrize("text", ["sk-" + "Zq7" * 8, "Authorization: Bearer abcdefghijklmnopqrstuvwxyz"])
def test_a_text_in_the_form_of_a_key_is_seen_and_breaks_no_tape(text: str) -> None:
    line = reply_line("s", 1, text.encode(), "")
    assert verify_tape(tape_of(line)) is None
    assert key_traces(seal_line(line, GENESIS)[0]) == KeyTraces(known=False, shaped=True)
    assert key_traces(TAPE[1]) == KeyTraces(known=False, shaped=False)


def test_a_key_that_became_known_after_its_line_was_sealed_is_seen() -> None:
    late = "a-key-that-was-typed-into-an-answer-first"
    lines = [seal_line(reply_line("s", 1, late.encode(), ""), GENESIS)[0]]
    lines.append(seal_line(reply_line("s", 1, None, late), GENESIS)[0])
    SecretText(late, "f")
    assert [key_traces(line).known for line in lines] == [True, True]


def test_only_listed_headers_are_kept() -> None:
    assert allowed_headers([("X-A", "1"), ("Content-Type", "t")], frozenset({"content-type"})) == [
        ["content-type", "t"]
    ]
    assert allowed_headers([("X-RateLimit-Left", "1" * 999)], frozenset(), ("x-ratelimit-",)) == [
        ["x-ratelimit-left", "1" * 300]
    ]


def test_what_was_not_sent_leaves_a_call_and_no_attempt() -> None:
    assert attempt_line("seat", 7, model_ref(), attempt(None)) is None
    line = call_line("seat", 7, CallNote(Outcome.BUDGET, 1, 0, ""), [])
    assert (line["attempts"], line["usage"], line["answer_sha256"]) == (0, [0, 0, 0, 0, 0], "")


def test_a_call_names_the_hash_of_its_answer() -> None:
    assert CALL["answer_sha256"] == sha256_hex(b"text")
    assert CALL["usage"] == [9, 1, 0, 3, 2]


def test_the_player_finds_what_was_asked_and_nothing_else() -> None:
    playback = playback_of(TAPE)
    found = playback.find("seat", 7, 1, b'{ "a": 1 }')
    assert found is not None
    assert found.response_body == WIRE.response_body
    assert playback.find("seat", 7, 1, b'{"a":2}') is None, "another question"
    assert playback.find("seat", 7, 2, WIRE.request_body) is None, "another attempt"
    assert playback.find("seat", 8, 1, WIRE.request_body) is None, "another slot"
    assert playback.attempts_of("seat", 7) == 1
    assert playback.call_of("seat", 7) == CallNote(Outcome.ANSWERED, 1_000, 2_000, "b" * 64)
    assert playback.call_of("nobody", 7) is None
    assert playback.reply_of("person", 7) == (b'{"decisions":[]}', "")
    assert playback.reply_of("late", 7) == (None, "late")
    assert playback.reply_of("nobody", 7) is None
    assert playback.silent_at(7) == {"paused": "no_agent"}
    assert playback.silent_at(8) == {}
