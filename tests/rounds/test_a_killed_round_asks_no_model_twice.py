"""A process that dies while models are asked: the round goes on, no model is asked about it again."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from agents.models import Budget, ModelCall, Reservation, TapeLine
from agents.selectors import recount_tallies, tallies
from agents.services import stop_loop
from arena.models import Round, Turn
from arena.ports import Silence
from arena.rounds import play_next_round
from arena.services.stages import release_leases
from config.wiring import ports_of
from tests.factories import provider_steps as steps
from tests.factories.celery_arena import arena_environment
from tests.factories.contests import play
from tests.factories.model_contests import open_model_contest, trader
from tests.factories.provider_server import ProviderServer

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
NOT_COUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


@pytest.fixture(autouse=True)
def _loopback_models(settings: Any) -> Iterator[None]:
    settings.ARENA_LOOPBACK_MODELS = True
    yield
    stop_loop()


class KilledError(Exception):
    """Stands for the end of the process."""


@contextmanager
def killed_at(number: int) -> Iterator[None]:
    """End whatever runs before its statement of this number, for good."""
    seen = 0

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal seen
        if not sql.startswith(NOT_COUNTED):
            if seen == number:
                raise KilledError(sql)
            seen += 1
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield


def is_killed_at(number: int, season: str) -> bool:
    with killed_at(number):
        try:
            play_next_round(ports_of(season, Silence()), season)
        except KilledError:
            return True
    return False


def test_killed_while_a_model_thinks(tmp_path: Path, database_url: str) -> None:
    with ProviderServer(trader) as server:
        season = open_model_contest(tmp_path, server, "ann")
        server.script([steps.slow_first_byte(60)])
        with tempfile.TemporaryDirectory() as data:
            environment = arena_environment(database_url, "", Path(data))
            player = subprocess.Popen(
                [sys.executable, "-m", "tests.factories.round_player", season],
                cwd=ROOT,
                env={**environment, "ARENA_RUNNER": "local", "ARENA_LOOPBACK_MODELS": "1"},
            )
            wait_until(lambda: len(server.requests) == 1)
            player.kill()
            player.wait()
        assert not Reservation.objects.get().settled
        release_leases()
        play(season, 2)
        assert len(server.requests) == 2, "one for each round"
    rows = Turn.objects.filter(contestant__slug="ann").order_by("round__number")
    assert [row.reason for row in rows[:1]] == ["interrupted"]
    assert [call.outcome for call in ModelCall.objects.order_by("slot")] == ["interrupted", "answered"]
    assert not Reservation.objects.filter(settled=False).exists()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_killed_before_any_statement_of_the_round(tmp_path: Path) -> None:
    with ProviderServer(trader) as server:
        season = open_model_contest(tmp_path, server, "ann", "bob")
        deaths = number = 0
        while not Round.objects.filter(number=8, stage="closed").exists():
            deaths += is_killed_at(number, season)
            number += 1
            release_leases()
        asked = [(request.model, request.body) for request in server.requests]
    assert deaths > 30
    assert len(set(asked)) == len(asked), "nobody was asked the same question twice"
    assert {call.outcome for call in ModelCall.objects.all()} == {"answered", "interrupted"}
    assert tallies(season) == recount_tallies(season)
    assert ModelCall.objects.count() == Turn.objects.filter(contestant__slug__in=["ann", "bob"]).count()
    assert {row.reserved for row in Budget.objects.all()} == {0}
    seqs = list(TapeLine.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(len(seqs)))
