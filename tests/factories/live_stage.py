"""A real server with a live feed on a free port, and clients that listen to it."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from channels.routing import URLRouter
from django.urls import path
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from interfaces.live.feed import LiveFeed
from interfaces.live.hub import Hub
from interfaces.live.limits import Limits
from interfaces.live.publish import LivePublisher

WAIT_S = 10.0


@dataclass
class Seasons:
    """The committed versions, as the database would tell them."""

    versions: dict[str, int] = field(default_factory=lambda: {"summer": 7, "winter": 1})
    reads: int = 0

    async def read(self, slug: str) -> int | None:
        """Return the committed version."""
        self.reads += 1
        return self.versions.get(slug)


@dataclass
class Stage:
    """A running server with its hub."""

    url: str
    hub: Hub
    feed: LiveFeed
    seasons: Seasons

    def publish(self, version: int, slug: str = "summer") -> None:
        """Publish from a thread that is not the server's, as the runner does."""
        publisher = LivePublisher(self.hub, across_processes=False)
        with ThreadPoolExecutor(1) as runner:
            runner.submit(publisher.publish_version, slug, version).result()


class Server(uvicorn.Server):
    """uvicorn in a thread: signals belong to the test run."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals alone."""
        yield


def serve(application: Any) -> tuple[Server, threading.Thread]:
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=0,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="error",
        timeout_graceful_shutdown=1,
    )
    server = Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + WAIT_S
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    return server, thread


StartStage = Callable[..., Stage]


@contextmanager
def live_stages() -> Iterator[StartStage]:
    """Yield a function that starts a server with its own hub; all are ended afterwards."""
    running: list[tuple[Server, threading.Thread]] = []

    def start(limits: Limits | None = None, poll_s: float = 60.0) -> Stage:
        seasons = Seasons()
        hub = Hub(seasons.read, poll_s=poll_s)
        feed = LiveFeed(hub, limits or Limits())
        target: Any = feed
        server, thread = serve(URLRouter([path("live/", target)]))
        running.append((server, thread))
        port = server.servers[0].sockets[0].getsockname()[1]
        return Stage(f"ws://127.0.0.1:{port}/live/", hub, feed, seasons)

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(WAIT_S)
        assert not thread.is_alive()


@asynccontextmanager
async def listening(
    stage: Stage, query: str = "?season=summer", **options: Any
) -> AsyncIterator[ClientConnection]:
    async with connect(stage.url + query, compression=None, **options) as client:
        yield client


async def next_message(client: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(client.recv(), WAIT_S))


async def close_code(client: ClientConnection) -> int:
    try:
        while True:
            await asyncio.wait_for(client.recv(), WAIT_S)
    except ConnectionClosed:
        assert client.close_code is not None
        return client.close_code
