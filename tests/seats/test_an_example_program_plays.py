"""The example client as a process of its own against a real server: it waits, answers, and is filled."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest

from agents.models import Invitation
from agents.selectors.seats import newest_invitation
from agents.services.seating import open_seat
from arena.models import Turn
from arena.services.seasons import season_id_of
from config.asgi import application
from config.wiring import wall_ms
from tests.factories.commands import ROOT
from tests.factories.contests import Bar, house, open_contest, play, ports_for, story_of, write_tape
from tests.factories.live_stage import WAIT_S, serve
from tests.factories.seats import contestant_id, last_seen, outsider

pytestmark = pytest.mark.django_db(transaction=True)

RISING: dict[int, Bar] = {
    n: (100 + n / 50, 100.1 + n / 50, 99.9 + n / 50, 100.02 + n / 50) for n in range(30)
}
ROUNDS = 3


@pytest.fixture
def port() -> Iterator[int]:
    """Serve the whole application on a free port."""
    server, thread = serve(application)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(WAIT_S)
    assert not thread.is_alive()


@pytest.fixture
def token(tmp_path: Path) -> str:
    """Open a contest on a rising market with one program; return its token."""
    tape = write_tape(tmp_path, bent=RISING)
    season_id = open_contest([outsider("ext"), *house("always_flat")], f"tape:{tape}")
    return open_seat(contestant_id("ext"), season_id, "external")


@contextmanager
def example(port: int, token: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the example until the block ends."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "examples" / "bring_your_own.py")],
        env={
            "PATH": os.environ.get("PATH", ""),
            "ARENA_URL": f"http://127.0.0.1:{port}",
            "ARENA_TOKEN": token,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_S)


def wait_until_seen(slug: str, process: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + WAIT_S
    while not last_seen(slug):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "the example did not come"
        time.sleep(0.05)


def test_the_example_answers_every_round_and_its_decision_is_filled(port: int, token: str) -> None:
    season_id = season_id_of("cup")
    with example(port, token) as process:
        wait_until_seen("ext", process)
        play(season_id, ROUNDS, lambda: ports_for(season_id, agent_deadline_s=20.0))
        assert process.poll() is None, process.communicate()
    story = story_of("ext")
    assert [row[1] for row in story["turns"]] == ["decided", "held", "held"]
    assert [(fill[0], fill[1]) for fill in story["fills"]] == [("BTC", 1)]
    assert max(Turn.objects.filter(contestant__slug="ext").values_list("latency_us", flat=True)) < 15_000_000


def test_a_wrong_token_ends_the_example_with_the_refusal(port: int, token: str) -> None:
    with example(port, token + "x") as process:
        _out, err = process.communicate(timeout=WAIT_S)
        assert process.returncode == 1
        assert "HTTP Error 401" in err


class Asking:
    """One waiting request, answered in a thread of its own."""

    def __init__(self, port: int, token: str, query: str, known: str = "") -> None:
        self._line = HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
        self._headers = {"Authorization": f"Bearer {token}"} | ({"If-None-Match": known} if known else {})
        self._query = query
        self.status = 0
        self.took_s = 0.0
        self._thread = Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        started = time.monotonic()
        self._line.request("GET", f"/api/v1/seat/observation{self._query}", headers=self._headers)
        answer = self._line.getresponse()
        answer.read()
        self.status, self.took_s = answer.status, time.monotonic() - started
        self._line.close()

    def end(self) -> "Asking":
        """Wait for the answer."""
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()
        return self


def test_a_waiting_program_hears_of_a_round_when_it_opens(port: int, token: str) -> None:
    asking = Asking(port, token, "?wait=15")
    until = time.monotonic() + WAIT_S
    while not last_seen("ext") and time.monotonic() < until:
        time.sleep(0.05)
    season_id = season_id_of("cup")
    play(season_id, 1, lambda: ports_for(season_id, agent_deadline_s=2.0))
    asking.end()
    assert asking.status == 200
    assert asking.took_s < 10


def test_without_news_the_wait_ends_with_nothing(port: int, token: str) -> None:
    asking = Asking(port, token, "?wait=1").end()
    assert asking.status == 204
    assert 0.9 < asking.took_s < 5


def test_a_question_that_is_known_is_waited_past(port: int, token: str) -> None:
    season_id = season_id_of("cup")
    play(season_id, 1, lambda: ports_for(season_id, agent_deadline_s=0.1))
    Invitation.objects.update(is_open=True, deadline_wall_ms=wall_ms() + 60_000)
    asked = newest_invitation(contestant_id("ext"))
    assert asked is not None
    known = Asking(port, token, "?wait=1", f'"{asked.turn_id}"').end()
    assert (known.status, known.took_s > 0.9) == (304, True)
    fresh = Asking(port, token, "?wait=9").end()
    assert (fresh.status, fresh.took_s < 5) == (200, True)


def test_what_is_wrong_is_refused_without_waiting(port: int, token: str) -> None:
    for wrong, query, status in ((token + "x", "?wait=9", 401), (token, "?wait=99", 400)):
        refused = Asking(port, wrong, query).end()
        assert refused.status == status
        assert refused.took_s < 5


def test_many_programs_wait_without_holding_up_the_pages(port: int, token: str) -> None:
    waiting = [Asking(port, token, "?wait=3") for _ in range(60)]
    time.sleep(0.5)
    line = HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    started = time.monotonic()
    line.request("GET", "/healthz")
    assert line.getresponse().status == 200
    assert time.monotonic() - started < 2
    line.close()
    assert {asking.end().status for asking in waiting} <= {204, 429}
