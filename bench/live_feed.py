"""The last of many sockets to hear of a version: our hub against one Channels consumer a socket, in one run.

.venv/bin/python -m bench.live_feed [CLIENTS]

Wall time from the ping until the last client has its message; client and server are two processes.
"""

import asyncio
import contextlib
import json
import multiprocessing
import os
import statistics
import sys
import time
from typing import Any, Final

ROUNDS: Final = 9
HANDSHAKE: Final = (
    "GET /{path}/?season=summer HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def serve(ready: Any) -> None:
    """Serve both designs on one port, and /publish/<design>/<version> to ring them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django  # noqa: PLC0415 - the child process sets Django up for itself

    django.setup()
    import uvicorn  # noqa: PLC0415 - as above

    from bench.live_feed_server import application  # noqa: PLC0415 - as above

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            ready.put(self.servers[0].sockets[0].getsockname()[1])

    config = uvicorn.Config(
        application,
        port=0,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="error",
    )
    Server(config).run()


class Client(asyncio.Protocol):
    """A socket that costs next to nothing: it only notes when bytes came."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.heard = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(HANDSHAKE.format(path=self.path).encode())

    def data_received(self, data: bytes) -> None:
        """Note that bytes came; the answer to the handshake is followed by hello."""
        if b"season" in data:
            self.heard.set()


async def ring(port: int, path: str, version: int) -> None:
    """Tell the server of a new version and wait for nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /publish/{path}/{version} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    )
    await reader.read()
    writer.close()


async def measure(port: int, path: str, clients: int) -> float:
    """Return the median milliseconds until the last client has a version."""
    loop = asyncio.get_running_loop()
    opened = []
    for _ in range(clients):
        _, client = await loop.create_connection(lambda: Client(path), "127.0.0.1", port)
        await asyncio.wait_for(client.heard.wait(), 30)
        opened.append(client)
    spans = []
    for version in range(10, 10 + ROUNDS):
        for client in opened:
            client.heard.clear()
        began = time.perf_counter()
        bell = asyncio.create_task(ring(port, path, version))
        for client in opened:
            await asyncio.wait_for(client.heard.wait(), 30)
        spans.append((time.perf_counter() - began) * 1000)
        await bell
    for client in opened:
        client.transport.close()
    return statistics.median(spans)


def main() -> None:
    """Print one line of JSON and one for people."""
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Queue()
    server = spawn.Process(target=serve, args=(ready,), daemon=True)
    server.start()
    port = ready.get(timeout=60)
    found = {path: round(asyncio.run(measure(port, path, clients)), 1) for path in ("live", "plain")}
    with contextlib.suppress(AttributeError):
        server.kill()
    ratio = round(found["plain"] / found["live"], 1)
    print(f"{clients} clients: hub {found['live']} ms, one consumer a socket {found['plain']} ms, {ratio}x")
    print(
        json.dumps({"clients": clients, "hub_ms": found["live"], "plain_ms": found["plain"], "ratio": ratio})
    )


if __name__ == "__main__":
    main()
