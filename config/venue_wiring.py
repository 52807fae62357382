"""An account's client at its venue, made in one place: with leave, on the budget all processes share."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from trading.adapters.ccxt_live import DIALECTS, grant_permit, open_venue
from trading.ports import LiveVenue
from trading.services import SharedBudget


def opened_account(
    venue: str,
    profile: str,
    credentials: Mapping[str, str],
    *,
    is_on: bool,
    clock: Callable[[], int],
    client_settings: Callable[[Any], None] | None = None,
) -> LiveVenue:
    """Return an account at a venue; ``is_on`` is the account's own leave, ``clock`` tells wall ms.

    A venue counts the requests of one address together, so a look by hand takes from the same bucket as the
    processes that trade. Raises VenueRefusedError where the deployment or the account does not allow it.
    """
    permit = grant_permit(settings.ARENA_TRADING, profile, is_on)
    return open_venue(
        venue,
        credentials,
        permit=permit,
        profile=profile,
        clock=clock,
        budget=SharedBudget(venue, profile, DIALECTS[venue].per_minute, clock),
        client_settings=client_settings,
    )
