"""The job that stops trading by itself, with the limits of the settings."""

from django.conf import settings

from accounts.selectors import check_ledger
from arena.services.trips import look_for_trips, trip_on_books
from config.wiring import wall_ms
from kernel.units import SCALE
from trading.domain.trips import TripLimits
from trading.services import record_deployment


def watch_trips() -> None:
    """Obey the stop file, and stop what its own limits stop. Also writes down what this deployment is for."""
    record_deployment(settings.ARENA_TRADING, wall_ms())
    look_for_trips(limits_of_settings(), wall_ms())


def limits_of_settings() -> TripLimits:
    """Return the limits that the environment sets."""
    return TripLimits(
        drawdown=settings.ARENA_TRIP_DRAWDOWN * SCALE // 100,
        unknown=settings.ARENA_TRIP_UNKNOWN,
        stale_ms=settings.ARENA_TRIP_STALE_S * 1000,
    )


def check_books() -> str | None:
    """Derive the books again; a break stops the arena and is returned as a sentence."""
    problem = check_ledger()
    if problem:
        trip_on_books(problem, wall_ms())
    return problem
