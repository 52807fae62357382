"""`manage.py arena ...`: everything an operator does, scriptable."""

import sys
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandParser

from accounts.domain.ledger import LedgerError
from config.cli import (
    audit,
    breaker,
    contestant,
    doctor,
    key,
    kill,
    leaderboard,
    measures,
    parse,
    play,
    prompt,
    replay,
    resume,
    season,
    seat,
    serve,
    strategy,
    tape,
    venue,
    wallet,
)
from config.refusal import NOT_SAFE, USAGE, CommandRefusedError
from config.server import PortError
from store.lease import AlreadyRunningError, LeaseError
from trading.ports import MarketError

SUBCOMMANDS: Final = {
    "serve": serve,
    "play": play,
    "season": season,
    "contestant": contestant,
    "key": key,
    "seat": seat,
    "strategy": strategy,
    "leaderboard": leaderboard,
    "measures": measures,
    "audit": audit,
    "tape": tape,
    "replay": replay,
    "breaker": breaker,
    "kill": kill,
    "resume": resume,
    "venue": venue,
    "doctor": doctor,
    "wallet": wallet,
    "prompt": prompt,
    "parse": parse,
}


class Command(BaseCommand):
    """Run the arena and look into it."""

    help = "Run the arena. Exit status: 0 done, 1 a check failed, 2 wrong use, 3 not safe to run."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the subcommands."""
        kinds = parser.add_subparsers(dest="subcommand", required=True, parser_class=ArgumentParser)
        for name, module in SUBCOMMANDS.items():
            summary = (module.__doc__ or "").splitlines()[0]
            sub = kinds.add_parser(name, help=summary, description=summary)
            sub.add_argument(
                "--json", action="store_true", help="answer as one JSON object on standard output"
            )
            module.add_arguments(sub)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run one subcommand and exit with its status."""
        module = SUBCOMMANDS[options["subcommand"]]
        try:
            status = module.run(options)
        except CommandRefusedError as refusal:
            self._refuse(str(refusal), refusal.code)
        except MarketError as problem:
            self._refuse(str(problem), USAGE)
        except (AlreadyRunningError, LeaseError, PortError, LedgerError) as problem:
            self._refuse(str(problem), NOT_SAFE)
        except KeyboardInterrupt:
            self._refuse("stopped; the next start goes on from here", NOT_SAFE)
        else:
            sys.exit(status)

    def _refuse(self, sentence: str, status: int) -> None:
        self.stderr.write(f"arena: {sentence}")
        sys.exit(status)
