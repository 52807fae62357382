"""A process that plays the next round of a season: ``python -m tests.factories.round_player ID``."""

import sys

import django


def main(season_id: str) -> None:
    """Play one round with the real ports."""
    django.setup()
    from arena.ports import Silence  # noqa: PLC0415 - Django must be set up first
    from arena.rounds import play_next_round  # noqa: PLC0415 - as above
    from config.wiring import ports_of  # noqa: PLC0415 - as above

    play_next_round(ports_of(season_id, Silence()), season_id)


if __name__ == "__main__":
    main(sys.argv[1])
