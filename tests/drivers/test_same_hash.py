"""Every driver plays a season to the same replay hash: one thread, four, or workers that hear twice."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.schedule import JOBS
from tests.factories.celery_arena import arena_environment, celery_arena

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.celery
@pytest.mark.full
def test_real_workers_hear_every_job_of_the_schedule(tmp_path: Path) -> None:
    pytest.importorskip("config.jobs", reason="the jobs are not written yet")
    database_url = f"sqlite:///{tmp_path / 'arena.sqlite3'}"
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=arena_environment(database_url, "redis://127.0.0.1:1/0", tmp_path),
        check=True,
    )
    with celery_arena(database_url, tmp_path) as arena:
        for job in JOBS:
            arena.ring(job.name)
        deadline_s = time.monotonic() + 60
        while arena.waiting():
            assert time.monotonic() < deadline_s, "messages lie in the queue"
            time.sleep(0.05)
        arena.check()
