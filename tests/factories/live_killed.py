"""A process that sends what waits for an account and is killed at a named point (python -m)."""

import os
import sys
from dataclasses import dataclass
from typing import Any

import django

django.setup()

from tests.factories.live_orders import FEED, SYMBOLS, instrument_of  # noqa: E402 - Django comes first
from tests.factories.venue_server import VenueServer  # noqa: E402 - as above
from tests.factories.venue_server.wire import Redirect  # noqa: E402 - as above
from trading.adapters.ccxt_live import grant_permit, open_venue  # noqa: E402 - as above
from trading.ports import LiveVenue  # noqa: E402 - as above
from trading.services.outbox_cycle import look_turn, send_turn  # noqa: E402 - as above
from trading.services.outbox_desk import Desk  # noqa: E402 - as above


def end() -> None:
    """Go without a word, as a killed process does: nothing is closed, nothing rolled back by us."""
    os._exit(137)


@dataclass
class Fatal:
    """A venue around whose submit the process ends."""

    venue: LiveVenue
    point: str

    def submit(self, *order: Any) -> Any:
        """Send, and die before or after it."""
        if self.point == "before_submit":
            end()
        outcome = self.venue.submit(*order)
        if self.point == "after_submit":
            end()
        return outcome

    def __getattr__(self, name: str) -> Any:
        """Everything else is the venue's."""
        return getattr(self.venue, name)


def main(point: str, account_id: str, port: str, now_ms: str) -> None:
    """Work for the account until the point is reached."""
    book = VenueServer()
    instruments = {symbol: instrument_of(book.truth("binanceusdm"), symbol) for symbol in SYMBOLS}

    def clock() -> int:
        return int(now_ms)

    live = open_venue(
        "binanceusdm",
        book.credentials("binanceusdm", "live"),
        permit=grant_permit("live", "live", enabled=True),
        profile="live",
        clock=clock,
        client_settings=lambda client: client.session.mount("https://", Redirect(int(port))),
    )
    dying: Any = Fatal(live, point)
    desk = Desk(account_id, FEED, dying, instruments, 180_000, clock, lambda _fills: end())
    send_turn(desk)
    look_turn(desk)


if __name__ == "__main__":
    main(*sys.argv[1:])
