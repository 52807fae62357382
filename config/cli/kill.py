"""Stop trading: no new entries, cancel all that rests, or flatten; for the arena or one contestant."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from arena.services.switch import scope_of, turn
from config.cli.report import print_json, print_line
from config.cli.switch_status import print_status, status_form
from config.database import prepare_database
from config.refusal import NOT_SAFE, OK, CommandRefusedError
from config.wiring import wall_ms
from trading.domain.levels import HALTED, STOPS
from trading.services import SwitchError, Turn, Turned


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--level", default=HALTED, choices=STOPS, help="how much is stopped (default halted)")
    parser.add_argument("--status", action="store_true", help="only show how the switches stand")
    add_scope(parser)


def add_scope(parser: ArgumentParser) -> None:
    """Declare whom it concerns, who asks and why."""
    parser.add_argument("--contestant", default="", help="slug of one contestant (default: the whole arena)")
    parser.add_argument("--season", default="", help="slug of the contestant's season")
    parser.add_argument("--reason", default="", help="why; whoever looks later will ask")
    parser.add_argument("--by", default="", help="the name of the person who decides")


def run(options: dict[str, Any]) -> int:
    """Stop trading, or show how the switches stand."""
    if options["status"]:
        prepare_database()
        print_status(as_json=options["json"])
        return OK
    return turn_to(options["level"], options)


def turn_to(asked: str, options: dict[str, Any]) -> int:
    """Turn the switch and say what that did."""
    try:
        scope = scope_of(options["season"], options["contestant"])
        turned = turn(Turn(scope, asked, options["reason"], options["by"], wall_ms()))
    except SwitchError as problem:
        raise CommandRefusedError(str(problem)) from problem
    except DatabaseError as problem:
        raise CommandRefusedError(
            f"the database does not answer ({type(problem).__name__}); stop trading without it: "
            f"touch {settings.ARENA_STOP_FILE}",
            NOT_SAFE,
        ) from problem
    if options["json"]:
        print_json({"turned": _form(turned), **status_form()})
    else:
        print_line(_sentence(turned, options["contestant"]))
    return OK


def _form(turned: Turned) -> dict[str, Any]:
    return {name: getattr(turned, name) for name in ("scope", "before", "after", "asked", "commands")}


def _sentence(turned: Turned, contestant: str) -> str:
    whose = f"Trading of {contestant}" if contestant else "Trading"
    left = f"; {turned.commands} commands left to be carried out" if turned.commands else ""
    return f"{whose} is {turned.after} (it was {turned.before}){left}."
