"""The two designs that bench.live_feed compares, in one ASGI application."""

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from django.urls import path

from interfaces.live.feed import LiveFeed
from interfaces.live.hub import Hub
from interfaces.live.limits import Limits

BOARD = {
    "rows": [
        {"rank": rank, "name": f"contestant {rank}", "equity": "10234.5678", "net": "0.0234"}
        for rank in range(100)
    ]
}
"""What everyone's consumer sends: the board itself, encoded once a socket."""


async def _seven(_slug: str) -> int | None:
    return 7


HUB = Hub(_seven)


class Plain(AsyncJsonWebsocketConsumer):  # type: ignore[misc] # Channels publishes no types
    """A consumer as tutorials write it: one member of the group a socket."""

    groups = ("bench",)

    async def connect(self) -> None:
        """Greet."""
        await self.accept()
        await self.send_json({"season": "summer", "version": 7})

    async def board(self, event: dict[str, Any]) -> None:
        """Forward the board."""
        await self.send_json(event)


async def _publish(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    _, _, design, version = scope["path"].split("/")
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})
    if design == "live":
        HUB.announce("summer", int(version))
    else:
        layer = get_channel_layer()
        await layer.group_send(
            "bench", {"type": "board", "season": "summer", "version": int(version), **BOARD}
        )


_feed: Any = LiveFeed(HUB, Limits(sockets=20_000, per_address=20_000))
_plain: Any = Plain.as_asgi()
_sockets = URLRouter([path("live/", _feed), path("plain/", _plain)])


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve sockets of both designs, and the bell."""
    await (_sockets if scope["type"] == "websocket" else _publish)(scope, receive, send)
