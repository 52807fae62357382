"""Tells the live feed of a committed version, from the runner's thread or from a worker process."""

import asyncio
from concurrent.futures import Future

from asgiref.sync import async_to_sync
from django.conf import settings

from interfaces.live.hub import HUB, Complaints, Hub, send_to_group


class LivePublisher:
    """An ``arena.ports.Publisher`` that never raises: a round is worth more than a ping.

    In the server's process the version goes onto the server's own loop, since an in-memory layer wakes no
    other thread's loop. In a worker it goes through the channel layer if REDIS_URL connects the processes.
    """

    def __init__(self, hub: Hub = HUB, *, across_processes: bool | None = None) -> None:
        self._hub = hub
        self._across = bool(settings.REDIS_URL) if across_processes is None else across_processes
        self._complaints = Complaints()

    def publish_version(self, season_slug: str, version: int) -> None:
        """Tell that this version is committed."""
        try:
            self._publish(season_slug, version)
        except Exception as error:  # noqa: BLE001 - whatever fails here, the feed's poll heals it
            self._complaints.failed("live feed: a version could not be published", error)

    def _publish(self, slug: str, version: int) -> None:
        loop = self._hub.loop
        if loop is not None and loop.is_running():
            sent = asyncio.run_coroutine_threadsafe(self._hub.tell(slug, version), loop)
            sent.add_done_callback(self._look_back)
        elif self._across:
            async_to_sync(send_to_group)(slug, version)
            self._complaints.went_well()

    def _look_back(self, sent: "Future[None]") -> None:
        error = None if sent.cancelled() else sent.exception()
        if error is None:
            self._complaints.went_well()
        else:
            self._complaints.failed("live feed: a version could not be published", error)
