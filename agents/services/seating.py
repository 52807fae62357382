"""Who may hand in for a contestant, and handing in."""

import secrets
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.db import transaction

from agents.domain.strict_json import MAX_BYTES
from agents.models import Invitation, Seat, Submission
from kernel.canonical import sha256_hex
from kernel.ids import derive_id

TOKEN_PREFIX: Final = "arena_"  # noqa: S105 - what every token begins with, so that scanners find a lost one
HINT_LENGTH: Final = len(TOKEN_PREFIX) + 4

SEEN_STEP_MS: Final = 5_000
"""Being seen again within this time is not written: presence is measured in minutes."""


MOST_ANSWERS: Final = 20
"""Answers to one turn. Each is kept: without a bound one token could fill the disk with answers."""


class SeatError(ValueError):
    """One sentence about a seat that cannot be given."""


class ClosedTurnError(Exception):
    """The question is closed: its round has gone on, or its time is over."""


class CrowdedTurnError(Exception):
    """The turn was answered as often as it may be."""


class UnknownTurnError(Exception):
    """There is no such question to this seat."""


def open_seat(contestant_id: str, season_id: str, kind: str, user_email: str = "") -> str:
    """Give a contestant its seat; return the token of a program, which is shown this once, '' for a person.

    Raises SeatError where no active person has this e-mail address.
    """
    user = _find_user(user_email) if kind == "human" else None
    Seat.objects.create(contestant_id=contestant_id, season_id=season_id, kind=kind, user=user)
    return "" if kind == "human" else renew_token(contestant_id)


def check_user(email: str) -> None:
    """Raise SeatError unless an active person has this e-mail address."""
    _find_user(email)


def renew_token(contestant_id: str) -> str:
    """Return a new token; the one before stops working at once. Only its hash is kept.

    Raises SeatError for a seat that is no program's.
    """
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    _set_token(contestant_id, sha256_hex(token.encode()), token[:HINT_LENGTH])
    return token


def revoke_token(contestant_id: str) -> None:
    """Take the token away; raises SeatError for a seat that is no program's."""
    _set_token(contestant_id, "", "")


def note_seen(contestant_id: str, last_seen_ms: int, wall_ms: int) -> None:
    """Remember that a seat's person or program is there."""
    if wall_ms - last_seen_ms >= SEEN_STEP_MS:
        Seat.objects.filter(contestant_id=contestant_id, last_seen_ms__lt=wall_ms).update(
            last_seen_ms=wall_ms
        )


def hand_in(contestant_id: str, turn_id: str, raw: bytes, wall_ms: int) -> str:
    """Store decisions as they came, read or not; return the id. The last one before the deadline counts.

    ``turn_id`` is '' for the next round, whichever that is: of what waits for it the oldest beyond
    ``MOST_ANSWERS`` are forgotten. Raises UnknownTurnError, ClosedTurnError and
    CrowdedTurnError; raises SeatError for more than 64 KiB, and where the contestant has no seat.
    """
    if len(raw) > MAX_BYTES:
        raise SeatError(f"an answer holds at most {MAX_BYTES} bytes, this one has {len(raw)}")
    with transaction.atomic():
        if not Seat.objects.select_for_update().filter(contestant_id=contestant_id).exists():
            raise SeatError("this contestant has no seat")
        if turn_id:
            _check_open(contestant_id, turn_id, wall_ms)
        else:
            _forget_replaced(contestant_id)
        received_ms = max(wall_ms, _newest_ms(contestant_id) + 1)
        row = Submission.objects.create(
            id=derive_id("submission", contestant_id, received_ms),
            contestant_id=contestant_id,
            turn_id=turn_id,
            raw=raw,
            received_wall_ms=received_ms,
        )
        Seat.objects.filter(contestant_id=contestant_id).update(last_seen_ms=wall_ms)
    return row.id


def withdraw(contestant_id: str) -> int:
    """Drop what waits for the next round; return how many. What a round has taken stays."""
    count, _ = Submission.objects.filter(contestant_id=contestant_id, turn_id="", taken_by="").delete()
    return count


def _forget_replaced(contestant_id: str) -> None:
    """Keep what waits bounded; the newest counts, so nothing that is forgotten would have been taken."""
    waiting = Submission.objects.filter(contestant_id=contestant_id, turn_id="", taken_by="")
    newest_first = waiting.order_by("-received_wall_ms").values_list("id", flat=True)
    Submission.objects.filter(id__in=list(newest_first[MOST_ANSWERS - 1 :])).delete()


def _find_user(email: str) -> Any:
    user = get_user_model().objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise SeatError(
            f"nobody active has the e-mail address {email!r}; add the person under Users in the admin first"
        )
    return user


def _set_token(contestant_id: str, sha256: str, hint: str) -> None:
    seats = Seat.objects.filter(contestant_id=contestant_id, kind="external")
    if not seats.update(token_sha256=sha256, token_hint=hint):
        raise SeatError("only a program's seat has a token; a person signs in")


def _check_open(contestant_id: str, turn_id: str, wall_ms: int) -> None:
    """Lock the question, so that it is not closed meanwhile."""
    row = (
        Invitation.objects.select_for_update()
        .filter(turn_id=turn_id, contestant_id=contestant_id)
        .values_list("is_open", "deadline_wall_ms")
        .first()
    )
    if row is None:
        raise UnknownTurnError
    if not row[0] or wall_ms > row[1]:
        raise ClosedTurnError
    if Submission.objects.filter(contestant_id=contestant_id, turn_id=turn_id).count() >= MOST_ANSWERS:
        raise CrowdedTurnError


def _newest_ms(contestant_id: str) -> int:
    rows = Submission.objects.filter(contestant_id=contestant_id).order_by("-received_wall_ms")
    return rows.values_list("received_wall_ms", flat=True).first() or 0
