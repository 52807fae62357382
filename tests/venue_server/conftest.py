"""A running server and a client at each venue."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.factories.venue_server import Truth, VenueServer, units
from tests.venue_server.clients import DESKS, Desk


@dataclass
class Seat:
    """One account at one venue: its client and the venue's own book of it."""

    server: VenueServer
    desk: Desk
    client: Any
    account: str = "main"

    @property
    def venue(self) -> str:
        """The venue's key."""
        return self.desk.venue

    @property
    def truth(self) -> Truth:
        """The venue's own book."""
        return self.server.truth(self.venue, self.account)

    def client_id(self, number: int) -> str:
        """Return an id of ours in the venue's form."""
        return f"0x{number:032x}" if self.venue == "hyperliquid" else f"ours-{number}"

    def order(
        self,
        side: str,
        amount: str,
        number: int = 0,
        price: str | None = None,
        base: str = "BTC",
        **more: Any,
    ) -> Any:
        """Place a market order, or a limit order where there is a price."""
        kind = "market" if price is None else "limit"
        if price is None and self.desk.priced_market:
            price = str(self.truth.market.prices[base] // 100_000_000)
        params = {"clientOrderId": self.client_id(number)} if number else {}
        if more.pop("reduce_only", False):
            params["reduceOnly"] = self.desk.truthy
        symbol = self.desk.symbol(base)
        return self.client.create_order(
            symbol, kind, side, float(amount), price and float(price), params | more
        )

    def moved(self, base: str, price: str) -> None:
        """Move the price."""
        self.truth.move(base, units(price))


@pytest.fixture
def server() -> Iterator[VenueServer]:
    """Run a server until the end of the test."""
    with VenueServer() as running:
        yield running


@pytest.fixture(params=DESKS)
def seat(request: pytest.FixtureRequest, server: VenueServer) -> Iterator[Seat]:
    """Sit down at a venue with an account and a client that has loaded the markets."""
    desk = DESKS[request.param]
    client = desk.client(server)
    client.load_markets()
    yield Seat(server, desk, client)
    client.session.close()
