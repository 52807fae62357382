"""A process of its own that plays one fixed season, for tests that compare drivers and databases.

    python -m tests.factories.season_player open               migrate and open the season
    python -m tests.factories.season_player threads T ROUNDS   play with a LocalRunner of T threads
    python -m tests.factories.season_player wait ROUNDS        wait until others have played

The last two print the replay hash of round ROUNDS.
"""

import sys
import time
from collections.abc import Callable
from typing import Final

import django

SLUG: Final = "same"
PATIENCE_S: Final = 300


def open_fixed_season() -> None:
    """Migrate and open a season whose next round is due after a twentieth of a second."""
    from django.core.management import call_command  # noqa: PLC0415 - Django must be set up first

    from config.seasons import SeasonPlan, open_planned_season  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    open_planned_season(
        SeasonPlan(
            slug=SLUG,
            name="The same everywhere",
            market="simulated",
            seed=7,
            symbols=("BTC", "ETH", "SOL"),
            interval_s=180,
            capital=10_000,
            clock="scaled",
            speed=3600,
            start_ms=1_767_225_600_000,
            live_timeout_s=3.0,
        )
    )


def play_with_threads(threads: int, rounds: int) -> None:
    """Ring the jobs hundreds of times as often as in life, so that they meet each other."""
    from config.runner import LocalRunner  # noqa: PLC0415 - Django must be set up first
    from config.schedule import JOBS  # noqa: PLC0415 - as above

    faster = [job._replace(interval_s=0.001 if job.name == "rounds" else 0.05) for job in JOBS]
    runner = LocalRunner(faster, threads=threads)
    runner.start()
    wait_for(rounds, lambda: [job.last_error for job in runner.health() if job.failures])
    if not runner.stop(60):
        sys.exit("the runner does not stop")


def wait_for(rounds: int, find_errors: Callable[[], list[str]]) -> None:
    """Return once so many rounds are closed; end with the errors if there are any."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not replay_hash(rounds):
        if errors := find_errors():
            sys.exit(f"jobs failed: {errors}")
        if time.monotonic() > deadline_s:
            sys.exit(f"round {rounds} was not closed within {PATIENCE_S} s")
        time.sleep(0.1)


def replay_hash(number: int) -> str:
    """Return a round's replay hash; empty until it is closed."""
    from arena import selectors  # noqa: PLC0415 - Django must be set up first

    found = selectors.round_view(SLUG, number)
    return found.replay_hash if found else ""


def main(arguments: list[str]) -> None:
    """Do what the command line says."""
    django.setup()
    match arguments:
        case ["open"]:
            open_fixed_season()
        case ["threads", threads, rounds]:
            play_with_threads(int(threads), int(rounds))
            sys.stdout.write(replay_hash(int(rounds)))
        case ["wait", rounds]:
            wait_for(int(rounds), list)
            sys.stdout.write(replay_hash(int(rounds)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
