"""Real ccxt clients of the four venues, each set up so that nothing but what a test asks for is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ccxt

from tests.factories.venue_server import VenueServer


@dataclass(frozen=True)
class Desk:
    """How one venue is used. ``hidden`` are the options that keep ccxt from sending what nobody asked for."""

    venue: str
    quote: str = "USDT"
    options: dict[str, Any] = field(default_factory=dict)
    truthy: Any = True
    priced_market: bool = False

    def symbol(self, base: str) -> str:
        """Return ccxt's name of a perpetual."""
        return f"{base}/{self.quote}:{self.quote}"

    def client(self, server: VenueServer, account: str = "main", **settings: Any) -> Any:
        """Return a client of an account, mounted on the server."""
        fields = server.credentials(self.venue, account) | {"timeout": 2_000, "enableRateLimit": False}
        made = getattr(ccxt, self.venue)(fields | {"options": dict(self.options)} | settings)
        made.initialize_client = lambda *_: True  # without it hyperliquid approves a builder unasked
        server.mount(made)
        return made


DESKS = {
    "binanceusdm": Desk("binanceusdm", options={"fetchCurrencies": False}),
    "aster": Desk("aster", options={"builderFee": False, "defaultType": "swap"}, truthy="true"),
    "weex": Desk("weex", options={"defaultType": "swap"}),
    "hyperliquid": Desk(
        "hyperliquid",
        quote="USDC",
        options={
            "builderFee": False,
            "approvedBuilderFee": False,
            "refSet": True,
            "enableUnifiedMargin": False,
        },
        priced_market=True,
    ),
}

Trade = Callable[..., Any]
