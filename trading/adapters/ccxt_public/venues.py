"""The venues that are asked for prices, and how each one's client is made."""

import importlib
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from trading.ports import MarketUnavailableError

MakeClient = Callable[[str, int], Any]
"""Takes a venue's key and a time limit in milliseconds, returns a ccxt client."""


class PublicVenue(NamedTuple):
    """One venue: its name for people, the asset its perpetuals settle in, options of its client.

    ``in_base``: its quantities are of the base asset, whatever it calls a contract. ``past`` is what must be
    said to get candles since a moment and not the newest, ``page`` how many it gives of those at once.
    """

    name: str
    quote: str
    options: dict[str, Any]
    in_base: bool = False
    past: dict[str, Any] = {}
    page: int = 1_000


VENUES: Final = {
    "binanceusdm": PublicVenue("Binance USD-M", "USDT", {}),
    "hyperliquid": PublicVenue("Hyperliquid", "USDC", {"fetchMarkets": {"types": ["swap"]}}),
    "aster": PublicVenue("Aster", "USDT", {"defaultType": "swap"}),
    # Its contractVal (0.001 BTC) is the step of quantities: a day's volume times the price is its turnover,
    # a fill's qty times its price the quoteQty, and the smallest order is 0.001.
    "weex": PublicVenue("WEEX", "USDT", {"defaultType": "swap"}, True, {"historical": True}, 100),
}


def venue_of(key: str) -> PublicVenue:
    """Return a venue by its key; raises MarketUnavailableError for one that is not in the table."""
    if key not in VENUES:
        raise MarketUnavailableError(f"no venue is called {key!r}; use one of {', '.join(VENUES)}")
    return VENUES[key]


def fetch_bars(client: Any, name: str, since_ms: int, count: int) -> list[Any]:
    """Return up to so many one-minute rows of a market that opened from a moment on, as ccxt gives them."""
    rows: list[Any] = client.fetch_ohlcv(name, "1m", since_ms, count, dict(venue_of(client.id).past))
    return rows


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
