"""Who sits outside of a season of minds: a person at a desk, a program over HTTP; and a cut network."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from agents.models import Reservation, Seat
from agents.selectors import recount_tallies, tallies
from agents.selectors.seats import open_turn
from agents.services import stop_loop
from agents.services.seating import ClosedTurnError, hand_in, open_seat
from arena.models import Season
from arena.services.seasons import season_id_of
from config.asgi import application
from config.wiring import wall_ms
from kernel.ids import derive_id
from tests.factories.celery_arena import arena_environment
from tests.factories.commands import ROOT, arena
from tests.factories.contests import buy, close, says
from tests.factories.live_stage import WAIT_S, serve
from tests.factories.minds_field import PERSON, PROGRAM, faults_found, turns_of

PATIENCE_S: Final = 30.0
HANDED_IN: Final = (says(buy("ETH", stop=80)), says(), "no idea", says(close("ETH")))


def wait_until(is_so: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Return as soon as something is so; fail with what was waited for."""
    until = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < until, f"waited in vain: {what}"
        time.sleep(0.02)


class Person(threading.Thread):
    """Answers four questions, one too early, and leaves."""

    def __init__(self, season: str) -> None:
        super().__init__(name="person")
        self.contestant = derive_id("contestant", season, PERSON)
        self.left = False
        self.stopped = threading.Event()
        self.problems: list[BaseException] = []

    def run(self) -> None:
        """Sit at the desk."""
        try:
            hand_in(self.contestant, "", says(buy("BTC", stop=70)).encode(), wall_ms())
            for text in HANDED_IN:
                self._answer(text)
        except BaseException as problem:  # noqa: BLE001 - told to the test, whose thread is another
            self.problems.append(problem)
        finally:
            # Gone: no round waits for this seat any more.
            Seat.objects.filter(contestant_id=self.contestant).update(last_seen_ms=0)
            self.left = True
            connection.close()

    def _answer(self, text: str) -> None:
        done = ""
        while not self.stopped.is_set():
            asked = open_turn(self.contestant, wall_ms())
            if asked is not None and asked.turn_id != done:
                done = asked.turn_id
                try:
                    hand_in(self.contestant, asked.turn_id, text.encode(), wall_ms())
                except ClosedTurnError:  # what was handed in too early has answered this one
                    continue
                return
            time.sleep(0.02)


@contextmanager
def seats_taken(season: str) -> Iterator[Person]:
    """Let a person and the example program, over HTTP, take their seats until the block ends."""
    get_user_model().objects.create_superuser("pat@localhost")
    open_seat(derive_id("contestant", season, PERSON), season, "human", "pat@localhost")
    token = open_seat(derive_id("contestant", season, PROGRAM), season, "external")
    server, thread = serve(application)
    port = server.servers[0].sockets[0].getsockname()[1]
    program, somebody = _example(port, token), Person(season)
    somebody.start()
    try:
        yield somebody
    finally:
        program.terminate()
        program.communicate(timeout=WAIT_S)
        Seat.objects.filter(season_id=season).update(last_seen_ms=0)
        somebody.stopped.set()
        somebody.join(WAIT_S)
        server.should_exit = True
        thread.join(WAIT_S)
    assert not thread.is_alive()
    assert not somebody.is_alive()
    assert somebody.problems == []


def _example(port: int, token: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
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


def only_season() -> str:
    """Return the id of the one season there is; '' before it is opened."""
    return str(Season.objects.values_list("id", flat=True).first() or "")


def cut_network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let nobody connect anywhere but to the database's own port; return who was refused."""
    refused: list[Any] = []
    allowed = str(connection.settings_dict.get("PORT") or "no port")
    connect = socket.socket.connect

    def checked(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and str(address[1]) == allowed:
            connect(self, address)
            return
        refused.append(address)
        raise OSError(f"the network is cut: {address}")

    monkeypatch.setattr(socket.socket, "connect", checked)
    monkeypatch.setattr(socket.socket, "connect_ex", checked)
    return refused


def child_environment(site: Path, **settings: str) -> dict[str, str]:
    """Return what a child process needs to ask models on the loopback and to find the installed package."""
    return {"ARENA_LOOPBACK_MODELS": "1", "PYTHONPATH": str(site), **settings}


def play_by_command(
    folder: Path, database_url: str, site: Path, market: str, roster: Path, rounds: int
) -> "subprocess.Popen[str]":
    """Start `arena play --models` as a process of its own."""
    options = ["--market", market, "--roster", str(roster), "--rounds", str(rounds), "--interval", "60"]
    environment = arena_environment(database_url, "", folder) | child_environment(site)
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "arena", "play", *options, "--models", "--json"],
        cwd=ROOT,
        env={**environment, "ARENA_RUNNER": "local"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def play_again(
    slug: str,
    tape: Path,
    market: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """Export a season and play it again with the network cut; return the id of the one it became.

    Every round ended in the recorded hash, everybody did the same, and nothing was asked or paid.
    """
    assert arena(capsys, "tape", slug, "--out", str(tape)).status == 0
    stop_loop()
    reserved = Reservation.objects.count()
    with monkeypatch.context() as patch:
        refused = cut_network(patch)
        said = arena(capsys, "replay", str(tape), "--json", "--market", market)
    again = season_id_of(said.json["slug"])
    assert turns_of(again) == turns_of(season_id_of(slug))
    assert (said.status, said.json["same"], refused) == (0, True, [])
    assert Reservation.objects.count() == reserved
    assert tallies(again) == recount_tallies(again)
    assert faults_found() == []
    return again
