"""Google wraps its errors in a list of one; they come to the same outcomes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from agents.domain.llm.exchange import Outcome
from tests.factories import provider_steps as steps
from tests.factories.model_calls import ask, model_at
from tests.factories.provider_server import ProviderServer


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as running:
        yield running


def google_error(code: int, status: str, message: str, *details: dict[str, Any]) -> bytes:
    """Google's OpenAI dialect gives an error as a list of one."""
    error = {"code": code, "message": message, "status": status, "details": list(details)}
    return json.dumps([{"error": error}]).encode()


QUOTA = "You exceeded your current quota, please check your plan and billing details."
RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.07s"}
QUOTA_INFO = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": []}


@pytest.mark.parametrize(
    ("code", "body", "headers", "outcome", "wait_s"),
    [
        (
            400,
            google_error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
            {},
            Outcome.AUTH,
            None,
        ),
        (
            400,
            google_error(400, "INVALID_ARGUMENT", "Odd.", {"reason": "API_KEY_INVALID"}),
            {},
            Outcome.AUTH,
            None,
        ),
        (429, google_error(429, "RESOURCE_EXHAUSTED", QUOTA), {}, Outcome.BILLING, None),
        (
            429,
            google_error(429, "RESOURCE_EXHAUSTED", QUOTA, QUOTA_INFO, RETRY_INFO),
            {},
            Outcome.RATE_LIMITED,
            34.07,
        ),
        (
            429,
            google_error(429, "RESOURCE_EXHAUSTED", QUOTA),
            {"retry-after": "20"},
            Outcome.RATE_LIMITED,
            20.0,
        ),
        (503, google_error(503, "UNAVAILABLE", "Busy."), {}, Outcome.OVERLOADED, None),
        (400, b"[]", {}, Outcome.BAD_REQUEST, None),
        (400, b'[{"error": 1}, {"error": 2}]', {}, Outcome.BAD_REQUEST, None),
        (400, b'["API key not valid"]', {}, Outcome.BAD_REQUEST, None),
    ],
)
async def test_an_error_in_a_list_of_one_is_read_like_any_other(
    server: ProviderServer, code: int, body: bytes, headers: dict[str, str], outcome: Outcome, wait_s: float
) -> None:
    server.script([steps.raw(code, body, headers=headers)])
    response = await ask(model_at(server, "chat"))

    assert response.outcome is outcome, response.detail
    assert response.retry_after_s == wait_s


async def test_a_used_up_quota_by_code_is_billing_though_a_wait_is_named(server: ProviderServer) -> None:
    server.script([steps.status(429, "insufficient_quota", QUOTA, {"retry-after": "5"})])

    assert (await ask(model_at(server, "chat"))).outcome is Outcome.BILLING


async def test_an_answer_in_a_list_is_none(server: ProviderServer) -> None:
    server.script([steps.raw(200, b'[{"choices": [{"message": {"content": "{}"}}]}]')])

    assert (await ask(model_at(server, "chat"))).outcome is Outcome.PROTOCOL
