"""The WebSocket at /live/: hello with the season's version, then one message for each newer version.

A raw ASGI application: it costs a socket two tasks and no dispatch. The feed is public and read-only,
says nothing but numbers, and reads no cookie; browsers on foreign pages are still turned away.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from channels.db import database_sync_to_async
from django.conf import settings
from django.http.request import validate_host

from arena import selectors
from interfaces.live.hub import HUB, Hub, version_message
from interfaces.live.limits import Door, Limits, Meter

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

UNKNOWN_SEASON: Final = 4404
PONG: Final = '{"type":"pong"}'


class Socket:
    """What waits to be sent to one client: the newest version and at most one pong. Nothing queues up.

    A client that reads slowly, or not at all, costs one short text: when it reads again it gets the
    newest version and never hears of those in between.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: dict[str, str] = {}
        self._wake = asyncio.Event()

    def offer(self, text: str) -> None:
        """Replace what waits by a newer version."""
        self._waiting["version"] = text
        self._wake.set()

    def pong(self) -> None:
        """Answer a ping."""
        self._waiting["pong"] = PONG
        self._wake.set()

    async def write(self) -> None:
        """Send what waits until the client is gone."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            waiting, self._waiting = self._waiting, {}
            for text in waiting.values():
                try:
                    await self._send({"type": "websocket.send", "text": text})
                except OSError:
                    return  # the client is gone; the reader hears of it too


def is_own_origin(headers: Iterable[tuple[bytes, bytes]], allowed_hosts: list[str]) -> bool:
    """Return whether a handshake comes from one of our pages, or from a program, which names no origin."""
    origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
    if not origins:
        return True
    try:
        host = urlsplit(origins[0]).hostname or ""
    except ValueError:
        return False
    return validate_host(f"[{host}]" if ":" in host else host, allowed_hosts)


def _asked_season(scope: Message) -> str | None:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return query.get("season", [""])[0][:40] or None


class LiveFeed:
    """The ASGI application of one process."""

    def __init__(self, hub: Hub, limits: Limits | None = None) -> None:
        self._hub = hub
        self._limits = limits or Limits()
        self._door = Door(self._limits)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one socket from handshake to close."""
        await receive()
        address = str((scope.get("client") or ("unknown",))[0])
        is_welcome = is_own_origin(scope.get("headers", ()), settings.ALLOWED_HOSTS)
        if not is_welcome or not self._door.admit(address):
            await send({"type": "websocket.close"})  # before it is accepted: an HTTP 403
            return
        try:
            await self._serve(scope, receive, send)
        finally:
            self._door.leave(address)

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        self._hub.start(asyncio.get_running_loop())
        slug = _asked_season(scope) or await database_sync_to_async(selectors.current_season_slug)()
        version = None if slug is None else await self._hub.current_version(slug)
        await send({"type": "websocket.accept"})
        if slug is None or version is None:
            await send(
                {"type": "websocket.close", "code": UNKNOWN_SEASON, "reason": "There is no such season."}
            )
            return
        socket = Socket(send)
        newest = self._hub.join(slug, socket, version)
        writer: asyncio.Task[None] | None = None
        try:
            await send({"type": "websocket.send", "text": version_message("hello", slug, newest)})
            writer = asyncio.create_task(socket.write())
            await self._read(receive, send, socket)
        except OSError:
            pass  # gone before hello
        finally:
            self._hub.leave(slug, socket)
            if writer is not None:
                writer.cancel()

    async def _read(self, receive: Receive, send: Send, socket: Socket) -> None:
        meter = Meter(self._limits)
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            body = message.get("bytes") or (message.get("text") or "").encode()
            code = meter.refuse(len(body), time.monotonic())
            if code is not None:
                await send({"type": "websocket.close", "code": code})
                return
            if _is_ping(body):
                socket.pong()


def _is_ping(body: bytes) -> bool:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(message, dict) and message.get("type") == "ping"


FEED: Final = LiveFeed(HUB)
"""This process's feed."""
