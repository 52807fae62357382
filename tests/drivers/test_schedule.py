"""One table for every driver."""

import gc

import pytest
from celery import Celery

from config.celery import ROUTES, VISIBILITY_S, make_app
from config.schedule import JOBS, Job, find_function
from config.tasks import TIME_LIMIT_S, task_name


@pytest.fixture
def app() -> Celery:
    """Return the app as the workers see it; nothing connects before a message is sent."""
    return make_app("redis://127.0.0.1:1/0")


def test_the_table_holds_the_promised_intervals() -> None:
    assert {job.name: job.interval_s for job in JOBS} == {
        "prices": 10,
        "exits": 5,
        "rounds": 5,
        "marks": 10,
        "seats": 10,
        "errands": 2,
        "balances": 60,
        "venue_orders": 5,
        "outbox": 2,
        "venue_books": 60,
        "trips": 5,
    }


def test_a_function_is_found_by_its_name() -> None:
    assert find_function(Job("collector", 1, "gc:enable")) is gc.enable


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_every_job_of_the_table_exists_and_takes_no_arguments(job: Job) -> None:
    pytest.importorskip("config.jobs", reason="the jobs are not written yet")
    assert find_function(job).__code__.co_argcount == 0


def test_beat_rings_exactly_the_table(app: Celery) -> None:
    rings = app.conf.beat_schedule
    assert {name: (ring["task"], ring["schedule"]) for name, ring in rings.items()} == {
        job.name: (f"arena.{job.name}", job.interval_s) for job in JOBS
    }


def test_a_ring_that_nobody_heard_within_its_interval_is_forgotten(app: Celery) -> None:
    for job in JOBS:
        assert app.conf.beat_schedule[job.name]["options"] == {"expires": job.interval_s}
        assert app.tasks[task_name(job)].expires == job.interval_s


def test_every_task_survives_the_death_of_its_worker_and_keeps_no_result(app: Celery) -> None:
    for job in JOBS:
        task = app.tasks[task_name(job)]
        assert (task.acks_late, task.reject_on_worker_lost, task.ignore_result) == (True, True, True)
        assert task.time_limit == TIME_LIMIT_S


def test_every_task_has_its_queue(app: Celery) -> None:
    assert set(ROUTES) == {job.name for job in JOBS}
    assert {name: route["queue"] for name, route in app.conf.task_routes.items()} == {
        task_name(job): ROUTES[job.name] for job in JOBS
    }


def test_a_task_is_killed_long_before_its_message_comes_back(app: Celery) -> None:
    assert app.conf.broker_transport_options["visibility_timeout"] == VISIBILITY_S
    assert TIME_LIMIT_S * 10 <= VISIBILITY_S


def test_messages_are_json_and_times_are_utc(app: Celery) -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert (str(app.conf.timezone), app.conf.enable_utc) == ("UTC", True)
