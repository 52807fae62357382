"""Any status, headers and bytes, through the real SDKs: an outcome, never an error, never a key."""

import asyncio
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.adapters.llm.provider import ModelProvider
from agents.domain.llm.exchange import ModelRef, Outcome, Wire
from tests.factories.model_calls import DIALECTS, provider_of, question

NAMES = [
    "choices",
    "message",
    "content",
    "finish_reason",
    "refusal",
    "tool_calls",
    "function",
    "arguments",
    "name",
    "output",
    "type",
    "text",
    "phase",
    "status",
    "error",
    "code",
    "details",
    "error_code",
    "stop_reason",
    "stop_details",
    "input",
    "usage",
    "prompt_tokens",
    "input_tokens",
    "completion_tokens_details",
    "reasoning_tokens",
    "model",
    "id",
    "incomplete_details",
    "reason",
]
WORDS = [
    "message",
    "output_text",
    "refusal",
    "function_call",
    "tool_use",
    "text",
    "arena_answer",
    "completed",
    "failed",
    "incomplete",
    "stop",
    "length",
    "content_filter",
    "end_turn",
    "max_tokens",
    "final_answer",
    "commentary",
]
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS)
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=30,
)
BODIES = st.binary(max_size=80) | DOCUMENTS.map(lambda document: json.dumps(document).encode())
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["content-type", "retry-after", "retry-after-ms", "date", "request-id"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30),
    ),
    max_size=3,
).map(tuple)
ERRORS = st.sampled_from(
    ["", "timeout: late", "network: cut", "address: inside", "odd", ": :", "answered: no"]
)


class OneWire:
    """A tape of one attempt, whatever was asked."""

    wire: Wire

    def find(self, _seat_id: str, _slot: int, _attempt: int, _request_body: bytes) -> Wire:
        """Return it."""
        return self.wire


@cache
def _model_on_a_tape(dialect: str, mode: str) -> tuple[ModelRef, ModelProvider, OneWire]:
    """Make one client a dialect: that costs more than all its examples."""
    model = ModelRef("loopback", "http://127.0.0.1:1/v1", "m", dialect, mode, on_this_machine=True)
    tape = OneWire()
    return model, provider_of(model, tape), tape


@pytest.mark.parametrize("mode", ["json_schema", "tool_strict"])
@pytest.mark.parametrize("dialect", DIALECTS)
@settings(deadline=None, max_examples=60)
@given(status=st.integers(100, 999) | st.just(200), headers=HEADERS, body=BODIES, error=ERRORS)
def test_whatever_comes_back_comes_to_an_outcome(
    dialect: str, mode: str, status: int, headers: Any, body: bytes, error: str
) -> None:
    model, provider, tape = _model_on_a_tape(dialect, mode)
    tape.wire = Wire("POST", "/", (), b"", status, headers, b"" if error else body, error)
    response = asyncio.run(provider.complete(question(model)))

    assert isinstance(response.outcome, Outcome)
    assert response.outcome is not Outcome.FAULT, response.detail
    assert isinstance(response.text, str)
    assert len(response.detail) < 1000
    assert all(count >= 0 for count in response.usage)
    if response.outcome is Outcome.ANSWERED:
        assert not error
        assert 200 <= status < 300
    else:
        assert response.text == ""
