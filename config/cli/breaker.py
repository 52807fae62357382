"""List the provider keys that are left alone for a while, or have one asked again at once."""

from argparse import ArgumentParser
from typing import Any

from agents.selectors import open_breakers
from agents.services import reset_breaker
from config.cli.report import print_json, print_line, print_table
from config.database import prepare_database
from config.refusal import OK, CommandRefusedError
from config.wiring import wall_ms
from kernel.time import iso_utc


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("action", nargs="?", default="list", choices=["list", "reset"])
    parser.add_argument("provider", nargs="?", default="", help="reset every open breaker of this provider")


def run(options: dict[str, Any]) -> int:
    """Do the action and print what is open."""
    prepare_database()
    if options["action"] == "reset":
        _reset(options["provider"])
    _print(as_json=options["json"])
    return OK


def _reset(provider: str) -> None:
    found = open_breakers()
    wanted = [one for one in found if one.provider == provider]
    if not wanted:
        known = ", ".join(sorted({one.provider for one in found})) or "none"
        raise CommandRefusedError(f"no breaker of {provider or 'a provider'} is open; open are: {known}")
    for one in wanted:
        reset_breaker(one.provider, one.key_id)


def _print(*, as_json: bool) -> None:
    found, now_ms = open_breakers(), wall_ms()
    if as_json:
        rows = [
            {
                "provider": one.provider,
                "key": one.key_id,
                "reason": one.reason,
                "until": iso_utc(one.open_until_ms),
            }
            for one in found
        ]
        print_json({"breakers": rows})
    elif found:
        rows_text = [
            [one.provider, one.key_id, one.reason, _until(one.open_until_ms, now_ms)] for one in found
        ]
        print_table(["provider", "key", "reason", "left alone until"], rows_text)
    else:
        print_line("Every provider is asked.")


def _until(open_until_ms: int, now_ms: int) -> str:
    return iso_utc(open_until_ms) if open_until_ms > now_ms else "its next question"
