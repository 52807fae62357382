"""One hub a process: hears of new versions once, encodes each once, and offers it to every local socket.

A Channels consumer per socket in a group costs each message one layer hop and one encoding per socket;
the hub is one member of the group and hands the same text to all (docs/api.md has the figures). Three
ways lead a version here: the runner in this process, the channel layer from other processes, and a slow
poll of what the database holds, which heals whatever the first two lose. An older version than the one
known is dropped, so the ways may repeat each other.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from arena import selectors

log = logging.getLogger("arena.live")

GROUP: Final = "arena.live"

POLL_S: Final = 3.0
"""One indexed read a watched season; a lost ping is noticed before the next mark, which comes every 10 s."""

RENEW_S: Final = 600.0
"""The layer forgets a member of a group after a day; this one says often enough that it still listens."""

RETRY_S: Final = 5.0
"""Pause after the layer failed; the poll carries the feed meanwhile."""

ReadVersion = Callable[[str], Awaitable[int | None]]


class Listener(Protocol):
    """Whoever wants to hear of versions."""

    def offer(self, text: str) -> None:
        """Take the newest message; must not block."""


def version_message(kind: str, slug: str, version: int) -> str:
    """Return the text of 'hello' or 'version'."""
    return json.dumps({"type": kind, "season": slug, "version": version}, separators=(",", ":"))


async def read_published_version(slug: str) -> int | None:
    """Return a season's committed version; None if there is no such season."""
    version: int | None = await database_sync_to_async(selectors.season_version)(slug)
    return version


class Complaints:
    """Logs an error that repeats only once, and again after things went well in between."""

    def __init__(self) -> None:
        self._last = ""

    def failed(self, what: str, error: BaseException) -> None:
        """Tell of a failure."""
        text = f"{what}: {type(error).__name__}: {error}"
        if text != self._last:
            log.warning(text)
        self._last = text

    def went_well(self) -> None:
        """Forget the last failure."""
        self._last = ""


class Hub:
    """The sockets of this process, by season, and the newest version of each season that is watched.

    Everything here runs on one event loop; only ``loop`` is read from elsewhere.
    """

    def __init__(self, read_version: ReadVersion = read_published_version, poll_s: float = POLL_S) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._read_version = read_version
        self._poll_s = poll_s
        self._listeners: dict[str, set[Listener]] = {}
        self._versions: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen and poll on this loop, which is running or about to."""
        if self.loop is not loop:
            self.loop = loop
            self._task = loop.create_task(self._run())

    async def stop(self) -> None:
        """End listening and polling."""
        task, self._task, self.loop = self._task, None, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def current_version(self, slug: str) -> int | None:
        """Return a season's version; seasons that somebody watches need no read."""
        known = self._versions.get(slug)
        return await self._read_version(slug) if known is None else known

    def join(self, slug: str, listener: Listener, version: int) -> int:
        """Let a listener hear of a season from ``version`` on; return the newest version known."""
        self._listeners.setdefault(slug, set()).add(listener)
        self._versions[slug] = max(version, self._versions.get(slug, version))
        return self._versions[slug]

    def leave(self, slug: str, listener: Listener) -> None:
        """Forget a listener."""
        listeners = self._listeners.get(slug, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(slug, None)
            self._versions.pop(slug, None)

    def announce(self, slug: str, version: int) -> None:
        """Offer a version to everybody who watches the season, unless it is known already."""
        if version <= self._versions.get(slug, version):
            return
        self._versions[slug] = version
        text = version_message("version", slug, version)
        for listener in self._listeners[slug]:
            listener.offer(text)

    async def tell(self, slug: str, version: int) -> None:
        """Announce a version here and to the other processes."""
        self.announce(slug, version)
        await send_to_group(slug, version)

    async def _run(self) -> None:
        await asyncio.gather(self._hear(), self._poll())

    async def _hear(self) -> None:
        complaints = Complaints()
        while True:
            try:
                await self._hear_group(complaints)
            except Exception as error:  # noqa: BLE001 - a layer may fail in any way; the poll carries on
                complaints.failed("live feed: the channel layer does not answer", error)
                await asyncio.sleep(RETRY_S)

    async def _hear_group(self, complaints: Complaints) -> None:
        layer = get_channel_layer()
        if layer is None:
            raise RuntimeError("no channel layer is configured")
        channel = await layer.new_channel()
        while True:
            await layer.group_add(GROUP, channel)
            complaints.went_well()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hear_channel(layer, channel), RENEW_S)

    async def _hear_channel(self, layer: Any, channel: str) -> None:
        while True:
            message: dict[str, Any] = await layer.receive(channel)
            self.announce(str(message["season"]), int(message["version"]))

    async def _poll(self) -> None:
        complaints = Complaints()
        while True:
            await asyncio.sleep(self._poll_s)
            try:
                await self._poll_once()
                complaints.went_well()
            except Exception as error:  # noqa: BLE001 - an outage of the database ends no feed
                complaints.failed("live feed: the newest version cannot be read", error)

    async def _poll_once(self) -> None:
        for slug in tuple(self._listeners):
            version = await self._read_version(slug)
            if version is not None:
                self.announce(slug, version)


async def send_to_group(slug: str, version: int) -> None:
    """Tell the hubs of all processes."""
    layer = get_channel_layer()
    if layer is not None:
        await layer.group_send(GROUP, {"type": "version", "season": slug, "version": version})


HUB: Final = Hub()
"""This process's hub."""


def use_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Run this process's hub on the server's loop; called once when the server starts."""
    HUB.start(loop)
