"""List, add, test, pause, resume and retire contestants."""

from argparse import ArgumentParser
from typing import Any, Final

from agents.selectors.specs import spec_config
from arena import selectors
from arena.selectors.entering import seat_facts
from arena.services.seasons import set_contestant_status
from arena.services.steering import STEPS, SteeringError, steer_contestant
from config.cli import entering
from config.cli.report import money, print_json, print_table
from config.cli.season import find_season
from config.contestants import is_ready
from config.database import prepare_database
from config.refusal import OK, CommandRefusedError
from config.wiring import wall_ms

ACTIONS: Final = tuple(STEPS)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("action", nargs="?", default="list", choices=["list", "add", "test", *ACTIONS])
    parser.add_argument("slug", nargs="?", help="the contestant; with add: its name")
    parser.add_argument("--season", help="slug of the season (default: the current one)")
    entering.add_arguments(parser)


def run(options: dict[str, Any]) -> int:
    """Do the action and print the roster."""
    prepare_database()
    season = find_season(options["season"])
    if options["action"] == "test":
        return entering.test(season, options)
    if options["action"] == "add":
        return entering.add(season, options)
    if options["action"] != "list":
        _change(season.slug, options["slug"], options["action"])
    board = selectors.board(season.slug, wall_ms())
    rows = [*board.standings, *board.waiting] if board else []
    if options["json"]:
        form = [
            {
                "slug": row.slug,
                "name": row.name,
                "kind": row.kind,
                "status": row.status,
                "equity": money(row.equity),
            }
            for row in rows
        ]
        print_json({"season": season.slug, "contestants": form})
    else:
        table = [[row.slug, row.kind, row.status, money(row.equity)] for row in rows]
        print_table(["Contestant", "Kind", "Status", "Equity"], table)
    return OK


def _change(season_slug: str, slug: str | None, action: str) -> None:
    if not slug:
        raise CommandRefusedError(
            f"name the contestant to {action}: manage.py arena contestant {action} SLUG"
        )
    seat = seat_facts(season_slug, slug)
    if seat is None:
        raise CommandRefusedError(
            f"season {season_slug} has no contestant {slug}; see: manage.py arena contestant"
        )
    try:
        status = steer_contestant(seat.contestant_id, action)
    except SteeringError as problem:
        raise CommandRefusedError(str(problem)) from problem
    if status == "waiting_for_key" and is_ready(spec_config({seat.spec_id})[seat.spec_id]):
        set_contestant_status(seat.contestant_id, "playing")
