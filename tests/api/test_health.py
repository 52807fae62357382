"""/healthz and /readyz: what stops an arena from being shown to people."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import LedgerAccount
from arena.domain.clock import SeasonClock
from arena.models import Season
from interfaces.clock import wall_ms
from interfaces.health.checks import _applied, is_stale, overdue_ms
from interfaces.health.runner import use_runner
from kernel.time import MINUTE_MS
from tests.factories.played_season import play_season

INTERVAL_MS = 3 * MINUTE_MS
CLOCK = SeasonClock(
    kind="wall",
    speed=1,
    anchor_market_ms=100 * INTERVAL_MS,
    anchor_wall_ms=50 * MINUTE_MS,
    interval_ms=INTERVAL_MS,
    first_slot=100,
    last_slot=109,
)
NEXT_MS = 110 * INTERVAL_MS


@dataclass(frozen=True)
class Job:
    """A job's report as the runner gives it."""

    name: str = "rounds"
    interval_s: float = 5.0
    started_ms: int | None = None
    running: bool = False
    last_error: str = ""


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    _applied.cache_clear()
    yield
    _applied.cache_clear()
    use_runner(None)


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    body = json.loads(answer.content)
    assert body["status"] == ("ready" if answer.status_code == 200 else "not_ready")
    return answer.status_code, body["checks"]


def test_a_living_process_says_so_without_a_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, json.loads(answer.content)) == (200, {"status": "ok", "trading": "paper"})
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_a_played_season_is_ready(client: Client) -> None:
    play_season(2)
    status, checks = ready(client)
    assert status == 200
    assert {name: check["state"] for name, check in checks.items()} == {
        "database": "ok",
        "migrations": "ok",
        "rounds": "ok",
        "books": "ok",
        "runner": "skipped",
    }


@pytest.mark.django_db
def test_without_a_season_there_is_nothing_to_wait_for(client: Client) -> None:
    status, checks = ready(client)
    assert (status, checks["rounds"]["state"]) == (200, "skipped")


@pytest.mark.django_db
def test_a_running_season_that_stands_still_is_named(client: Client) -> None:
    play_season(2)
    Season.objects.update(clock="wall")
    status, checks = ready(client)
    assert status == 503
    assert checks["rounds"] == {
        "state": "failed",
        "detail": "no new round for 3 intervals in summer; see the log",
    }


@pytest.mark.django_db
def test_a_paused_season_is_not_waited_for(client: Client) -> None:
    play_season(2)
    Season.objects.update(clock="wall", status="paused")
    assert ready(client)[0] == 200


@pytest.mark.django_db
def test_books_that_do_not_balance_are_named(client: Client) -> None:
    play_season(1)
    column = LedgerAccount.objects.filter(code="available").first()
    assert column is not None
    LedgerAccount.objects.filter(pk=column.pk).update(balance=column.balance + 1)
    status, checks = ready(client)
    assert status == 503
    assert checks["books"]["detail"] == "the books of summer do not balance; run manage.py arena audit"


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_is_counted(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'arena' AND name = '0003_execution'")
    status, checks = ready(client)
    assert status == 503
    assert checks["migrations"]["state"] == "failed"
    assert "python manage.py migrate" in checks["migrations"]["detail"]
    assert "rounds" not in checks


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("job", "state"),
    [
        (Job(), "ok"),
        (Job(started_ms=wall_ms() - 60_000, running=True), "ok"),
        (Job(started_ms=wall_ms() - 3_600_000, running=True), "failed"),
        (Job(last_error="job rounds failed"), "failed"),
    ],
)
def test_the_runner_of_this_process_is_asked(client: Client, job: Job, state: str) -> None:
    use_runner(lambda: [job])
    status, checks = ready(client)
    assert checks["runner"]["state"] == state
    assert status == (200 if state == "ok" else 503)


def test_a_wall_clock_is_late_by_what_passed_since_its_slot() -> None:
    assert overdue_ms(CLOCK, NEXT_MS + 5) == 5


def test_a_scaled_clock_is_late_by_wall_time() -> None:
    clock = replace(CLOCK, kind="scaled", speed=60)
    # Ten intervals of three minutes take thirty seconds at sixty times the wall clock.
    assert overdue_ms(clock, 50 * MINUTE_MS + 30_000) == 0


def test_a_tape_never_waits() -> None:
    assert overdue_ms(replace(CLOCK, kind="tape"), NEXT_MS * 9) is None


@pytest.mark.parametrize(
    ("late_ms", "stale"), [(0, False), (2 * INTERVAL_MS, False), (2 * INTERVAL_MS + 1, True)]
)
def test_a_season_is_stale_once_its_newest_round_is_three_intervals_old(late_ms: int, stale: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_stale(CLOCK, NEXT_MS + late_ms) is stale


def test_a_fast_season_has_two_minutes_for_slow_agents() -> None:
    clock = replace(CLOCK, kind="scaled", speed=60)
    due_ms = 50 * MINUTE_MS + 30_000
    assert not is_stale(clock, due_ms + 2 * MINUTE_MS)
    assert is_stale(clock, due_ms + 2 * MINUTE_MS + 1)
