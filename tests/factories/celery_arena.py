"""The arena's own Celery app on a real Valkey with two real worker processes."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import cast

import redis
from celery import Celery

from config.celery import QUEUES, make_app
from config.schedule import JOBS
from config.tasks import task_name
from config.topology import Children, children, count_workers, worker
from config.wheels import start_valkey

SECRET = "a key that only tests know, fifty characters long or more"  # noqa: S105 - of a database that a test throws away


def arena_environment(database_url: str, redis_url: str, data_dir: Path) -> dict[str, str]:
    """Return the environment of the arena's processes under Celery."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "ARENA_RUNNER": "celery",
        "ARENA_DATA_DIR": str(data_dir),
        "ARENA_MARKET": "simulated",
        "SECRET_KEY": SECRET,
    }


@dataclass
class CeleryArena:
    """Workers that wait for rings."""

    app: Celery
    redis_url: str
    family: Children
    _numbers: Iterator[int] = field(default_factory=count)

    def ring(self, job_name: str, copies: int = 2) -> None:
        """Send a job's message, and the very same message again: a broker that delivers twice."""
        job = next(job for job in JOBS if job.name == job_name)
        message_id = f"{job_name}-{next(self._numbers)}"
        for _ in range(copies):
            self.app.send_task(task_name(job), task_id=message_id)

    def waiting(self) -> int:
        """Return how many messages nobody has taken yet."""
        with redis.Redis.from_url(self.redis_url) as broker:
            return sum(cast("int", broker.llen(name)) for name in QUEUES["all"])

    def check(self) -> None:
        """Fail if a worker has ended."""
        trouble = self.family.ended()
        assert trouble is None, trouble


@contextmanager
def celery_arena(
    database_url: str, data_dir: Path, settings: Mapping[str, str] | None = None, workers: int = 2
) -> Iterator[CeleryArena]:
    """Run a broker and workers on a migrated database; no beat: the test rings."""
    with start_valkey(data_dir / "valkey") as redis_url, make_app(redis_url) as app:
        environment = {**arena_environment(database_url, redis_url, data_dir), **(settings or {})}
        with children(environment) as family:
            for number in range(1, workers + 1):
                family.start(worker(number))
            family.wait_for("the workers", lambda: count_workers(redis_url) == workers, 60)
            yield CeleryArena(app, redis_url, family)
