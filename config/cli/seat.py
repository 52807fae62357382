"""List the seats of people and programs, add one, renew or revoke its token, hand in for it."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any, Final

from django.db import transaction
from django.utils.text import slugify

from agents.domain.roster import RosterEntry
from agents.domain.seats import is_present
from agents.domain.strict_json import MAX_BYTES
from agents.selectors.seats import SeatView, open_turn, seat_of, seats
from agents.services.seating import (
    ClosedTurnError,
    CrowdedTurnError,
    SeatError,
    check_user,
    hand_in,
    open_seat,
    renew_token,
    revoke_token,
)
from arena import selectors
from arena.domain.board import SeasonView
from arena.selectors.seats import SeatedContestant, seated_contestants
from config.cli.report import print_json, print_line, print_table
from config.cli.season import find_season
from config.contestants import add_contestants
from config.database import prepare_database
from config.refusal import OK, CommandRefusedError
from config.wiring import wall_ms
from trading.domain.rules import PROFILES

MAX_NAME: Final = 60

_SUBTITLES: Final = {"external": "a program from outside", "human": "a person"}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("action", nargs="?", default="list", choices=["list", "add", *_ACTIONS])
    parser.add_argument("name", nargs="?", help="name of a contestant to add, slug of one that is there")
    parser.add_argument("--season", help="slug of the season (default: the current one)")
    parser.add_argument("--kind", choices=sorted(_SUBTITLES), default="external", help="who decides")
    parser.add_argument("--user", default="", help="e-mail address of the person (with --kind human)")
    parser.add_argument(
        "--profile", choices=sorted(PROFILES), default="moderate", help="risk profile (default moderate)"
    )


def run(options: dict[str, Any]) -> int:
    """Do the action and print what came of it."""
    prepare_database()
    season = find_season(options["season"])
    action = options["action"]
    try:
        if action == "list":
            _print_seats(season, as_json=options["json"])
        elif not options["name"]:
            raise CommandRefusedError(f"name the contestant: manage.py arena seat {action} NAME")
        elif action == "add":
            _add(season, options)
        else:
            _ACTIONS[action](_find(season, options["name"]), options)
    except ValueError as problem:
        raise CommandRefusedError(str(problem)) from problem
    return OK


def _add(season: SeasonView, options: dict[str, Any]) -> None:
    """Enter a contestant and its seat, both or none."""
    name, kind = options["name"].strip(), options["kind"]
    slug = slugify(name)[:MAX_NAME]
    if not slug or len(name) > MAX_NAME:
        raise CommandRefusedError(
            f"a name has up to {MAX_NAME} letters, and one of a-z or a digit among them"
        )
    if kind == "human":
        check_user(options["user"])
    entry = RosterEntry(name, slug, _SUBTITLES[kind], kind, profile=options["profile"])
    with transaction.atomic():
        contestant_id = add_contestants(season.id, [entry])[0]
        token = open_seat(contestant_id, season.id, kind, options["user"])
    said = "it plays from the next round on"
    if kind == "human":
        said += f"; {options['user']} decides at /desk/"
    _tell_token({"season": season.slug, "contestant": slug, "kind": kind}, token, said, options)


def _renew(seat: tuple[SeatView, SeatedContestant], options: dict[str, Any]) -> None:
    token = renew_token(seat[0].contestant_id)
    form = {"season": seat[1].season_slug, "contestant": seat[1].slug, "kind": seat[0].kind}
    _tell_token(form, token, "the token before works no more", options)


def _revoke(seat: tuple[SeatView, SeatedContestant], options: dict[str, Any]) -> None:
    revoke_token(seat[0].contestant_id)
    form = {"season": seat[1].season_slug, "contestant": seat[1].slug, "kind": seat[0].kind}
    _tell_token(form, "", "its token works no more", options)


def _submit(seat: tuple[SeatView, SeatedContestant], options: dict[str, Any]) -> None:
    """Hand in the answer on standard input: to the open round, else for the next one."""
    raw, now = sys.stdin.buffer.read(MAX_BYTES + 1), wall_ms()
    asked = open_turn(seat[0].contestant_id, now)
    if asked is None and seat[0].kind == "external":
        raise CommandRefusedError("no round is open for this program; hand in while one is")
    turn_id = asked.turn_id if asked is not None and seat[0].kind == "external" else ""
    try:
        submission_id = hand_in(seat[0].contestant_id, turn_id, raw, now)
    except CrowdedTurnError as crowded:
        raise CommandRefusedError("this round has as many answers as it takes") from crowded
    except ClosedTurnError as closed:
        raise CommandRefusedError("the round went on meanwhile; hand in to the next one") from closed
    if options["json"]:
        print_json({"contestant": seat[1].slug, "submission": submission_id, "turn": turn_id})
    else:
        print_line(f"{seat[1].slug}: stored; whether it can be read says: manage.py arena parse")


_Action = Callable[[tuple[SeatView, SeatedContestant], dict[str, Any]], None]

_ACTIONS: Final[dict[str, _Action]] = {"token": _renew, "revoke": _revoke, "submit": _submit}


def _tell_token(form: dict[str, str], token: str, said: str, options: dict[str, Any]) -> None:
    if options["json"]:
        print_json({**form, "token": token or None})
        return
    print_line(f"{form['contestant']}: {said}")
    if token:
        print_line(f"token, shown this once: {token}")


def _find(season: SeasonView, slug: str) -> tuple[SeatView, SeatedContestant]:
    found = selectors.contestant(season.slug, slug, wall_ms())
    seat = seat_of(found.standing.contestant_id) if found else None
    if seat is None:
        raise SeatError(f"season {season.slug} has no seat {slug}; see: manage.py arena seat")
    return seat, seated_contestants([seat.contestant_id])[seat.contestant_id]


def _print_seats(season: SeasonView, *, as_json: bool) -> None:
    now, found = wall_ms(), seats(season.id)
    names = seated_contestants(seat.contestant_id for seat in found)
    rows = [
        {
            "contestant": names[seat.contestant_id].slug,
            "kind": seat.kind,
            "status": names[seat.contestant_id].status,
            "user": seat.user_email,
            "token": f"{seat.token_hint}…" if seat.token_hint else "",
            "present": is_present(seat.last_seen_ms, now),
        }
        for seat in found
    ]
    if as_json:
        print_json({"season": season.slug, "seats": rows})
    elif not rows:
        print_line("There is no seat yet; add one: manage.py arena seat add NAME --kind external")
    else:
        print_table([name.capitalize() for name in rows[0]], [_cells(row) for row in rows])


def _cells(row: dict[str, Any]) -> list[str]:
    return [("yes" if value else "no") if isinstance(value, bool) else value for value in row.values()]
