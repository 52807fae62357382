"""Every row of the table of errors, over real HTTP, through both SDKs in all their dialects."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from agents.domain.llm.exchange import ModelResponse, Outcome
from tests.factories import provider_steps as steps
from tests.factories.model_calls import DIALECTS, KEY, ask, model_at, provider_of, question
from tests.factories.provider_server import ProviderServer
from tests.factories.provider_steps import Step


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as running:
        yield running


@dataclass(frozen=True)
class Fault:
    """A step of the server and what it must come to; ``dialects`` where only some can say it."""

    step: Step
    outcome: Outcome
    dialects: tuple[str, ...] = DIALECTS


YEAR_S = 365 * 24 * 3600
NOT_MESSAGES = ("chat", "responses")
MESSAGES = ("messages", "bedrock")

FAULTS = {
    "a wrong key": Fault(steps.status(401, message=f"Incorrect API key provided: {KEY}"), Outcome.AUTH),
    "a key without this permission": Fault(steps.status(403), Outcome.AUTH),
    "a model that the project may not use": Fault(
        steps.status(403, "model_not_found", "Project `p` does not have access to model `gpt-x`"),
        Outcome.BAD_REQUEST,
    ),
    "a model that the account may not use": Fault(
        steps.status(403, message="You don't have access to the model with the specified model ID."),
        Outcome.BAD_REQUEST,
    ),
    "a prompt that moderation flags": Fault(
        steps.status(403, message="Your chosen model requires moderation and your input was flagged for x"),
        Outcome.CONTENT_FILTER,
    ),
    "a key that is switched off": Fault(
        steps.status(403, message="This key was disabled; ask your organisation's owner."), Outcome.AUTH
    ),
    "a wrong key with status 400": Fault(
        steps.status(400, message="Incorrect API key provided"), Outcome.AUTH
    ),
    "no money": Fault(steps.status(402, message="Insufficient Balance"), Outcome.BILLING),
    "a used up quota": Fault(steps.status(429, "insufficient_quota"), Outcome.BILLING),
    "a spend limit": Fault(steps.status(429, "enforced_spend_limit_reached"), Outcome.BILLING),
    "a low balance with status 400": Fault(
        steps.status(400, message="Your credit balance is too low to access the API"), Outcome.BILLING
    ),
    "too many requests": Fault(steps.status(429), Outcome.RATE_LIMITED),
    "too many requests for a year": Fault(
        steps.status(429, headers={"retry-after": str(YEAR_S)}), Outcome.RATE_LIMITED
    ),
    "an overloaded provider": Fault(steps.status(529), Outcome.OVERLOADED),
    "a provider out of service": Fault(steps.status(503), Outcome.OVERLOADED),
    "a fault of the provider": Fault(steps.status(500), Outcome.OVERLOADED),
    "a gateway that waited too long": Fault(steps.status(504), Outcome.OVERLOADED),
    "an HTML page with status 502": Fault(
        steps.raw(502, b"<html>bad</html>", "text/html"), Outcome.OVERLOADED
    ),
    "a reset connection": Fault(steps.reset(), Outcome.NETWORK),
    "a body shorter than promised": Fault(steps.short_body(), Outcome.NETWORK),
    "a bad request": Fault(steps.status(400, message="unknown parameter"), Outcome.BAD_REQUEST),
    "an unknown model": Fault(steps.status(404), Outcome.BAD_REQUEST),
    "a filtered prompt": Fault(steps.status(400, "content_filter"), Outcome.CONTENT_FILTER, NOT_MESSAGES),
    "a prompt too long": Fault(
        steps.status(400, "context_length_exceeded"), Outcome.PROMPT_TOO_LONG, NOT_MESSAGES
    ),
    "a prompt too long in words": Fault(
        steps.status(400, message="prompt is too long: 300000 tokens > 200000 maximum"),
        Outcome.PROMPT_TOO_LONG,
    ),
    "a body too large": Fault(steps.status(413), Outcome.PROMPT_TOO_LONG),
    "a refusal": Fault(steps.refusal(), Outcome.REFUSED),
    "an answer cut at the limit": Fault(steps.truncated(), Outcome.TRUNCATED),
    "a whole document cut at the limit": Fault(steps.truncated(steps.HOLD), Outcome.TRUNCATED),
    "a full context": Fault(steps.ok(finish="context"), Outcome.TRUNCATED),
    "a filtered answer": Fault(steps.content_filter(), Outcome.CONTENT_FILTER, NOT_MESSAGES),
    "a failed response": Fault(steps.failed(), Outcome.OVERLOADED),
    "a login page with status 200": Fault(steps.html_200(), Outcome.PROTOCOL),
    "an error with status 200": Fault(steps.error_200(), Outcome.PROTOCOL),
    "half a document": Fault(steps.broken_json(), Outcome.PROTOCOL),
    "null for the answer": Fault(steps.choices_null(), Outcome.PROTOCOL),
    "an empty body": Fault(steps.raw(200, b""), Outcome.PROTOCOL),
    "a list instead of an object": Fault(steps.raw(200, b"[1]"), Outcome.PROTOCOL),
    "a document a thousand levels deep": Fault(steps.raw(200, b"[" * 100_000), Outcome.PROTOCOL),
    "bytes that are no text": Fault(steps.raw(200, b"\xff\xfe\x00"), Outcome.PROTOCOL),
    "no content": Fault(steps.raw(204, b""), Outcome.PROTOCOL),
    "a redirect": Fault(steps.redirect("http://169.254.169.254/latest"), Outcome.ADDRESS),
}
CASES = [
    pytest.param(fault, dialect, id=f"{name}, {dialect}")
    for name, fault in FAULTS.items()
    for dialect in fault.dialects
]


@pytest.mark.parametrize(("fault", "dialect"), CASES)
async def test_a_fault_comes_to_its_outcome_in_one_request(
    server: ProviderServer, fault: Fault, dialect: str
) -> None:
    server.script([fault.step])
    began = time.monotonic()
    response = await ask(model_at(server, dialect))

    assert response.outcome is fault.outcome, response.detail
    assert len(server.requests) == 1, "an attempt is one request"
    assert time.monotonic() - began < 3, "nothing is slept here"
    assert response.text == ""
    assert KEY not in repr(response)
    _check_wire(response)


def _check_wire(response: ModelResponse) -> None:
    assert response.wire is not None
    assert response.wire.request_body
    assert response.wire.status or response.wire.error
    assert response.status == response.wire.status
    assert not (response.wire.error and response.wire.response_body)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (steps.short_body(), Outcome.NETWORK),
        (steps.huge(), Outcome.PROTOCOL),
        (steps.drip(every_s=0.2), Outcome.TIMEOUT),
    ],
    ids=["cut", "too large", "late"],
)
async def test_an_answer_that_breaks_off_after_its_head_still_shows_the_status_it_began_with(
    server: ProviderServer, dialect: str, step: Step, outcome: Outcome
) -> None:
    """The model has worked by then, and the provider bills it."""
    server.script([step])
    response = await ask(model_at(server, dialect), deadline_s=1.0)

    assert (response.outcome, response.status) == (outcome, 200)
    assert response.wire is not None
    assert (response.wire.status, response.wire.response_body) == (200, b"")
    assert response.wire.error
    assert response.provider_request_id == ("" if outcome is Outcome.PROTOCOL else "req_1")


async def test_a_call_that_is_cancelled_in_the_middle_of_its_answer_shows_the_status_it_began_with(
    server: ProviderServer,
) -> None:
    server.script([steps.drip(every_s=0.2)])
    model = model_at(server, "chat")
    provider = provider_of(model)
    call = asyncio.create_task(provider.complete(question(model)))
    await asyncio.sleep(0.5)
    call.cancel()
    response = await call
    await provider.close()

    assert (response.outcome, response.status) == (Outcome.TIMEOUT, 200)


async def test_an_attempt_that_no_answer_began_to_has_no_status(server: ProviderServer) -> None:
    server.script([steps.reset()])

    assert (await ask(model_at(server, "chat"))).status == 0


async def test_an_error_document_with_status_200_keeps_what_it_cost(server: ProviderServer) -> None:
    body = b'{"error": {"message": "cut"}, "model": "m-1", "choices": [], "usage": {"prompt_tokens": 9}}'
    server.script([steps.raw(200, body, headers={"x-request-id": "req_x"})])
    response = await ask(model_at(server, "chat"))

    assert (response.outcome, response.status, response.usage.input) == (Outcome.PROTOCOL, 200, 9)
    assert (response.model_returned, response.provider_request_id) == ("m-1", "req_x")
    assert "cut" in response.detail


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_detail_says_who_answered_what(server: ProviderServer, dialect: str) -> None:
    server.script([steps.status(400, message="no\nsuch \x1b[31mparameter")])
    response = await ask(model_at(server, dialect))

    assert response.detail.startswith("loopback answered 400: ")
    assert response.detail.isprintable()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "61"}, 61.0),
        ({"retry-after": str(YEAR_S)}, float(YEAR_S)),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "9" * 400}, float("9" * 300)),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}, 0.0),
        ({}, None),
    ],
)
async def test_the_wait_a_provider_asks_for_is_passed_on_and_not_slept(
    server: ProviderServer, headers: dict[str, str], seconds: float | None
) -> None:
    server.script([steps.status(429, headers=headers)])
    response = await ask(model_at(server, "chat"))

    assert response.retry_after_s == seconds


async def test_a_wait_until_a_date_is_counted_from_the_date_of_the_answer(server: ProviderServer) -> None:
    server.skew_s = 86_400.0
    server.script([steps.status(503, headers={"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"})])
    response = await ask(model_at(server, "messages"))

    assert response.wire is not None
    assert "date" in dict(response.wire.response_headers)
    assert response.retry_after_s is not None
    assert response.retry_after_s > YEAR_S


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_refusal_is_told_in_the_providers_words(server: ProviderServer, dialect: str) -> None:
    server.script([steps.refusal("I do not trade.")])

    assert (await ask(model_at(server, dialect))).refusal == "I do not trade."


async def test_nobody_listening_is_a_fault_of_the_network(server: ProviderServer) -> None:
    gone = model_at(server, "chat", base_url="http://127.0.0.1:9/v1")

    assert (await ask(gone)).outcome is Outcome.NETWORK


async def test_something_that_does_not_speak_http_is_a_fault_of_the_protocol(server: ProviderServer) -> None:
    server.script([Step("ssh", lambda _request, _number: iter([b"SSH-2.0-OpenSSH_9.6\r\n\r\n"]))])

    assert (await ask(model_at(server, "chat"))).outcome is Outcome.PROTOCOL
