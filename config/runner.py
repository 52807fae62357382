"""The driver of the embedded default: one scheduler thread and a few job threads in the server's process."""

import logging
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Thread
from typing import Final

from django.db import close_old_connections

from config.schedule import JOBS, Job, find_function

log = logging.getLogger("arena.runner")

MAX_KNOWN_ERRORS: Final = 100
"""Distinct errors remembered for a job; a message with a number in it must not fill the memory."""


@dataclass(frozen=True)
class JobHealth:
    """What a job did so far in this process. Times are wall milliseconds UTC, None while there is none."""

    name: str
    interval_s: float
    running: bool
    """True from the ring until the end: also while it waits for a free thread."""
    runs: int
    failures: int
    started_ms: int | None
    ended_ms: int | None
    duration_ms: int | None
    last_error: str
    """The newest failure as one sentence; empty since the last success."""


@dataclass
class _Slot:
    """The runner's own notes on one job; touched only under the runner's lock."""

    job: Job
    due_s: float
    running: bool = False
    runs: int = 0
    failures: int = 0
    started_ms: int | None = None
    ended_ms: int | None = None
    duration_ms: int | None = None
    last_error: str = ""
    known_errors: set[str] = field(default_factory=set)

    def health(self) -> JobHealth:
        return JobHealth(
            name=self.job.name,
            interval_s=self.job.interval_s,
            running=self.running,
            runs=self.runs,
            failures=self.failures,
            started_ms=self.started_ms,
            ended_ms=self.ended_ms,
            duration_ms=self.duration_ms,
            last_error=self.last_error,
        )


class LocalRunner:
    """Runs each job at its interval, never one job twice at the same time.

    A job that takes longer than its interval starts again as soon as it ends; missed rings are not made
    up for. A job that raises keeps its schedule. ``rounds_interval_s`` rings the rounds more often,
    which seasons on a scaled clock need. ``now_s`` is a monotonic clock in seconds.
    """

    def __init__(
        self,
        jobs: Sequence[Job] = JOBS,
        *,
        threads: int = 1,
        rounds_interval_s: float | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now_s = now_s
        self._slots = [_Slot(_at_interval(job, rounds_interval_s), now_s()) for job in jobs]
        self._changed = Condition()
        self._stopping = False
        self._queue: SimpleQueue[_Slot | None] = SimpleQueue()
        # Daemons: a job that hangs must not keep a process alive that was told to end.
        names = [f"arena-job-{number}" for number in range(1, threads + 1)]
        self._workers = [Thread(target=self._work, name=name, daemon=True) for name in names]
        self._scheduler = Thread(target=self._schedule, name="arena-schedule", daemon=True)

    def start(self) -> None:
        """Start the threads; every job is due at once."""
        for thread in (*self._workers, self._scheduler):
            thread.start()

    def stop(self, timeout: float) -> bool:
        """Start nothing more and wait up to ``timeout`` seconds for the running jobs; True if all ended."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        deadline_s = time.monotonic() + timeout
        threads = [thread for thread in (self._scheduler, *self._workers) if thread.is_alive()]
        for thread in threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def tick(self) -> tuple[str, ...]:
        """Run what is due now in the caller's thread, one after another; return the names."""
        due = self._claim_due()
        for slot in due:
            self._run(slot)
        return tuple(slot.job.name for slot in due)

    def health(self) -> tuple[JobHealth, ...]:
        """Return how each job fares, in the order of the schedule."""
        with self._changed:
            return tuple(slot.health() for slot in self._slots)

    def _schedule(self) -> None:
        while not self._stopping:
            for slot in self._claim_due():
                self._queue.put(slot)
            with self._changed:
                # A job that ends notifies: what is due next is worked out anew, also where all were running.
                if not self._stopping:
                    self._changed.wait(self._idle_s())
        for _ in self._workers:
            self._queue.put(None)

    def _idle_s(self) -> float:
        waiting = [slot.due_s for slot in self._slots if not slot.running]
        return max(0.0, min(waiting) - self._now_s()) if waiting else 60.0

    def _claim_due(self) -> list[_Slot]:
        with self._changed:
            now_s = self._now_s()
            due = [slot for slot in self._slots if not slot.running and slot.due_s <= now_s]
            for slot in due:
                slot.running = True
                slot.due_s += slot.job.interval_s
                if slot.due_s <= now_s:
                    slot.due_s = now_s + slot.job.interval_s
            return due

    def _work(self) -> None:
        while (slot := self._queue.get()) is not None:
            if self._stopping:
                return
            self._run(slot)

    def _run(self, slot: _Slot) -> None:
        began_s = time.monotonic()
        with self._changed:
            slot.started_ms = time.time_ns() // 1_000_000
        failure = _call(slot.job)
        with self._changed:
            slot.running = False
            slot.runs += 1
            slot.ended_ms = time.time_ns() // 1_000_000
            slot.duration_ms = round((time.monotonic() - began_s) * 1000)
            slot.last_error = ""
            if failure is not None:
                slot.failures += 1
                slot.last_error = _sentence(slot.job, failure)
            self._changed.notify_all()
        if failure is not None:
            self._report(slot, failure)

    def _report(self, slot: _Slot, failure: Exception) -> None:
        sentence = _sentence(slot.job, failure)
        if sentence in slot.known_errors or len(slot.known_errors) >= MAX_KNOWN_ERRORS:
            return
        slot.known_errors.add(sentence)
        log.error("%s", sentence)
        log.debug("the same with its traceback", exc_info=failure)


def _at_interval(job: Job, rounds_interval_s: float | None) -> Job:
    if job.name != "rounds" or rounds_interval_s is None:
        return job
    return job._replace(interval_s=min(job.interval_s, rounds_interval_s))


def _call(job: Job) -> Exception | None:
    close_old_connections()
    try:
        find_function(job)()
    except Exception as failure:  # noqa: BLE001 - the wall between jobs: one that breaks must not stop the others
        return failure
    finally:
        # A connection kept by an idle thread is one that a database may have closed meanwhile.
        close_old_connections()
    return None


def _sentence(job: Job, failure: Exception) -> str:
    found = traceback.extract_tb(failure.__traceback__)
    frames = [frame for frame in found if not frame.filename.startswith("<frozen")]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    what = " ".join(str(failure).split()) or "no message"
    again = f"it rings again in {job.interval_s:g} s"
    return f"job {job.name} failed at {place}: {type(failure).__name__}: {what}; {again}"
