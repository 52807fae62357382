"""Waiting for a round without holding a thread: a layer in front of Django for one address.

A program asks for its observation with ``?wait=25``. While nothing is open for it, the request sleeps here on
the event loop; Django sees it when there is something new, or when the time is over. Whatever is wrong with
the request is Django's to refuse, at once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qs

from channels.db import database_sync_to_async

from agents.selectors.seats import open_turn, seat_of_token
from agents.services.seating import note_seen
from interfaces.api.seat_auth import bearer_token
from interfaces.clock import wall_ms

MAX_WAIT_S: Final = 25
"""Below the half minute after which proxies cut idle requests."""

LOOK_EVERY_S: Final = 0.5
"""One indexed read each time; a round stands open for a minute."""

MOST_WAITING: Final = 200
"""Requests that wait at once in a process; the others are answered at once."""

ADDRESS: Final = "/api/v1/seat/observation"

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def etag_of(turn_id: str) -> str:
    """Return the ETag of a turn's observation."""
    return f'"{turn_id}"'


class SeatWaiting:
    """An ASGI application that waits before it hands requests for an observation on."""

    def __init__(self, pages: Application, look_every_s: float = LOOK_EVERY_S) -> None:
        self._pages = pages
        self._look_every_s = look_every_s
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait if asked to, then let Django answer."""
        is_ours = scope["type"] == "http" and scope["path"] == ADDRESS and scope["method"] == "GET"
        wait_s = _asked_wait_s(scope) if is_ours else 0
        if not wait_s or self._waiting >= MOST_WAITING:
            await self._pages(scope, receive, send)
            return
        client = _Client(receive)
        self._waiting += 1
        try:
            await self._wait_for_news(scope, client, time.monotonic() + wait_s)
        except asyncio.CancelledError:
            await _answer_nothing(send)  # the server ends: the program asks again, and nothing is logged
            return
        finally:
            self._waiting -= 1
        if not await client.is_gone():
            await self._pages(scope, client.receive, send)

    async def _wait_for_news(self, scope: Scope, client: "_Client", until: float) -> None:
        contestant_id = await database_sync_to_async(_contestant_of)(_header(scope, b"authorization"))
        known = _header(scope, b"if-none-match")
        while contestant_id and time.monotonic() < until:
            asked = await database_sync_to_async(open_turn)(contestant_id, wall_ms())
            if asked is not None and etag_of(asked.turn_id) != known:
                return
            if await client.is_gone(min(self._look_every_s, max(0.0, until - time.monotonic()))):
                return


class _Client:
    """The other end of a waiting request: what it sent is kept for Django, and its leaving is noticed."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._heard: list[Any] = []

    async def is_gone(self, within_s: float = 0.0) -> bool:
        """Return whether the client has left, having listened for so long at most."""
        until = time.monotonic() + within_s
        while not any(message["type"] == "http.disconnect" for message in self._heard):
            try:
                left_s = max(0.0, until - time.monotonic())
                self._heard.append(await asyncio.wait_for(self._receive(), left_s))
            except TimeoutError:
                return False
        return True

    async def receive(self) -> Any:
        """Return what the client sent, from the beginning."""
        return self._heard.pop(0) if self._heard else await self._receive()


async def _answer_nothing(send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _contestant_of(header: str) -> str:
    """Return whose token this is, and note that its program is there: it waits for the next round."""
    seat = seat_of_token(bearer_token(header))
    if seat is None:
        return ""
    note_seen(seat.contestant_id, seat.last_seen_ms, wall_ms())
    return seat.contestant_id


def _header(scope: Scope, name: bytes) -> str:
    found = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1") if found else ""


def _asked_wait_s(scope: Scope) -> int:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    text = query.get("wait", ["0"])[0]
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MAX_WAIT_S)) else 0
    return seconds if seconds <= MAX_WAIT_S else 0
