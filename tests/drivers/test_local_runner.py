"""The runner of the embedded default: intervals, overlaps, errors, the end."""

import logging
import sys
import threading
import time
from collections.abc import Callable
from types import ModuleType

import pytest

from config.runner import MAX_KNOWN_ERRORS, LocalRunner
from config.schedule import Job

# The runner looks after the connections of the thread it runs in, which here is the test's own.
pytestmark = pytest.mark.django_db

JobMaker = Callable[[str, float, Callable[[], None]], Job]


@pytest.fixture
def make_job(monkeypatch: pytest.MonkeyPatch) -> JobMaker:
    """Return a maker of jobs whose functions stand in a module of their own, found by name like real ones."""
    module = ModuleType("jobs_of_this_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def make(name: str, interval_s: float, function: Callable[[], None]) -> Job:
        setattr(module, name, function)
        return Job(name, interval_s, f"{module.__name__}:{name}")

    return make


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        """Return the moment."""
        return self.now_s


def nothing() -> None:
    """Be a job without work."""


def until(is_true: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Wait for a condition; fail after ten seconds."""
    deadline_s = time.monotonic() + timeout_s
    while not is_true():
        assert time.monotonic() < deadline_s, "it did not happen within ten seconds"
        time.sleep(0.002)


def test_every_job_rings_at_once_and_then_at_its_own_interval(make_job: JobMaker) -> None:
    clock = Clock()
    jobs = [make_job("slow", 10, nothing), make_job("fast", 5, nothing)]
    runner = LocalRunner(jobs, now_s=clock)
    rings = {}
    for second in range(16):
        rings[second] = runner.tick()
        clock.now_s += 1
    assert {second: names for second, names in rings.items() if names} == {
        0: ("slow", "fast"),
        5: ("fast",),
        10: ("slow", "fast"),
        15: ("fast",),
    }


def test_rings_that_were_missed_are_not_made_up_for(make_job: JobMaker) -> None:
    clock = Clock()
    runner = LocalRunner([make_job("once", 5, nothing)], now_s=clock)
    assert runner.tick() == ("once",)
    clock.now_s += 1000
    assert runner.tick() == ("once",)
    assert runner.tick() == ()
    clock.now_s += 5
    assert runner.tick() == ("once",)


def test_the_rounds_can_be_rung_more_often_and_never_less(make_job: JobMaker) -> None:
    jobs = [make_job("rounds", 5, nothing), make_job("marks", 10, nothing)]
    faster = LocalRunner(jobs, rounds_interval_s=1.0)
    slower = LocalRunner(jobs, rounds_interval_s=60.0)
    assert [job.interval_s for job in faster.health()] == [1.0, 10]
    assert [job.interval_s for job in slower.health()] == [5, 10]


def test_a_job_never_runs_twice_at_the_same_time(make_job: JobMaker) -> None:
    inside, highest, runs, lock = [0], [0], [0], threading.Lock()

    def overlap() -> None:
        with lock:
            inside[0] += 1
            highest[0] = max(highest[0], inside[0])
        time.sleep(0.01)
        with lock:
            inside[0] -= 1
            runs[0] += 1

    runner = LocalRunner([make_job("overlap", 0.001, overlap)], threads=4)
    runner.start()
    until(lambda: runs[0] >= 10)
    assert runner.stop(5.0)
    assert highest[0] == 1


def test_two_jobs_run_at_the_same_time_where_there_are_threads(make_job: JobMaker) -> None:
    meeting = threading.Barrier(2, timeout=10)
    met: list[str] = []

    def meet() -> None:
        meeting.wait()
        met.append("met")

    runner = LocalRunner([make_job("left", 600, meet), make_job("right", 600, meet)], threads=2)
    runner.start()
    until(lambda: len(met) == 2)
    assert runner.stop(5.0)


def test_a_job_that_raises_keeps_its_schedule_and_leaves_the_others_alone(make_job: JobMaker) -> None:
    clock = Clock()

    def broken() -> None:
        raise ValueError("no prices\nfrom anywhere")

    runner = LocalRunner([make_job("broken", 5, broken), make_job("sound", 5, nothing)], now_s=clock)
    for _ in range(3):
        assert runner.tick() == ("broken", "sound")
        clock.now_s += 5
    broken_health, sound_health = runner.health()
    assert (broken_health.runs, broken_health.failures) == (3, 3)
    assert (sound_health.runs, sound_health.failures, sound_health.last_error) == (3, 0, "")
    head, _, tail = broken_health.last_error.partition(" at ")
    assert head == "job broken failed"
    assert tail.endswith(": ValueError: no prices from anywhere; it rings again in 5 s")


def test_a_distinct_error_is_logged_once(make_job: JobMaker, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    words = iter(["same", "same", "other", "same", "other"])

    def broken() -> None:
        raise ValueError(next(words))

    runner = LocalRunner([make_job("broken", 1, broken)], now_s=clock)
    with caplog.at_level(logging.ERROR, logger="arena.runner"):
        for _ in range(5):
            runner.tick()
            clock.now_s += 1
    said = [record.getMessage().split(": ")[2].split(";")[0] for record in caplog.records]
    assert said == ["same", "other"]


def test_errors_that_all_differ_do_not_fill_the_log(
    make_job: JobMaker, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()

    def broken() -> None:
        raise ValueError(str(clock.now_s))

    runner = LocalRunner([make_job("broken", 1, broken)], now_s=clock)
    with caplog.at_level(logging.ERROR, logger="arena.runner"):
        for _ in range(MAX_KNOWN_ERRORS + 20):
            runner.tick()
            clock.now_s += 1
    assert len(caplog.records) == MAX_KNOWN_ERRORS
    assert runner.health()[0].failures == MAX_KNOWN_ERRORS + 20


def test_a_success_clears_the_last_error(make_job: JobMaker) -> None:
    clock = Clock()
    outcomes = iter([True, False])

    def sometimes() -> None:
        if next(outcomes):
            raise ValueError("down")

    runner = LocalRunner([make_job("sometimes", 1, sometimes)], now_s=clock)
    runner.tick()
    assert "down" in runner.health()[0].last_error
    clock.now_s += 1
    runner.tick()
    health = runner.health()[0]
    assert (health.last_error, health.runs, health.failures, health.running) == ("", 2, 1, False)
    assert health.started_ms is not None
    assert health.ended_ms is not None
    assert health.ended_ms >= health.started_ms


def test_a_job_whose_module_is_missing_is_reported_like_any_error() -> None:
    runner = LocalRunner([Job("lost", 5, "nowhere_at_all:function")])
    assert runner.tick() == ("lost",)
    assert "ModuleNotFoundError: No module named 'nowhere_at_all'" in runner.health()[0].last_error


def test_stop_waits_for_the_running_step_and_starts_no_other(make_job: JobMaker) -> None:
    began, finish, done = threading.Event(), threading.Event(), []

    def step() -> None:
        began.set()
        finish.wait(10)
        done.append("step")

    def later() -> None:
        done.append("later")

    runner = LocalRunner([make_job("step", 0.001, step), make_job("later", 600, later)], threads=1)
    runner.start()
    assert began.wait(10)
    threading.Timer(0.05, finish.set).start()
    assert runner.stop(10.0)
    assert done == ["step"]


def test_stop_gives_up_on_a_step_that_hangs(make_job: JobMaker) -> None:
    began, finish = threading.Event(), threading.Event()

    def hang() -> None:
        began.set()
        finish.wait(10)

    runner = LocalRunner([make_job("hang", 5, hang)])
    runner.start()
    assert began.wait(10)
    assert not runner.stop(0.05)
    assert runner.health()[0].running
    finish.set()
    assert runner.stop(10.0)


def test_a_job_that_ends_late_starts_again_without_waiting_for_another_ring(make_job: JobMaker) -> None:
    runs: list[float] = []

    def late() -> None:
        runs.append(time.monotonic())
        time.sleep(0.05)

    # The other job sleeps for ten minutes: if its ring decided, the late one would not come back.
    runner = LocalRunner([make_job("late", 0.01, late), make_job("rare", 600, nothing)], threads=2)
    runner.start()
    until(lambda: len(runs) >= 4)
    assert runner.stop(5.0)


def test_jobs_that_were_all_running_when_the_scheduler_fell_asleep_ring_again(make_job: JobMaker) -> None:
    runs: list[float] = []
    may_end = threading.Event()

    def work() -> None:
        runs.append(time.monotonic())
        may_end.wait(10)

    runner = LocalRunner([make_job("work", 0.05, work)])
    runner.start()
    until(lambda: bool(runs))
    time.sleep(0.02)  # the scheduler has nothing left to wait for and sleeps its longest
    may_end.set()
    until(lambda: len(runs) >= 5)
    assert runner.stop(10)
