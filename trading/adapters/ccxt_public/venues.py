"""The venues that are asked for prices, and how each one's client is made."""

import importlib
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from trading.ports import MarketUnavailableError

MakeClient = Callable[[str, int], Any]
"""Takes a venue's key and a time limit in milliseconds, returns a ccxt client."""


class PublicVenue(NamedTuple):
    """One venue: its name for people, the asset its perpetuals settle in, options of its client."""

    name: str
    quote: str
    options: dict[str, Any]


VENUES: Final = {
    "binanceusdm": PublicVenue("Binance USD-M", "USDT", {}),
    "hyperliquid": PublicVenue("Hyperliquid", "USDC", {"fetchMarkets": {"types": ["swap"]}}),
    "aster": PublicVenue("Aster", "USDT", {"defaultType": "swap"}),
    "weex": PublicVenue("WEEX", "USDT", {"defaultType": "swap"}),
}


def venue_of(key: str) -> PublicVenue:
    """Return a venue by its key; raises MarketUnavailableError for one that is not in the table."""
    if key not in VENUES:
        raise MarketUnavailableError(f"no venue is called {key!r}; use one of {', '.join(VENUES)}")
    return VENUES[key]


def make_client(key: str, timeout_ms: int) -> Any:
    """Return a keyless client of a venue. ccxt is heavy, so it is imported only when a venue is used.

    The client's own throttle is off: it would make the symbols of one snapshot wait for each other, and a
    round asks for a handful of pages every few seconds, far below any venue's limit.
    """
    ccxt = importlib.import_module("ccxt")
    keyless = importlib.import_module("trading.adapters.ccxt_live.keyless")
    settings = {
        "session": keyless.KeylessSession(),
        "enableRateLimit": False,
        "timeout": timeout_ms,
        "has": {"fetchCurrencies": False},  # chains and deposit fees: nothing that a price needs
        "options": venue_of(key).options,
    }
    return getattr(ccxt, key)(settings)
