"""What stands in a vendor's document, and what of it is the answer."""

import json
from typing import Any

import pytest

from agents.adapters.llm import anthropic_messages, openai_chat, openai_responses
from agents.adapters.llm.outcomes import Complaint, classify, read_complaint, read_document
from agents.domain.answers import AnswerContext, parse_answer
from agents.domain.llm.exchange import Outcome, Usage


def _response(*messages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"status": "completed", "output": list(messages), **changes}


def _message(text: str, **changes: Any) -> dict[str, Any]:
    return {"type": "message", "content": [{"type": "output_text", "text": text}], **changes}


def test_comments_on_the_way_to_an_answer_are_no_part_of_it() -> None:
    document = _response(
        {"type": "reasoning", "content": []},
        _message('{"action": "BUY"}', phase="commentary"),
        _message('{"action": "HOLD"}', phase="final_answer"),
    )

    assert openai_responses.read(document, "").text == '{"action": "HOLD"}'


@pytest.mark.parametrize(
    "document",
    [
        _response(_message("a"), _message("b")),
        _response(_message("a", phase="final_answer"), _message("b", phase="final_answer")),
        _response(_message("a", phase="commentary")),
        _response(),
        _response(output=None),
        _response(_message("a"), status="in_progress"),
        {"output": [_message("a")]},
        {},
    ],
)
def test_a_response_without_one_final_answer_is_none(document: dict[str, Any]) -> None:
    assert openai_responses.read(document, "").outcome is Outcome.PROTOCOL


def test_a_whole_answer_that_is_of_no_use_keeps_what_it_cost_and_who_gave_it() -> None:
    """Billed all the same: every reading that ends as PROTOCOL must still name tokens and model."""
    chat = {"model": "m-1", "usage": {"prompt_tokens": 5000, "completion_tokens": 900}}
    responses = {"model": "m-1", "usage": {"input_tokens": 5000, "output_tokens": 900}}
    called = {"content": None, "tool_calls": [_call("answer", "{}"), _call("answer", "{}")]}
    used = [{"type": "tool_use", "name": "answer", "input": {}}] * 2
    readings = [
        openai_chat.read({"choices": [], **chat}, ""),
        openai_chat.read({"choices": [{"finish_reason": "stop", "message": called}], **chat}, "answer"),
        openai_responses.read(_response(_message("a"), _message("b"), **responses), ""),
        openai_responses.read(_response(output=None, **responses), ""),
        openai_responses.read(_response(status="in_progress", **responses), ""),
        anthropic_messages.read({"content": [], "stop_reason": "pause_turn", **responses}, ""),
        anthropic_messages.read({"content": [], "stop_reason": "something_new", **responses}, ""),
        anthropic_messages.read({"content": None, "stop_reason": "end_turn", **responses}, ""),
        anthropic_messages.read({"content": used, "stop_reason": "tool_use", **responses}, "answer"),
    ]

    assert {(reading.outcome, reading.model, reading.usage, reading.text) for reading in readings} == {
        (Outcome.PROTOCOL, "m-1", Usage(input=5000, output=900), "")
    }
    assert all(reading.detail for reading in readings)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("server_error", Outcome.OVERLOADED),
        ("rate_limit_exceeded", Outcome.RATE_LIMITED),
        ("something_new", Outcome.PROTOCOL),
    ],
)
def test_a_failed_response_says_what_failed(code: str, outcome: Outcome) -> None:
    document = _response(status="failed", error={"code": code, "message": "it broke"})
    reading = openai_responses.read(document, "")

    assert reading.outcome is outcome
    assert "it broke" in reading.detail


def test_reasoning_left_out_of_the_completion_but_not_of_the_total_is_output() -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "total_tokens": 350,
        "completion_tokens_details": {"reasoning_tokens": 200},
    }

    assert openai_chat.read_usage(usage) == Usage(input=100, output=250, reasoning=200)


def test_deepseeks_word_for_cached_tokens_is_known() -> None:
    usage = {"prompt_tokens": 100, "prompt_cache_hit_tokens": 64, "completion_tokens": 5}

    assert openai_chat.read_usage(usage) == Usage(input=100, cached=64, output=5)


@pytest.mark.parametrize(
    "usage", [None, [], {}, {"prompt_tokens": -1}, {"prompt_tokens": "9"}, {"completion_tokens": 10**12}]
)
def test_absurd_counts_of_tokens_are_none(usage: Any) -> None:
    assert openai_chat.read_usage(usage) == Usage()


def test_the_largest_counts_still_fit_the_database_when_they_are_added_up() -> None:
    """Columns hold 2**31 - 1; a sum of three counts, twice for two attempts, must stay below."""
    for count in (10**8, 10**8 + 1, 10**9, 2**31):
        names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
        document = {"content": [], "stop_reason": "end_turn", "usage": dict.fromkeys(names, count)}
        usage = anthropic_messages.read(document, "").usage
        assert 2 * max(usage) < 2**31
        assert (usage.output == count) == (count <= 10**8)


@pytest.mark.parametrize(("count", "read"), [(5000.0, 5000), (0.5, 0), (1e300, 0), (float("inf"), 0)])
def test_a_whole_count_written_with_a_point_counts(count: float, read: int) -> None:
    assert openai_chat.read_usage({"prompt_tokens": count}).input == read


def test_anthropics_input_gets_the_cached_tokens_added() -> None:
    usage = {"input_tokens": 10, "cache_read_input_tokens": 20, "cache_creation_input_tokens": 30}
    document = {"content": [], "stop_reason": "end_turn", "usage": usage}

    assert anthropic_messages.read(document, "").usage == Usage(input=60, cached=20, cache_write=30)


@pytest.mark.parametrize("stop", ["pause_turn", "something_new", None])
def test_a_message_that_did_not_end_is_no_answer(stop: str | None) -> None:
    document = {"content": [{"type": "text", "text": "{}"}], "stop_reason": stop}

    assert anthropic_messages.read(document, "").outcome is Outcome.PROTOCOL


def test_thinking_is_no_part_of_a_message() -> None:
    content = [{"type": "thinking", "thinking": "BUY"}, {"type": "text", "text": "HOLD"}]

    assert anthropic_messages.read({"content": content, "stop_reason": "end_turn"}, "").text == "HOLD"


def _call(name: str, arguments: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    "calls",
    [
        [_call("answer", "{}"), _call("answer", "{}")],
        [_call("other", "{}")],
        [_call("answer", 5)],
        ["x"],
        "x",
    ],
)
def test_other_than_one_call_of_the_tool_is_no_answer(calls: Any) -> None:
    message = {"content": None, "tool_calls": calls}
    document = {"choices": [{"finish_reason": "tool_calls", "message": message}]}

    assert openai_chat.read(document, "answer").outcome is Outcome.PROTOCOL


def test_a_model_that_writes_instead_of_calling_the_tool_is_read_as_written() -> None:
    document = {"choices": [{"finish_reason": "stop", "message": {"content": "{}", "tool_calls": None}}]}

    assert openai_chat.read(document, "answer").text == "{}"


def test_content_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "{"}, {"type": "text", "text": "}"}]
    document = {"choices": [{"finish_reason": "stop", "message": {"content": parts}}]}

    assert openai_chat.read(document, "").text == "{}"


@pytest.mark.parametrize("reader", [openai_chat.read, openai_responses.read, anthropic_messages.read])
@pytest.mark.parametrize("junk", [None, 5, "x", [], {}, [None], [[]], [{}], {"a": 1}, True])
def test_junk_where_something_belongs_is_never_an_error(reader: Any, junk: Any) -> None:
    names = ("choices", "output", "content", "usage", "status", "stop_reason", "model", "error", "message")
    good = (
        {"choices": [{"finish_reason": "stop", "message": {"content": "a", "tool_calls": []}}]}
        | _response(_message("a"))
        | {"content": [{"type": "text", "text": "a"}], "stop_reason": "end_turn"}
    )
    for name in names:
        for tool in ("", "answer"):
            reading = reader({**good, name: junk}, tool)
            assert isinstance(reading.outcome, Outcome)
            json.dumps(reading.text)


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ({"error": {"code": "a", "type": "b", "message": "c"}}, Complaint("a b", "c")),
        ({"error": "Incorrect API key", "code": "bad"}, Complaint("bad", "Incorrect API key")),
        (
            {"type": "error", "error": {"type": "t", "message": "m", "details": {"error_code": "e"}}},
            Complaint("e t", "m"),
        ),
        ({"message": "aws says"}, Complaint("", "aws says")),
        ({"error": None}, Complaint("", "")),
        ({}, Complaint("", "")),
        (None, Complaint("", "")),
    ],
)
def test_every_vendors_form_of_an_error_is_read(document: Any, complaint: Complaint) -> None:
    assert read_complaint(document) == complaint


@pytest.mark.parametrize("status", [400, 404, 405, 415, 422, 418, 499])
def test_an_unknown_complaint_is_a_bad_request(status: int) -> None:
    assert classify(status, Complaint("", "")) is Outcome.BAD_REQUEST


WRITTEN = [
    '{"action": "BUY", "action": "HOLD"}',
    '{"decisions": [{"size_pct": 1, "size_pct": 2}]}',
    '{"size_pct": 1e400}',
    '{"size_pct": -1e400}',
    '{"size_pct": 0.10000000000000000000001}',
    '{"size_pct": 12345678901234567890.5}',
    '{"size_pct": NaN}',
    '{"summary": "a \\" \\\\ \\u00e9 \\ud83d\\ude00 \\n", "decisions": [true, false, null, {}, []]}',
]


def _pairs(text: str) -> Any:
    """Return a document with nothing lost: objects as lists of pairs, numbers as written."""
    return json.loads(
        text,
        object_pairs_hook=lambda pairs: ["object", *pairs],
        parse_float=str,
        parse_int=str,
        parse_constant=str,
    )


@pytest.mark.parametrize("written", WRITTEN)
def test_the_input_of_a_tool_reaches_the_parser_as_the_model_wrote_it(written: str) -> None:
    body = '{"content": [{"type": "tool_use", "name": "t", "input": %s}], "stop_reason": "tool_use"}'
    document = read_document((body % written).encode())
    assert document is not None
    reading = anthropic_messages.read(document, "t")

    assert reading.outcome is Outcome.ANSWERED
    assert _pairs(reading.text) == _pairs(written)


@pytest.mark.parametrize("written", WRITTEN)
def test_the_arguments_of_a_function_are_passed_on_untouched(written: str) -> None:
    message = {"content": None, "tool_calls": [_call("t", written)]}
    chat = {"choices": [{"finish_reason": "tool_calls", "message": message}]}
    call = {"type": "function_call", "name": "t", "arguments": written}
    for read, document in ((openai_chat.read, chat), (openai_responses.read, _response(call))):
        through = read_document(json.dumps(document).encode())
        assert through is not None
        assert read(through, "t").text == written


def test_an_answer_whose_fields_stand_twice_is_refused_by_the_parser_behind_a_tool_too() -> None:
    decision = '{"reasoning": "x", "action": "CLOSE", "action": "HOLD", "symbol": "BTC"}'
    written = f'{{"summary": "x", "decisions": [{decision}]}}'
    body = '{"content": [{"type": "tool_use", "name": "t", "input": %s}], "stop_reason": "tool_use"}'
    document = read_document((body % written).encode())
    assert document is not None
    context = AnswerContext(("BTC",))

    assert parse_answer(anthropic_messages.read(document, "t").text, context) == parse_answer(
        written, context
    )


def test_an_envelope_whose_answer_stands_twice_is_no_answer() -> None:
    """Which of the two a reader takes is chance; the tokens are read all the same."""
    use = '{"type": "tool_use", "name": "t", "input": {"a": 1}, "input": {"a": 2}}'
    usage = '"usage": {"input_tokens": 7}'
    twice = f'{{"content": [{use}], "stop_reason": "tool_use", {usage}}}'
    document = read_document(twice.encode())
    assert document is not None
    reading = anthropic_messages.read(document, "t")

    assert (reading.outcome, reading.usage.input) == (Outcome.PROTOCOL, 7)
