"""List, add, test, pause, resume and retire contestants."""

from argparse import ArgumentParser
from typing import Any, Final

from arena import selectors
from arena.services.seasons import set_contestant_status
from config.cli import entering
from config.cli.report import money, print_json, print_table
from config.cli.season import find_season
from config.database import prepare_database
from config.refusal import OK, CommandRefusedError
from config.wiring import wall_ms

ACTIONS: Final = {"pause": "paused", "resume": "playing", "retire": "retired"}


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
    view = selectors.contestant(season_slug, slug, wall_ms())
    if view is None:
        raise CommandRefusedError(
            f"season {season_slug} has no contestant {slug}; see: manage.py arena contestant"
        )
    if action == "resume" and view.standing.status == "waiting_for_key":
        raise CommandRefusedError(f"{slug} waits for a key; store one: manage.py arena key set agent:{slug}")
    set_contestant_status(view.standing.contestant_id, ACTIONS[action])
