"""What differs from venue to venue and is no behaviour: names, keys, testnets, limits, options."""

from typing import Any, Final, NamedTuple

from trading.adapters.ccxt_live.endpoints import ASTER, BINANCE, HYPERLIQUID, WEEX, WEEX_SIMULATED, Table
from trading.ports import VenueRefusedError

MAX_FEE: Final = 1_000_000
"""1 %, in units: a fee above is a percentage that somebody read as a ratio."""


class Dialect(NamedTuple):
    """One venue. ``keys`` are its credential fields as ccxt names them.

    ``testnet``: 'demo' or 'sandbox' (hosts of its own), 'simulated' (other paths) or '' for none.
    ``per_minute`` is the weight one internet address may spend a minute, below what the venue says.
    ``window_ms``: so long after the moment it is signed as of the venue takes an order, by its own clock.
    """

    name: str
    quote: str
    keys: tuple[str, ...]
    table: Table
    testnet: str
    per_minute: int
    options: dict[str, Any]
    window_ms: int
    test_table: Table | None = None

    def table_of(self, profile: str) -> Table:
        """Return the requests an account of this profile may make."""
        return self.test_table if profile == "testnet" and self.test_table is not None else self.table


DIALECTS: Final = {
    "binanceusdm": Dialect(
        name="Binance USD-M",
        quote="USDT",
        keys=("apiKey", "secret"),
        table=BINANCE,
        testnet="demo",
        per_minute=2_000,
        options={
            "fetchMargins": False,
            "warnOnFetchOpenOrdersWithoutSymbol": False,
            "recvWindow": 5_000,  # ccxt would ask for 10 s
        },
        window_ms=5_000,
        test_table={name: each for name, each in BINANCE.items() if name != "permissions"},
    ),
    "aster": Dialect(
        name="Aster",
        quote="USDT",
        keys=("privateKey",),
        table=ASTER,
        testnet="",
        per_minute=1_200,
        options={"builderFee": False, "approvedBuilderFee": False, "defaultType": "swap"},
        window_ms=10_000,  # of the nonce; v3 knows no recvWindow
    ),
    "weex": Dialect(
        name="WEEX",
        quote="USDT",
        keys=("apiKey", "secret", "password"),
        table=WEEX,
        testnet="simulated",
        per_minute=1_500,
        options={"partner": "", "defaultType": "swap"},
        window_ms=30_000,
        test_table=WEEX_SIMULATED,
    ),
    "hyperliquid": Dialect(
        name="Hyperliquid",
        quote="USDC",
        keys=("walletAddress", "privateKey"),
        table=HYPERLIQUID,
        testnet="sandbox",
        per_minute=1_000,
        options={"builderFee": False, "approvedBuilderFee": False, "refSet": True},
        window_ms=8_000,  # ours: each order names when it expires
    ),
}


def dialect_of(venue: str) -> Dialect:
    """Return a venue's dialect; raises VenueRefusedError for one that is not in the table."""
    if venue not in DIALECTS:
        raise VenueRefusedError(f"no venue is called {venue!r}; use one of {', '.join(DIALECTS)}")
    return DIALECTS[venue]


def check_profile(venue: str, profile: str) -> None:
    """Raise VenueRefusedError where a venue has nothing of a profile."""
    if profile == "testnet" and not dialect_of(venue).testnet:
        raise VenueRefusedError(
            f"{dialect_of(venue).name} has no testnet: an account there is live, or it stays on paper"
        )
