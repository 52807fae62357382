"""The contract of the port, run over every adapter, live and from a tape."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from agents.domain.llm.exchange import STRUCTURED_MODES, ModelResponse, Outcome, Usage
from agents.ports import Provider
from tests.factories import provider_steps as steps
from tests.factories.model_calls import DIALECTS, KEY, Recordings, ask, model_at, provider_of, question
from tests.factories.provider_server import ProviderServer

USAGE = Usage(input=4400, cached=1300, cache_write=100, output=950, reasoning=800)


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(models=["test-model"]) as running:
        yield running


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("mode", STRUCTURED_MODES)
async def test_an_answer_comes_back_whole_with_all_that_is_known_of_it(
    server: ProviderServer, dialect: str, mode: str
) -> None:
    server.script([steps.ok('{"summary": "flat"}', usage=USAGE, model="test-model-2026")])
    response = await ask(model_at(server, dialect, structured=mode, effort="low"))

    assert response.outcome is Outcome.ANSWERED
    assert response.text == '{"summary": "flat"}'
    assert response.usage == USAGE
    assert response.model_returned == "test-model-2026"
    assert response.provider_request_id == "req_1"
    assert response.status == 200
    assert response.latency_us > 0
    assert response.sdk.split()[0] == ("openai" if dialect in {"chat", "responses"} else "anthropic")


ASKED_FOR: dict[tuple[str, str], tuple[str, ...]] = {
    ("chat", "json_schema"): ("response_format", "json_schema", "schema"),
    ("chat", "tool_strict"): ("tools", "0", "function", "parameters"),
    ("responses", "json_schema"): ("text", "format", "schema"),
    ("responses", "tool_strict"): ("tools", "0", "parameters"),
    ("messages", "json_schema"): ("output_config", "format", "schema"),
    ("messages", "tool_strict"): ("tools", "0", "input_schema"),
    ("bedrock", "json_schema"): ("output_config", "format", "schema"),
    ("bedrock", "tool_strict"): ("tools", "0", "input_schema"),
}


@pytest.mark.parametrize(("dialect", "mode"), list(ASKED_FOR))
async def test_the_form_is_asked_for_in_the_words_of_the_dialect(
    server: ProviderServer, dialect: str, mode: str
) -> None:
    model = model_at(server, dialect, structured=mode)
    await ask(model)
    found: Any = server.requests[0].json
    for step in ASKED_FOR[dialect, mode]:
        found = found[int(step)] if step.isdigit() else found[step]

    assert found == question(model).schema


async def test_nothing_is_stored_sampled_or_streamed(server: ProviderServer) -> None:
    for dialect in DIALECTS:
        await ask(model_at(server, dialect, extra_body={"thinking": {"type": "disabled"}}))
    chat, responses, *_anthropic = [request.json for request in server.requests]

    assert responses["store"] is False
    assert chat["max_completion_tokens"] == 4096
    for body in (request.json for request in server.requests):
        assert not {"temperature", "top_p", "seed", "stream"} & set(body)
        assert body["thinking"] == {"type": "disabled"}


async def test_the_limit_of_output_goes_by_the_catalogues_name_for_it(server: ProviderServer) -> None:
    await ask(model_at(server, "chat", max_tokens_field="max_tokens", max_output_tokens=99))

    assert server.requests[0].json["max_tokens"] == 99
    assert "max_completion_tokens" not in server.requests[0].json


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_same_question_is_the_same_bytes(server: ProviderServer, dialect: str) -> None:
    for _ in range(2):
        await ask(model_at(server, dialect, effort="low"))

    first, second = server.requests
    assert first.body == second.body


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_questions_asked_at_once_are_not_mixed_up(server: ProviderServer, dialect: str) -> None:
    server.answer = lambda request: "asked " + str(request.json).rpartition("seat-")[2][:3]
    server.delay_s = 0.05
    model = model_at(server, dialect)
    provider = provider_of(model)
    asked = [question(model, user=f"seat-{n:03}", seat_id=str(n)) for n in range(60)]
    answers = await asyncio.gather(*map(provider.complete, asked))
    await provider.close()

    assert [answer.text for answer in answers] == [f"asked {n:03}" for n in range(60)]
    for request, answer in zip(asked, answers, strict=True):
        assert answer.wire is not None
        assert request.user.encode() in answer.wire.request_body
    assert server.peak > 30


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_it_can_be_asked_again_after_it_was_closed(server: ProviderServer, dialect: str) -> None:
    model = model_at(server, dialect)
    provider: Provider = provider_of(model)
    for _ in range(2):
        assert (await provider.complete(question(model))).outcome is Outcome.ANSWERED
        await provider.close()
    await provider.close()

    assert provider.name == "loopback"


def test_one_provider_serves_one_event_loop_after_another(server: ProviderServer) -> None:
    model = model_at(server, "chat")
    provider = provider_of(model)

    async def once() -> Outcome:
        response = await provider.complete(question(model))
        await provider.close()
        return response.outcome

    assert [asyncio.run(once()) for _ in range(4)] == [Outcome.ANSWERED] * 4


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_what_cannot_even_be_sent_is_a_fault_of_ours_and_raises_nothing(
    server: ProviderServer, dialect: str
) -> None:
    response = await ask(model_at(server, dialect), user="half a surrogate \ud800")

    assert response.outcome is Outcome.FAULT
    assert response.wire is None
    assert server.requests == []


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_no_time_left_is_a_timeout(server: ProviderServer, dialect: str) -> None:
    assert (await ask(model_at(server, dialect), deadline_s=0.0)).outcome is Outcome.TIMEOUT


REPLAYED = {
    "an answer": steps.ok('{"summary": "ü"}', usage=USAGE),
    "a refusal": steps.refusal(),
    "a wrong key": steps.status(401, message=f"Incorrect API key provided: {KEY}"),
    "a rate limit": steps.status(429, headers={"retry-after": "61"}),
    "a login page": steps.html_200(),
    "a reset": steps.reset(),
    "a late answer": steps.slow_first_byte(2.0),
    "a bomb": steps.gzip_bomb(),
    "a redirect": steps.redirect("http://169.254.169.254/"),
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", REPLAYED)
async def test_a_tape_gives_the_same_answer_without_a_socket(
    server: ProviderServer, monkeypatch: pytest.MonkeyPatch, dialect: str, name: str
) -> None:
    server.script([REPLAYED[name]])
    model = model_at(server, dialect)
    request = question(model, first_byte_s=0.4)
    live = await ask(model, first_byte_s=0.4)
    tape = Recordings()
    tape.keep(request, live)
    provider = provider_of(model, tape, key="")
    monkeypatch.setattr(socket, "socket", _no_socket)
    replayed = await provider.complete(request)
    await provider.close()

    assert _without_time(replayed) == _without_time(live)
    assert tape.asked == 1


def _no_socket(*_arguments: object, **_options: object) -> NoReturn:
    raise AssertionError("a replay opened a socket")


def _without_time(response: ModelResponse) -> ModelResponse:
    return replace(response, latency_us=0)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "other", [{"user": "BTC 101"}, {"seat_id": "seat-2"}, {"slot": 8}, {"attempt": 2}], ids=str
)
async def test_a_question_the_tape_does_not_hold_reaches_nobody(
    server: ProviderServer, dialect: str, other: dict[str, Any]
) -> None:
    model = model_at(server, dialect)
    tape = Recordings()
    tape.keep(question(model), await ask(model))
    provider = provider_of(model, tape)
    response = await provider.complete(question(model, **other))
    health = await provider.check(model, 1.0)
    await provider.close()

    assert response.outcome is Outcome.NO_RECORDING
    assert response.wire is None
    assert health.key_accepted is None
    assert server.connections == 1
