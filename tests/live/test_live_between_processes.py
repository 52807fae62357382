"""How a version reaches a server's sockets: from its own threads, from workers, without a layer."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from config.wheels import start_valkey
from interfaces.live.hub import Hub
from interfaces.live.publish import LivePublisher
from tests.factories.live_stage import StartStage, listening, live_stages, next_message


@pytest.fixture
def start_stage() -> Iterator[StartStage]:
    with live_stages() as start:
        yield start


async def test_a_publisher_without_a_server_or_layer_does_nothing() -> None:
    LivePublisher(Hub(), across_processes=False).publish_version("summer", 8)


def test_a_failing_layer_never_reaches_the_round_and_is_logged_once(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CHANNEL_LAYERS = layer_at("redis://127.0.0.1:1/0")
    publisher = LivePublisher(Hub(), across_processes=True)
    for version in range(3):
        publisher.publish_version("summer", version)
    assert len([record for record in caplog.records if record.name == "arena.live"]) == 1


@pytest.mark.celery
async def test_a_worker_process_reaches_the_sockets_of_a_server_through_valkey(
    start_stage: StartStage, tmp_path: Path, settings: Any
) -> None:
    with start_valkey(tmp_path) as url:
        settings.CHANNEL_LAYERS = layer_at(url)
        stage = start_stage()
        worker = LivePublisher(Hub(), across_processes=True)
        async with listening(stage) as client:
            await next_message(client)
            # The hub joins its group when the first socket comes; a ping before that is what the poll is for.
            version = 8
            heard = None
            while heard is None:
                version += 1
                await asyncio.to_thread(worker.publish_version, "summer", version)
                heard = await heard_within(client, 0.5)
            assert heard == {"type": "version", "season": "summer", "version": version}
            assert version < 20


async def heard_within(client: ClientConnection, seconds: float) -> Any:
    try:
        return json.loads(await asyncio.wait_for(client.recv(), seconds))
    except TimeoutError:
        return None


def layer_at(url: str) -> dict[str, Any]:
    return {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [url]}}}


async def test_without_its_layer_the_feed_still_tells_what_happens_here(
    start_stage: StartStage, settings: Any
) -> None:
    settings.CHANNEL_LAYERS = layer_at("redis://127.0.0.1:1/0")
    stage = start_stage(poll_s=0.05)
    async with listening(stage) as client:
        await next_message(client)
        await asyncio.to_thread(stage.publish, 8)
        assert (await next_message(client))["version"] == 8
        stage.seasons.versions["summer"] = 9
        assert (await next_message(client))["version"] == 9
