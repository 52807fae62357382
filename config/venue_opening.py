"""A contestant's account at its venue, opened by an operator's command: looked at, never traded with here."""

from typing import Any, Final

from accounts.domain.secrets import SecretError
from config.refusal import CommandRefusedError
from config.venue_keys import venue_credentials
from config.wiring import wall_ms
from trading.domain.venue import Permissions
from trading.ports import LiveVenue, VenueError
from trading.services import VenueState


class Door:
    """How a venue's client is made ready; the tests lead its transport to a venue of their own."""

    def __init__(self) -> None:
        self.settle: Any = None


DOOR: Final = Door()


def open_for_look(account_id: str, venue: str, profile: str) -> LiveVenue:
    """Return an account's venue; raises CommandRefusedError with the sentence why not.

    An operator who asks is leave enough for the account; what the deployment is for still counts.
    """
    from config.venue_wiring import opened_account  # noqa: PLC0415 - for the commands that need it alone

    try:
        credentials = venue_credentials(account_id, venue)
        if credentials is None:
            raise CommandRefusedError("its key is not stored; set it: arena key set venue:CONTESTANT")
        return opened_account(
            venue, profile, credentials, is_on=True, clock=wall_ms, client_settings=DOOR.settle
        )
    except (SecretError, VenueError) as problem:
        raise CommandRefusedError(str(problem)) from problem


def look_at_key(account_id: str, venue: str, profile: str) -> Permissions:
    """Return what an account's key may do, as the venue says; raises CommandRefusedError."""
    opened = open_for_look(account_id, venue, profile)
    try:
        return opened.fetch_permissions()
    except VenueError as problem:
        raise CommandRefusedError(str(problem)) from problem


def look_at_account(account_id: str, venue: str, profile: str, symbols: tuple[str, ...]) -> VenueState:
    """Return what the venue shows of an account now; raises CommandRefusedError."""
    opened = open_for_look(account_id, venue, profile)
    try:
        return VenueState(
            balance=opened.fetch_balance(),
            positions=opened.fetch_positions(),
            orders=opened.fetch_open_orders(symbols),
            permissions=opened.fetch_permissions(),
            venue_ms=opened.fetch_time(),
        )
    except VenueError as problem:
        raise CommandRefusedError(str(problem)) from problem
