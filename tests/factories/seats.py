"""Contests with seats of programs and people, and who hands in for them."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from agents.domain.roster import RosterEntry
from agents.models import Seat
from agents.selectors.seats import OpenTurn, open_turn
from agents.services.seating import hand_in, note_seen, open_seat
from arena.services.seasons import season_id_of
from config.wiring import wall_ms
from kernel.ids import derive_id
from tests.factories.contests import SLUG, open_contest, write_tape

WAIT_S: Final = 20.0


def outsider(slug: str) -> RosterEntry:
    """Return a contestant that a program decides for."""
    return RosterEntry(slug.capitalize(), slug, "", "external")


def person(slug: str) -> RosterEntry:
    """Return a contestant that a person decides for."""
    return RosterEntry(slug.capitalize(), slug, "", "human")


def contestant_id(slug: str, season: str = SLUG) -> str:
    """Return a contestant's id."""
    return derive_id("contestant", season_id_of(season), slug)


def open_table(folder: Path, roster: Sequence[RosterEntry], email: str = "") -> dict[str, str]:
    """Open a contest on a calm tape; give every program and person a seat; return slug -> token."""
    season_id = open_contest(roster, f"tape:{write_tape(folder)}")
    return {
        entry.slug: open_seat(contestant_id(entry.slug), season_id, entry.kind, email)
        for entry in roster
        if entry.kind in {"external", "human"}
    }


def arrive(slug: str, at_ms: int | None = None) -> None:
    """Let a seat be seen now, or at a moment."""
    note_seen(contestant_id(slug), 0, wall_ms() if at_ms is None else at_ms)


def last_seen(slug: str) -> int:
    """Return when a seat was seen last."""
    return Seat.objects.get(contestant_id=contestant_id(slug)).last_seen_ms


def submit(slug: str, text: str, turn_id: str = "", at_ms: int | None = None) -> str:
    """Hand in for a contestant."""
    return hand_in(contestant_id(slug), turn_id, text.encode(), wall_ms() if at_ms is None else at_ms)


def wait_for_question(slug: str) -> OpenTurn:
    """Return the question that is open for a contestant as soon as there is one."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        asked = open_turn(contestant_id(slug), wall_ms())
        if asked is not None:
            return asked
        time.sleep(0.02)
    raise AssertionError(f"{slug} was not asked")


@contextmanager
def answering(slug: str, *texts: str) -> Iterator[None]:
    """Let a program answer the next question with these texts, from a thread of its own."""
    problems: list[BaseException] = []

    def answer() -> None:
        from django.db import connection  # noqa: PLC0415 - this thread's own connection

        try:
            asked = wait_for_question(slug)
            for text in texts:
                submit(slug, text, asked.turn_id)
        except BaseException as problem:  # noqa: BLE001 - told to the test, whose thread is another
            problems.append(problem)
        finally:
            connection.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield
    finally:
        thread.join(WAIT_S)
    assert not thread.is_alive()
    assert problems == []
