"""A venue's test net has books of its own: nothing that is done there touches the other one."""

from typing import Any

import pytest

from tests.factories.venue_server import VenueServer, units
from tests.venue_server.clients import DESKS


def _at_the_test_net(server: VenueServer, venue: str) -> Any:
    client = DESKS[venue].client(server)
    client.load_markets()  # before the switch: weex and hyperliquid list the same on both
    if venue == "binanceusdm":
        client.enable_demo_trading(True)
    else:
        client.set_sandbox_mode(True)
    return client


@pytest.mark.parametrize("venue", ["binanceusdm", "weex", "hyperliquid"])
def test_an_order_at_the_test_net_is_none_at_the_venue(server: VenueServer, venue: str) -> None:
    client = _at_the_test_net(server, venue)
    server.truth(f"{venue}:test")
    symbol = DESKS[venue].symbol("BTC")
    client.create_order(symbol, "market", "buy", 0.01, 60_000 if venue == "hyperliquid" else None)
    assert client.fetch_balance({"type": "swap"})[DESKS[venue].quote]["total"] < 10_000
    assert [each["contracts"] for each in client.fetch_positions() if each["contracts"]] == [0.01]
    assert server.truth(f"{venue}:test").positions == {"BTC": units("0.01")}
    assert not server.truth(venue).orders
    assert not server.order_requests(venue)
    client.session.close()
