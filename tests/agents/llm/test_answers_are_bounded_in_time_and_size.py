"""Drip feeding, late first bytes, 30 MB and bombs: each attempt ends when its time or its size is up."""

import asyncio
import gzip
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from agents.adapters.llm.bodies import MAX_BODY
from agents.domain.llm.exchange import Outcome
from tests.factories import provider_steps as steps
from tests.factories.model_calls import DIALECTS, ask, model_at, provider_of, question
from tests.factories.provider_server import ProviderServer


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as running:
        yield running


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_answer_that_drips_ends_at_the_deadline(server: ProviderServer, dialect: str) -> None:
    server.script([steps.drip(every_s=0.1)])  # half a minute, if it were heard to its end
    began = time.monotonic()
    response = await ask(model_at(server, dialect), deadline_s=0.5, first_byte_s=0.4)

    assert response.outcome is Outcome.TIMEOUT
    assert 0.45 < time.monotonic() - began < 8
    assert 0.45e6 < response.latency_us < 8e6
    assert "whole answer" in response.detail


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_late_first_byte_ends_the_attempt_before_its_deadline(
    server: ProviderServer, dialect: str
) -> None:
    server.script([steps.slow_first_byte(20.0)])
    began = time.monotonic()
    response = await ask(model_at(server, dialect), deadline_s=20.0, first_byte_s=0.3)

    assert response.outcome is Outcome.TIMEOUT
    assert time.monotonic() - began < 8
    assert "no byte" in response.detail


async def test_a_first_byte_in_time_leaves_the_rest_of_the_deadline(server: ProviderServer) -> None:
    server.script([steps.drip(every_s=0.05, size=50)])
    response = await ask(model_at(server, "chat"), deadline_s=5.0, first_byte_s=0.3)

    assert response.outcome is Outcome.ANSWERED
    assert response.latency_us > 300_000


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "step",
    [steps.huge(), steps.huge(chunked=True), steps.gzip_bomb()],
    ids=["with its length", "in chunks", "as a gzip bomb"],
)
async def test_thirty_megabytes_are_not_taken(server: ProviderServer, dialect: str, step: steps.Step) -> None:
    await ask(model_at(server, dialect))
    server.script([step])
    tracemalloc.start()
    response = await ask(model_at(server, dialect))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert response.outcome is Outcome.PROTOCOL
    assert str(MAX_BODY) in response.detail
    assert response.wire is not None
    assert response.wire.response_body == b""
    # The server fills its own buffers in this process: the bomb is 30 MB there only while it is packed.
    assert peak < 12_000_000


async def test_an_answer_just_below_the_limit_is_taken(server: ProviderServer) -> None:
    server.script([steps.ok("x" * (MAX_BODY - 2000))])
    response = await ask(model_at(server, "chat"))

    assert response.outcome is Outcome.ANSWERED
    assert len(response.text) == MAX_BODY - 2000


async def test_a_packed_answer_is_unpacked_though_none_was_asked_for(server: ProviderServer) -> None:
    body = b'{"choices": [{"finish_reason": "stop", "message": {"content": "hello"}}]}'
    server.script([steps.raw(200, gzip.compress(body), headers={"content-encoding": "gzip"})])
    response = await ask(model_at(server, "chat"))

    assert response.text == "hello"
    assert response.wire is not None
    assert response.wire.response_body == body
    assert server.requests[-1].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("body", "encoding"), [(b"not gzip", "gzip"), (b"x", "br"), (b"\x1f\x8b\x08\x00", "gzip")]
)
async def test_an_answer_that_cannot_be_unpacked_is_none(
    server: ProviderServer, body: bytes, encoding: str
) -> None:
    server.script([steps.raw(200, body, headers={"content-encoding": encoding})])

    assert (await ask(model_at(server, "chat"))).outcome in {Outcome.PROTOCOL, Outcome.NETWORK}


@pytest.mark.parametrize("extra", [1, 30_000_000], ids=["one byte", "30 MB"])
async def test_bytes_behind_the_end_of_a_packed_answer_are_not_taken(
    server: ProviderServer, extra: int
) -> None:
    packed = gzip.compress(b'{"choices": [{"finish_reason": "stop", "message": {"content": "hello"}}]}')
    server.script([steps.trailing(packed, extra, {"content-encoding": "gzip"})])
    tracemalloc.start()
    response = await ask(model_at(server, "chat"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert response.outcome is Outcome.PROTOCOL
    assert "after its end" in response.detail
    assert peak < 12_000_000


async def test_a_packed_answer_that_unpacks_to_nothing_is_bounded_too(server: ProviderServer) -> None:
    # Empty stored blocks of deflate: five bytes each that unpack to none.
    blocks = b"\x78\x01" + b"\x00\x00\x00\xff\xff" * (MAX_BODY // 4)
    server.script([steps.trailing(blocks, 0, {"content-encoding": "deflate"})])
    response = await ask(model_at(server, "chat"))

    assert response.outcome is Outcome.PROTOCOL
    assert str(MAX_BODY) in response.detail


async def test_a_cancelled_call_is_a_timeout_and_raises_nothing(server: ProviderServer) -> None:
    server.script([steps.slow_first_byte(20.0)])
    model = model_at(server, "messages")
    provider = provider_of(model)
    call = asyncio.create_task(provider.complete(question(model)))
    await asyncio.sleep(0.3)
    call.cancel()
    response = await call
    await provider.close()

    assert response.outcome is Outcome.TIMEOUT
    assert response.wire is not None
    assert response.wire.request_body
    assert "cancelled" in response.detail
