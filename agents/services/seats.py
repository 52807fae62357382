"""Inviting people and programs outside to a round, waiting for them, taking what they handed in."""

import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from django.db import transaction

from agents.domain.seats import EARLY_MS, Question, is_present, observation_form
from agents.models import Invitation, Seat, Submission
from agents.services.questions import Ask, Reply, Table
from kernel.canonical import canonical_bytes
from store.bulk import insert_rows, update_rows

POLL_S: Final = 0.1
"""How often a waiting round looks for answers; far below any latency that a person or network has."""

KEPT_ROUNDS: Final = 500
"""Questions kept of a seat, about 10 kB each: a day of rounds. What was answered is kept for good."""

_INVITATION_FIELDS: Final = (
    "turn_id",
    "contestant_id",
    "season_id",
    "slot",
    "number",
    "observation",
    "deadline_wall_ms",
    "is_open",
)


class _Asked(NamedTuple):
    """A question that is out, as it was first asked; times on the wall clock."""

    turn_id: str
    contestant_id: str
    asked_ms: int
    deadline_ms: int
    is_open: bool


class _Handed(NamedTuple):
    """A submission without its bytes."""

    id: str
    contestant_id: str
    turn_id: str
    taken_by: str
    received_ms: int


def invite(asks: Sequence[Ask], table: Table) -> None:
    """Ask every seat. A round that is resumed keeps its first questions and with them its first deadline."""
    if not asks:
        return
    deadline_ms = table.wall_ms() + _asked_for_ms(table)
    rows = [_invitation_of(ask, table, deadline_ms) for ask in asks]
    with transaction.atomic():
        Invitation.objects.filter(
            contestant_id__in=[ask.contestant_id for ask in asks], number__lte=table.number - KEPT_ROUNDS
        ).delete()
        insert_rows(Invitation, _INVITATION_FIELDS, rows, ignore_existing=True)


def wait_for_submissions(asks: Sequence[Ask], table: Table, until_monotonic: float) -> dict[str, Reply]:
    """Wait until everybody who is present has answered, or the time is over; return contestant -> reply.

    Nobody waits for a seat that was not seen lately. From here on the questions are closed. A resumed round
    finds the submissions again that it took before. Call ``invite`` first.
    """
    if not asks:
        return {}
    asked = _questions_out(asks, table)
    while time.monotonic() < until_monotonic and _is_somebody_awaited(asked, table.wall_ms()):
        time.sleep(min(POLL_S, max(0.0, until_monotonic - time.monotonic())))
    taken = _close(asked)
    seen = _last_seen(asked)
    wall_ms = table.wall_ms()
    return {
        who: _reply(one, taken.get(who), wall_ms, is_there=is_present(seen.get(who, 0), wall_ms))
        for who, one in asked.items()
    }


def _asked_for_ms(table: Table) -> int:
    return int(table.deadline_s * 1000)


def _invitation_of(ask: Ask, table: Table, deadline_ms: int) -> tuple[object, ...]:
    form = observation_form(ask.observation, Question(ask.turn_id, table.number, deadline_ms))
    body = zlib.compress(canonical_bytes(form))
    asked = (ask.turn_id, ask.contestant_id, table.season_id, table.slot, table.number)
    return (*asked, body, deadline_ms, True)


def _questions_out(asks: Sequence[Ask], table: Table) -> dict[str, _Asked]:
    rows = Invitation.objects.filter(turn_id__in=[ask.turn_id for ask in asks])
    stored = rows.values_list("turn_id", "contestant_id", "deadline_wall_ms", "is_open")
    return {
        who: _Asked(turn_id, who, deadline_ms - _asked_for_ms(table), deadline_ms, is_open)
        for turn_id, who, deadline_ms, is_open in stored
    }


def _is_somebody_awaited(asked: Mapping[str, _Asked], wall_ms: int) -> bool:
    seen = _last_seen(asked)
    awaited = {
        who: one
        for who, one in asked.items()
        if one.is_open and wall_ms <= one.deadline_ms and is_present(seen.get(who, 0), wall_ms)
    }
    return bool(awaited) and len(_handed_in(awaited)) < len(awaited)


def _last_seen(asked: Mapping[str, _Asked]) -> dict[str, int]:
    rows = Seat.objects.filter(contestant_id__in=list(asked))
    return dict(rows.values_list("contestant_id", "last_seen_ms"))


def _close(asked: Mapping[str, _Asked]) -> dict[str, tuple[int, bytes]]:
    """Close the questions and take what counts; return contestant -> (when it came, raw).

    Closing locks the questions: who is handing in right now comes before it, or is told that it is too late.
    """
    with transaction.atomic():
        Invitation.objects.filter(turn_id__in=[one.turn_id for one in asked.values()]).update(is_open=False)
        handed = _handed_in(asked)
        marks = [(asked[who].turn_id, one.id) for who, one in handed.items()]
        update_rows(Submission, "id", ("taken_by",), marks)
        bodies = dict(
            Submission.objects.filter(id__in=[one.id for one in handed.values()]).values_list("id", "raw")
        )
    return {who: (one.received_ms, bytes(bodies[one.id])) for who, one in handed.items()}


def _handed_in(asked: Mapping[str, _Asked]) -> dict[str, _Handed]:
    """Return contestant -> the submission that counts, as far as there is one."""
    if not asked:
        return {}
    first_ms = min(one.asked_ms for one in asked.values()) - EARLY_MS
    found = Submission.objects.filter(contestant_id__in=list(asked), received_wall_ms__gte=first_ms)
    rows: dict[str, list[_Handed]] = {who: [] for who in asked}
    names = ("id", "contestant_id", "turn_id", "taken_by", "received_wall_ms")
    for values in found.order_by("-received_wall_ms").values_list(*names):
        rows[values[1]].append(_Handed(*values))
    chosen = {who: _choose(one, rows[who]) for who, one in asked.items()}
    return {who: one for who, one in chosen.items() if one is not None}


def _choose(asked: _Asked, newest_first: Iterable[_Handed]) -> _Handed | None:
    """Return what this turn took before, else the last answer to it, else the newest one for any round.

    All is measured from when the question was first asked, so a resumed round chooses the same again.
    """
    rows = list(newest_first)
    before = [row for row in rows if row.taken_by == asked.turn_id]
    first_ms = asked.asked_ms - EARLY_MS
    in_time = [row for row in rows if first_ms <= row.received_ms <= asked.deadline_ms]
    named = [row for row in rows if row.turn_id == asked.turn_id]  # only an open question takes them
    # Older ones than the newest were replaced by it, also where another round has taken it.
    waiting = [row for row in in_time if not row.turn_id][:1]
    free = [row for row in waiting if not row.taken_by]
    return next(iter([*before, *named, *free]), None)


def _reply(asked: _Asked, taken: tuple[int, bytes] | None, wall_ms: int, *, is_there: bool) -> Reply:
    who = asked.contestant_id
    if taken is None:
        waited_ms = max(0, wall_ms - asked.asked_ms) if is_there else 0
        return Reply(who, None, "no_submission" if is_there else "absent", waited_ms * 1000)
    received_ms, raw = taken
    latency_us = max(0, received_ms - asked.asked_ms) * 1000
    return Reply(who, raw or None, "" if raw else "empty", latency_us)
