"""A season of the default roster on the simulated market, played inside the test's transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import transaction
from pytest_django import DjangoDbBlocker

from config.seasons import SeasonPlan, open_planned_season, play_rounds_at_full_speed

SLUG: Final = "summer"
START_MS: Final = 1_767_225_600_000
"""2026-01-01 00:00 UTC."""


def play_season(rounds: int, slug: str = SLUG) -> str:
    """Open a season, play it, and return its id."""
    plan = SeasonPlan(
        slug=slug,
        name="Summer",
        market="simulated",
        seed=7,
        symbols=("BTC", "ETH"),
        interval_s=0,
        capital=10_000,
        clock="tape",
        speed=1,
        start_ms=START_MS,
        live_timeout_s=1.0,
    )
    season_id = open_planned_season(plan)
    play_rounds_at_full_speed(season_id, rounds, lambda _result: None)
    return season_id


@contextmanager
def season_for_a_module(blocker: DjangoDbBlocker, rounds: int) -> Iterator[str]:
    """Play one season that every test of a module reads; it is rolled back afterwards."""
    with blocker.unblock(), transaction.atomic():
        yield play_season(rounds)
        transaction.set_rollback(True)
