"""The checks behind /readyz: each returns its finding as a sentence, and none ever raises."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from arena import selectors
from arena.domain.clock import SeasonClock
from arena.selectors.roster import running_season_ids, season_facts
from interfaces.health.runner import WATCH, JobReport
from kernel.time import MINUTE_MS, SECOND_MS, slot_start

MAX_ROUND_AGE: Final = 3
"""Intervals after which the newest round of a running season is too old."""

ROUND_GRACE_MS: Final = 2 * MINUTE_MS
"""A scaled season may have intervals of seconds, while its agents may take a minute to answer."""

LATE_JOB_MS: Final = 10 * MINUTE_MS
"""Longer than any step takes; a job that hangs this long will not come back."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result. ``state``: 'ok', 'failed' (not ready) or 'skipped' (does not apply here)."""

    state: str
    detail: str


OK: Final = Finding("ok", "")


def check_database() -> Finding:
    """Ask the database for one number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return OK if cursor.fetchone() == (1,) else Finding("failed", "the database gives a wrong answer")


def check_migrations() -> Finding:
    """Compare the tables with the code."""
    missing = _missing_migrations()
    if not missing:
        return OK
    return Finding("failed", f"{missing} migrations are not applied; run python manage.py migrate")


def _missing_migrations() -> int:
    try:
        return _applied()
    except _NotYetError as found:
        return found.missing


class _NotYetError(Exception):
    def __init__(self, missing: int) -> None:
        super().__init__(missing)
        self.missing = missing


@lru_cache(maxsize=1)
def _applied() -> int:
    # What is applied stays applied while this process lives, and looking costs 50 ms; only success is kept.
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        raise _NotYetError(missing)
    return 0


def overdue_ms(clock: SeasonClock, wall_ms: int) -> int | None:
    """Return for how many wall milliseconds the next round has been due; None on a tape."""
    if clock.kind == "tape":
        return None
    opening = slot_start(clock.next_slot, clock.interval_ms)
    if clock.kind == "wall":
        return wall_ms - opening
    return wall_ms - clock.anchor_wall_ms - (opening - clock.anchor_market_ms) // clock.speed


def is_stale(clock: SeasonClock, wall_ms: int) -> bool:
    """Return whether the newest round is older than three intervals, and more than the grace."""
    late = overdue_ms(clock, wall_ms)
    if late is None:
        return False
    speed = clock.speed if clock.kind == "scaled" else 1
    # The newest round's age is how late the next one is, plus the interval between them.
    return late > max(ROUND_GRACE_MS, (MAX_ROUND_AGE - 1) * clock.interval_ms // speed)


def check_rounds(wall_ms: int) -> Finding:
    """Look for running seasons that stand still."""
    seasons = [season_facts(season_id) for season_id in running_season_ids()]
    if not seasons:
        return Finding("skipped", "no season is running")
    stale = [season.slug for season in seasons if is_stale(season.clock, wall_ms)]
    if not stale:
        return OK
    return Finding("failed", f"no new round for {MAX_ROUND_AGE} intervals in {', '.join(stale)}; see the log")


def check_books() -> Finding:
    """Read each season's badge."""
    broken = [season.slug for season in selectors.seasons() if not season.books_balance]
    if not broken:
        return OK
    return Finding("failed", f"the books of {', '.join(broken)} do not balance; run manage.py arena audit")


def check_runner(wall_ms: int) -> Finding:
    """Ask this process's runner, if it has one."""
    if WATCH.report is None:
        return Finding("skipped", "this process runs no jobs")
    jobs = WATCH.report()
    hanging = [job.name for job in jobs if _hangs(job, wall_ms)]
    if hanging:
        return Finding("failed", f"these jobs do not end: {', '.join(hanging)}; restart the server")
    failing = [job.name for job in jobs if job.last_error]
    if failing:
        return Finding("failed", f"these jobs fail: {', '.join(failing)}; see the log")
    return OK


def _hangs(job: JobReport, wall_ms: int) -> bool:
    if job.started_ms is None:
        return False
    patience_ms = LATE_JOB_MS + int(job.interval_s * SECOND_MS)
    return wall_ms - job.started_ms > patience_ms


def _guarded(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - a check that breaks is a finding, and its text may hold secrets
        return Finding("failed", f"the check itself failed with {type(error).__name__}; see the log")


def find_all(wall_ms: int) -> dict[str, Finding]:
    """Return every check's finding; without a database the others are not tried."""
    findings = {"database": _guarded(check_database)}
    if findings["database"] == OK:
        findings["migrations"] = _guarded(check_migrations)
    if findings.get("migrations") == OK:
        findings["rounds"] = _guarded(lambda: check_rounds(wall_ms))
        findings["books"] = _guarded(check_books)
    findings["runner"] = _guarded(lambda: check_runner(wall_ms))
    return findings
