"""Celery tasks, one a job of the schedule: each only calls the job's function."""

from collections.abc import Sequence
from typing import Final

from celery import Celery

from config.schedule import Job, JobFunction, find_function

TIME_LIMIT_S: Final = 300
"""A worker kills a job that takes longer; the next ring resumes it at its stored stage."""


def task_name(job: Job) -> str:
    """Return the name of a job's task in messages and logs."""
    return f"arena.{job.name}"


def declare_tasks(app: Celery, jobs: Sequence[Job]) -> None:
    """Give the app one task for each job."""
    for job in jobs:
        declare = app.task(
            name=task_name(job),
            shared=False,  # else every other app of the process would get it as well
            acks_late=True,
            reject_on_worker_lost=True,
            ignore_result=True,
            time_limit=TIME_LIMIT_S,
            expires=job.interval_s,
        )
        declare(_ring(job))


def _ring(job: Job) -> JobFunction:
    def ring() -> None:
        find_function(job)()

    return ring
