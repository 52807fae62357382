"""Let trading go on after a stop: by a person, with a reason, also after an automatic one."""

from argparse import ArgumentParser
from typing import Any

from config.cli.kill import add_scope, turn_to
from trading.domain.levels import ACTIVE, REDUCING


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    text = "go back to this level (default active)"
    parser.add_argument("--level", default=ACTIVE, choices=(ACTIVE, REDUCING), help=text)
    add_scope(parser)


def run(options: dict[str, Any]) -> int:
    """Turn the switch back."""
    return turn_to(options["level"], options)
