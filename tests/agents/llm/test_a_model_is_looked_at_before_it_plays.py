"""The check behind `Test` and the doctor: key, model, form, latency, clocks."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from agents.adapters.llm.provider import make_provider
from agents.domain.llm.exchange import Health
from tests.factories import provider_steps as steps
from tests.factories.model_calls import DIALECTS, KEY, model_at
from tests.factories.provider_dialects import ReceivedRequest
from tests.factories.provider_server import ProviderServer

LISTED = [name for name in DIALECTS if name != "bedrock"]
READY = '{"answer": "ready"}'


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(lambda _request: READY, expected_key=KEY, models=["test-model", "a/b"]) as running:
        yield running


async def _look(server: ProviderServer, dialect: str, key: str = KEY, **changes: Any) -> Health:
    model = model_at(server, dialect, **changes)
    provider = make_provider(model, key, loopback=True, wall_ms=lambda: time.time_ns() // 1_000_000)
    try:
        return await provider.check(model, 3.0)
    finally:
        await provider.close()


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_model_in_good_health_is_found_so(server: ProviderServer, dialect: str) -> None:
    health = await _look(server, dialect)

    assert (health.key_accepted, health.model_alive, health.structured_honoured) == (True, True, True)
    assert health.detail == ""
    assert health.latency_us > 0
    assert health.usage.input > 0
    assert health.clock_skew_ms is not None
    assert abs(health.clock_skew_ms) < 2000


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_wrong_key_is_named_and_no_question_is_paid_for(server: ProviderServer, dialect: str) -> None:
    health = await _look(server, dialect, key="sk-wrong-key-9876543210")

    assert health.key_accepted is False
    assert health.model_alive is not True
    assert "401" in health.detail
    assert "sk-wrong" not in health.detail
    if dialect in LISTED:
        assert [request.method for request in server.requests] == ["GET"]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_model_that_is_gone_is_named(server: ProviderServer, dialect: str) -> None:
    health = await _look(server, dialect, model="gone-model")

    assert health.model_alive is False
    assert health.key_accepted is True
    assert "gone-model" in health.detail


async def test_a_model_whose_name_holds_a_slash_is_found(server: ProviderServer) -> None:
    assert (await _look(server, "chat", model="a/b")).model_alive is True


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_form_that_is_not_kept_is_told(server: ProviderServer, dialect: str) -> None:
    server.answer = lambda _request: "Sure! I am ready."

    assert (await _look(server, dialect)).structured_honoured is False


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_clock_that_is_off_is_told(server: ProviderServer, dialect: str) -> None:
    server.skew_s = -300.0
    health = await _look(server, dialect)

    assert health.clock_skew_ms is not None
    assert abs(health.clock_skew_ms - 300_000) < 3000


class WithoutList(ProviderServer):
    """An endpoint that answers questions and knows no other address."""

    def _about_models(self, request: ReceivedRequest) -> steps.Step:
        return steps.status(404, message=f"no {request.path}")


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_endpoint_without_a_list_of_models_is_asked_the_question(dialect: str) -> None:
    with WithoutList(lambda _request: READY) as bare:
        health = await _look(bare, dialect)

    assert (health.key_accepted, health.model_alive, health.structured_honoured) == (True, True, True)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_provider_that_is_down_leaves_everything_open(server: ProviderServer, dialect: str) -> None:
    health = await _look(server, dialect, base_url="http://127.0.0.1:9/v1")

    assert (health.key_accepted, health.model_alive, health.structured_honoured) == (None, None, None)
    assert health.detail.startswith("network: ")


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_check_ends_in_its_time(server: ProviderServer, dialect: str) -> None:
    server.script([steps.slow_first_byte(9.0)])
    began = time.monotonic()
    health = await _look(server, dialect)

    assert time.monotonic() - began < 5
    assert health.detail.startswith("timeout: ")
