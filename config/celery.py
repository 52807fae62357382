"""The Celery app: the driver for many processes. Start it with `celery -A config.celery worker` and `beat`.

Celery is a doorbell. It may ring twice, late or never; what is due stands in the database, and the next
ring is the retry. So there is no retry, no ETA, no chord and no result here (docs/running.md).
"""

import os
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from celery import Celery
from kombu import Exchange, Queue

from config.schedule import JOBS, Job
from config.tasks import TIME_LIMIT_S, declare_tasks, task_name

QUEUE: Final = "arena"
MODELS: Final = "models"
TRADE: Final = "trade"
QUEUES: Final = {
    "all": (QUEUE, MODELS, TRADE),
    "models": (QUEUE, MODELS),
    "trade": (QUEUE, TRADE),
    "web": (QUEUE,),
    "beat": (QUEUE,),
}
"""Role of a process (ARENA_ROLE) -> the queues its workers serve: who asks models sends no orders."""

ROUTES: Final = {
    # Rounds and errands ask models. What opens an exchange's key belongs to the queue of orders.
    "prices": QUEUE,
    "exits": QUEUE,
    "rounds": MODELS,
    "marks": QUEUE,
    "seats": QUEUE,
    "errands": MODELS,
    "balances": QUEUE,
    "venue_orders": TRADE,
    "outbox": TRADE,
    "venue_books": TRADE,
    "trips": QUEUE,
}

VISIBILITY_S: Final = 3600
"""Unacknowledged messages come back after this; a limit near the task's own runs one task three times."""


def make_app(broker_url: str, jobs: Sequence[Job] = JOBS, role: str = "all") -> Celery:
    """Return an app with a task and a ring for each job; its workers serve the queues of a role."""
    app = Celery("arena", broker=broker_url)
    app.conf.update(
        accept_content=["json"],
        beat_schedule=make_beat_schedule(jobs),
        # Intervals alone need no memory of the last ring, so beat keeps no file.
        beat_scheduler="celery.beat:Scheduler",
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": VISIBILITY_S},
        task_acks_late=True,
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_queues=[Queue(name, Exchange(name), routing_key=name) for name in QUEUES[role]],
        task_reject_on_worker_lost=True,
        task_routes={task_name(job): {"queue": ROUTES.get(job.name, QUEUE)} for job in jobs},
        task_time_limit=TIME_LIMIT_S,
        task_track_started=False,
        timezone="UTC",
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
    )
    declare_tasks(app, jobs)
    return app


def make_beat_schedule(jobs: Sequence[Job]) -> dict[str, dict[str, Any]]:
    """Return Celery's form of the schedule; a ring nobody heard within its interval is forgotten."""
    return {
        job.name: {
            "task": task_name(job),
            "schedule": job.interval_s,
            "options": {"expires": job.interval_s},
        }
        for job in jobs
    }


@cache
def _arena_app() -> Celery:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings  # noqa: PLC0415 - settings must be named first

    if not settings.REDIS_URL:
        sys.exit("setting refused: Celery needs REDIS_URL, for example redis://127.0.0.1:6379/0")
    return make_app(settings.REDIS_URL, role=settings.ARENA_ROLE)


def __getattr__(name: str) -> Celery:
    """Make `app`, which the command line asks for, when it is asked for: an import alone connects nothing."""
    if name == "app":
        return _arena_app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
