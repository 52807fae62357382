"""An account at a venue's private dialect over the loopback, through the real adapter and the real ccxt."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kernel.units import SCALE
from tests.factories.live_orders import Stage, bound_stage
from tests.factories.truth_venue import Clock, TruthVenue
from tests.factories.venue_server import VenueServer
from trading.adapters.ccxt_live import grant_permit, open_venue


@dataclass
class Wired(TruthVenue):
    """The book of the venue for looking, beside the adapter that the desk trades through."""


@contextmanager
def loopback_stage(venue: str, name: str = "live", wallet: int = 10_000 * SCALE) -> Iterator[Stage]:
    """Yield a bound and enabled account whose orders travel as the venue's own requests."""
    clock = Clock()
    with VenueServer(clock=clock, wallet=wallet) as server:
        live = open_venue(
            venue,
            server.credentials(venue, name),
            permit=grant_permit("live", "live", enabled=True),
            profile="live",
            clock=clock,
            timeout_ms=2_000,
            client_settings=server.mount,
        )
        yield bound_stage(name, clock, server, Wired(server, venue, name), live)
