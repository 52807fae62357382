"""The one event loop of this process: a daemon thread, started when first needed, on which models are asked.

Clients of both SDKs belong to the loop they were first used on, so there is one for all rounds of a process.
A forked child starts its own: threads do not survive a fork, and the parent's loop must not be touched.
"""

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine, Iterable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, TypeVar

from agents.ports import Provider

Result = TypeVar("Result")

CALLS_AT_ONCE: Final = 1_000
"""Calls under way at once to one provider with one key, in this process."""

_STOP_TIMEOUT_S: Final = 10.0


class LoopThread:
    """An event loop and the thread it runs in."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._providers: set[Provider] = set()
        self._slots: dict[tuple[str, str], asyncio.Semaphore] = {}
        # A daemon: a call that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="arena-models", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def submit(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Start work on the loop from any other thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def slot_of(self, provider: str, key_id: str) -> asyncio.Semaphore:
        """Return what bounds the calls under way with one key; only for work on this loop."""
        return self._slots.setdefault((provider, key_id), asyncio.Semaphore(CALLS_AT_ONCE))

    def remember(self, provider: Provider) -> None:
        """Close this provider's connections when the loop stops: they belong to it."""
        self._providers.add(provider)

    def stop(self) -> None:
        """Cancel what is under way, close connections, end the thread and close the loop."""
        with suppress(TimeoutError):  # something blocks the loop: what is left ends with the process
            self.submit(_wind_up(list(self._providers))).result(_STOP_TIMEOUT_S)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_STOP_TIMEOUT_S)
        if not self._thread.is_alive():
            self.loop.close()


async def _wind_up(providers: Iterable[Provider]) -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.gather(*(provider.close() for provider in providers), return_exceptions=True)
    loop = asyncio.get_running_loop()
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()


class _Process:
    """What this process has: no loop, or one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.current: LoopThread | None = None
        self.inherited: list[LoopThread | None] = []

    def forget(self) -> None:
        """Start anew in a forked child. Closing the parent's loop would unhook the parent's own pipe."""
        self.inherited.append(self.current)
        self.lock, self.current = threading.Lock(), None


_process: Final = _Process()
os.register_at_fork(after_in_child=_process.forget)


def running_loop() -> LoopThread:
    """Return this process's loop, started now if there is none."""
    with _process.lock:
        if _process.current is None:
            _process.current = LoopThread()
        return _process.current


def stop_loop() -> None:
    """End this process's loop, if there is one; the next question starts another."""
    with _process.lock:
        current, _process.current = _process.current, None
    if current is not None:
        current.stop()


atexit.register(stop_loop)


def run_on_loop(work: Coroutine[Any, Any, Result], timeout_s: float | None = None) -> Result:
    """Run work on the process's loop and wait for it here; raises what it raises, TimeoutError if late."""
    future = running_loop().submit(work)
    try:
        return future.result(timeout_s)
    except TimeoutError:
        future.cancel()
        raise
