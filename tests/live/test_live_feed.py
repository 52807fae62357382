"""The live feed through a real server and real sockets."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from interfaces.live.limits import Limits
from tests.factories.live_stage import (
    WAIT_S,
    Stage,
    StartStage,
    close_code,
    listening,
    live_stages,
    next_message,
)


@pytest.fixture
def start_stage() -> Iterator[StartStage]:
    with live_stages() as start:
        yield start


async def test_a_client_is_greeted_with_the_version_and_hears_of_the_next(start_stage: StartStage) -> None:
    stage = start_stage()
    async with listening(stage) as client:
        assert await next_message(client) == {"type": "hello", "season": "summer", "version": 7}
        await asyncio.to_thread(stage.publish, 8)
        assert await next_message(client) == {"type": "version", "season": "summer", "version": 8}


async def test_an_older_or_repeated_version_is_not_told(start_stage: StartStage) -> None:
    stage = start_stage()
    async with listening(stage) as client:
        await next_message(client)
        for version in (7, 6, 9, 9, 8, 10):
            await asyncio.to_thread(stage.publish, version)
        heard: list[int] = []
        while not heard or heard[-1] != 10:
            heard.append((await next_message(client))["version"])
    assert heard == sorted(set(heard))
    assert set(heard) <= {9, 10}


async def test_seasons_do_not_hear_each_other(start_stage: StartStage) -> None:
    stage = start_stage()
    async with listening(stage) as summer, listening(stage, "?season=winter") as winter:
        await next_message(summer)
        assert await next_message(winter) == {"type": "hello", "season": "winter", "version": 1}
        await asyncio.to_thread(stage.publish, 100)
        await asyncio.to_thread(stage.publish, 2, "winter")
        assert (await next_message(winter)) == {"type": "version", "season": "winter", "version": 2}
        assert (await next_message(summer)) == {"type": "version", "season": "summer", "version": 100}


async def test_a_ping_is_answered(start_stage: StartStage) -> None:
    stage = start_stage()
    async with listening(stage) as client:
        await next_message(client)
        await client.send('{"type":"ping"}')
        assert await next_message(client) == {"type": "pong"}


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "not json", '{"type":"other"}', "[" * 900])
async def test_other_messages_are_ignored(start_stage: StartStage, text: str) -> None:
    stage = start_stage()
    async with listening(stage) as client:
        await next_message(client)
        await client.send(text)
        await client.send('{"type":"ping"}')
        assert await next_message(client) == {"type": "pong"}


async def test_a_message_over_one_kilobyte_ends_the_socket(start_stage: StartStage) -> None:
    stage = start_stage()
    async with listening(stage) as client:
        await next_message(client)
        await client.send("x" * 1025)
        assert await close_code(client) == 1009


async def test_a_flood_of_small_messages_ends_the_socket(start_stage: StartStage) -> None:
    stage = start_stage()
    async with listening(stage) as client:
        await next_message(client)
        for _ in range(11):
            await client.send('{"type":"ping"}')
        assert await close_code(client) == 1008


async def test_an_unknown_season_ends_the_socket_with_its_own_code(start_stage: StartStage) -> None:
    stage = start_stage()
    async with listening(stage, "?season=nowhere") as client:
        assert await close_code(client) == 4404


async def test_one_address_may_hold_so_many_sockets_and_gets_its_place_back(start_stage: StartStage) -> None:
    stage = start_stage(Limits(per_address=2))
    async with listening(stage) as first:
        await next_message(first)
        async with listening(stage) as second:
            await next_message(second)
            await is_refused(stage)
        deadline = time.monotonic() + WAIT_S
        # The server lives in another thread and tells nobody when it has seen the close.
        while sum(stage.feed._door._inside.values()) > 1 and time.monotonic() < deadline:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        async with listening(stage) as third:
            assert (await next_message(third))["type"] == "hello"


async def test_a_process_may_hold_so_many_sockets(start_stage: StartStage) -> None:
    stage = start_stage(Limits(sockets=1))
    async with listening(stage) as first:
        await next_message(first)
        with pytest.raises(InvalidStatus, match="403"):
            async with listening(stage):
                pass


async def is_refused(stage: Stage) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with listening(stage):
            pass


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://["]
)
async def test_a_page_of_another_site_is_turned_away(start_stage: StartStage, origin: str) -> None:
    stage = start_stage()
    with pytest.raises(InvalidStatus, match="403"):
        async with listening(stage, additional_headers={"Origin": origin}):
            pass


@pytest.mark.parametrize("origin", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:9"])
async def test_our_own_pages_are_welcome(start_stage: StartStage, origin: str) -> None:
    stage = start_stage()
    async with listening(stage, additional_headers={"Origin": origin}) as client:
        assert (await next_message(client))["type"] == "hello"


async def test_a_lost_ping_is_healed_by_the_poll(start_stage: StartStage) -> None:
    stage = start_stage(poll_s=0.05)
    async with listening(stage) as client:
        await next_message(client)
        stage.seasons.versions["summer"] = 8
        assert await next_message(client) == {"type": "version", "season": "summer", "version": 8}


async def test_three_hundred_clients_all_get_the_newest_version(start_stage: StartStage) -> None:
    stage = start_stage(Limits(per_address=300))
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(listening(stage)) for _ in range(300)]
        for client in clients:
            await next_message(client)
        assert stage.seasons.reads == 1
        await asyncio.to_thread(stage.publish, 8)
        heard = await asyncio.gather(*(next_message(client) for client in clients))
    assert [message["version"] for message in heard] == [8] * 300


async def test_a_client_that_never_reads_costs_one_message_and_delays_nobody(start_stage: StartStage) -> None:
    stage = start_stage()
    async with listening(stage) as reader, listening(stage, max_queue=1, ping_interval=None) as sleeper:
        await next_message(reader)
        sleeper.transport.pause_reading()
        for version in range(8, 3_000):
            assert stage.hub.loop is not None
            stage.hub.loop.call_soon_threadsafe(stage.hub.announce, "summer", version)
        newest = 0
        while newest < 2_999:
            newest = (await next_message(reader))["version"]
        sockets: list[Any] = list(stage.hub._listeners["summer"])
        assert max(len(socket._waiting) for socket in sockets) <= 1
        sleeper.transport.resume_reading()
        while (await next_message(sleeper))["version"] < 2_999:
            pass
