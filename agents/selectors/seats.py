"""Reads of seats: who sits where, what is asked now, what was handed in."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import QuerySet

from agents.domain.seats import EARLY_MS
from agents.models import Invitation, Seat, Submission
from kernel.canonical import sha256_hex


@dataclass(frozen=True, slots=True)
class SeatView:
    """A seat. ``token_hint`` is the start of its token, '' while it has none."""

    contestant_id: str
    season_id: str
    kind: str
    user_id: int | None
    user_email: str
    token_hint: str
    last_seen_ms: int


class OpenTurn(NamedTuple):
    """A question without its observation: enough to see whether there is something new."""

    turn_id: str
    number: int
    deadline_ms: int


@dataclass(frozen=True, slots=True)
class InvitationView:
    """A question as it was asked. ``observation`` are the canonical bytes."""

    turn_id: str
    contestant_id: str
    number: int
    slot: int
    deadline_ms: int
    is_open: bool
    observation: bytes

    @property
    def form(self) -> dict[str, Any]:
        """The observation as a JSON object."""
        found: dict[str, Any] = json.loads(self.observation)
        return found


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """Decisions handed in.

    ``turn_id`` is '' where they are for the next round, whichever that is; ``taken_by`` is '' while no
    round has taken them.
    """

    id: str
    turn_id: str
    raw: bytes
    received_ms: int
    taken_by: str


def seats(season_id: str | None = None) -> tuple[SeatView, ...]:
    """Return the seats of a season, or of all."""
    rows = Seat.objects.order_by("season_id", "contestant_id")
    return _seats(rows if season_id is None else rows.filter(season_id=season_id))


def seat_of(contestant_id: str) -> SeatView | None:
    """Return the seat of a contestant."""
    return next(iter(_seats(Seat.objects.filter(contestant_id=contestant_id))), None)


def seat_of_token(token: str) -> SeatView | None:
    """Return whose token this is. It is looked up by its hash, so no comparison tells how much was right."""
    rows = Seat.objects.filter(token_sha256=sha256_hex(token.encode("utf-8", "surrogateescape")))
    return next(iter(_seats(rows)), None) if token else None


def seats_of_user(user_id: int) -> tuple[SeatView, ...]:
    """Return the seats a person sits on."""
    return _seats(Seat.objects.filter(user_id=user_id, kind="human").order_by("season_id", "contestant_id"))


def open_turn(contestant_id: str, wall_ms: int) -> OpenTurn | None:
    """Return the question that may be answered now, if any."""
    rows = Invitation.objects.filter(
        contestant_id=contestant_id, is_open=True, deadline_wall_ms__gte=wall_ms
    ).order_by("-slot")
    row = rows.values_list("turn_id", "number", "deadline_wall_ms").first()
    return None if row is None else OpenTurn(*row)


def invitation(turn_id: str) -> InvitationView | None:
    """Return one question with what was shown."""
    row = Invitation.objects.filter(turn_id=turn_id).first()
    return None if row is None else _invitation(row)


def newest_invitation(contestant_id: str) -> InvitationView | None:
    """Return the last question a seat was asked."""
    row = Invitation.objects.filter(contestant_id=contestant_id).order_by("-slot").first()
    return None if row is None else _invitation(row)


def pending_submission(contestant_id: str, wall_ms: int) -> SubmissionView | None:
    """Return what the next round would take, if nothing else comes."""
    rows = Submission.objects.filter(contestant_id=contestant_id, turn_id="")
    row = rows.order_by("-received_wall_ms").first()
    if row is None or row.taken_by or row.received_wall_ms < wall_ms - EARLY_MS:
        return None
    return _submission(row)


def submissions(
    contestant_id: str, before_ms: int | None = None, limit: int = 50
) -> tuple[SubmissionView, ...]:
    """Return what a seat handed in, newest first; of one seat no two came at the same millisecond."""
    rows = Submission.objects.filter(contestant_id=contestant_id).order_by("-received_wall_ms")
    if before_ms is not None:
        rows = rows.filter(received_wall_ms__lt=before_ms)
    return tuple(_submission(row) for row in rows[:limit])


def round_numbers(turn_ids: Iterable[str]) -> dict[str, int]:
    """Return turn -> number of its round, as far as its question is still kept."""
    rows = Invitation.objects.filter(turn_id__in={turn for turn in turn_ids if turn})
    return dict(rows.values_list("turn_id", "number"))


def _seats(rows: QuerySet[Seat]) -> tuple[SeatView, ...]:
    return tuple(
        SeatView(
            contestant_id=row.contestant_id,
            season_id=row.season_id,
            kind=row.kind,
            user_id=row.user_id,
            user_email=row.user.email if row.user else "",
            token_hint=row.token_hint,
            last_seen_ms=row.last_seen_ms,
        )
        for row in rows.select_related("user")
    )


def _invitation(row: Invitation) -> InvitationView:
    return InvitationView(
        turn_id=row.turn_id,
        contestant_id=row.contestant_id,
        number=row.number,
        slot=row.slot,
        deadline_ms=row.deadline_wall_ms,
        is_open=row.is_open,
        observation=zlib.decompress(bytes(row.observation)),
    )


def _submission(row: Submission) -> SubmissionView:
    return SubmissionView(row.id, row.turn_id, bytes(row.raw), row.received_wall_ms, row.taken_by)
