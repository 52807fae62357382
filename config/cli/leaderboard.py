"""Print a season's standings."""

from argparse import ArgumentParser
from typing import Any

from arena import selectors
from config.cli.play import board_form, print_board
from config.cli.report import print_json
from config.database import prepare_database
from config.refusal import OK, CommandRefusedError
from config.wiring import wall_ms


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("season", nargs="?", help="slug of the season (default: the current one)")


def run(options: dict[str, Any]) -> int:
    """Print the board."""
    prepare_database()
    slug = options["season"] or selectors.current_season_slug()
    if slug is None:
        raise CommandRefusedError(
            "there is no season yet; run: manage.py arena serve, or: manage.py arena play"
        )
    board = selectors.board(slug, wall_ms())
    if board is None:
        known = ", ".join(season.slug for season in selectors.seasons())
        raise CommandRefusedError(f"there is no season {slug}; known are {known}")
    if options["json"]:
        print_json(board_form(board))
    else:
        print_board(board)
    return OK
