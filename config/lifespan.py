"""What lives as long as the server: the live hub on its loop and, with the lease, the runner."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any, Final

from django.conf import settings

from config.runner import LocalRunner
from interfaces.health.runner import use_runner
from interfaces.live.hub import HUB, use_loop

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SERVE_RUNNER: Final = "ARENA_SERVE_RUNNER"
"""Set to 1 by the server that holds the lease; other servers of this app start no runner."""

STOP_S: Final = 20.0
"""How long a shutdown waits for the step that runs; one that is cut off is resumed at the next start."""

RING_S: Final = 1.0
"""A scaled season opens rounds faster than every 5 s; a ring that finds nothing due is one indexed read."""


class Lifespan:
    """Starts what lives as long as the server, and ends it."""

    def __init__(self) -> None:
        self._runner: LocalRunner | None = None

    async def __call__(self, _scope: Message, receive: Receive, send: Send) -> None:
        """Speak ASGI's lifespan protocol."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _start(self) -> None:
        # The in-memory layer does not wake another thread's loop: jobs publish on this one.
        use_loop(asyncio.get_running_loop())
        if settings.ARENA_RUNNER == "local" and os.environ.get(SERVE_RUNNER) == "1":
            self._runner = LocalRunner(threads=settings.ARENA_THREADS, rounds_interval_s=RING_S)
            use_runner(self._runner.health)
            self._runner.start()

    async def _stop(self) -> None:
        if self._runner is not None:
            await asyncio.to_thread(self._runner.stop, STOP_S)
            use_runner(None)
        await HUB.stop()
