"""What the venues list: ticks, lots, minimums, brackets and fees, trimmed to four symbols each."""

from dataclasses import dataclass, replace

from tests.factories.venue_server.figures import SCALE, units


@dataclass(frozen=True, slots=True)
class Bracket:
    """One bracket of notional: from ``floor`` on the leverage is capped and the maintenance ratio holds."""

    floor: int
    cap: int
    leverage: int
    ratio: int
    amount: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One perpetual: figures at 1e-8. ``status`` is 'trading' or 'delisted'."""

    symbol: str
    price: int
    tick: int
    lot: int
    min_notional: int
    brackets: tuple[Bracket, ...]
    status: str = "trading"

    @property
    def max_leverage(self) -> int:
        """The highest leverage of all brackets."""
        return self.brackets[0].leverage

    def leverage_at(self, notional: int) -> int:
        """Return the highest leverage allowed for a position of this notional; 0 above all brackets."""
        return next((each.leverage for each in self.brackets if notional <= each.cap), 0)


@dataclass(frozen=True, slots=True)
class VenueRules:
    """How a venue's books differ. Fees are ratios at 1e-8.

    ``child_orders``: a conditional order that triggers starts another order with an id of its own.
    ``client_ids``: 'open' where a client id is refused only while an order with it is open, or 'ever'.
    ``child_keeps_id``: and under the same client id. ``both_legs``: long and short are held side by side.
    ``cent`` is the step to which fees are rounded up.
    ``reduce_only_ends``: resting reduce-only orders end when the position is closed.
    """

    name: str
    asset: str
    maker: int
    taker: int
    child_orders: bool
    client_ids: str = "open"
    reduce_only_ends: bool = True
    leverage: int = 20
    cent: int = 1
    both_legs: bool = False
    child_keeps_id: bool = False


VENUE_RULES = {
    "binanceusdm": VenueRules("binanceusdm", "USDT", units("0.0002"), units("0.0005"), child_orders=True),
    "aster": VenueRules("aster", "USDT", units("0.0001"), units("0.00035"), child_orders=False),
    "weex": VenueRules(
        "weex",
        "USDT",
        units("0.0002"),
        units("0.0008"),
        child_orders=True,
        both_legs=True,
        child_keeps_id=True,
    ),
    "hyperliquid": VenueRules(
        "hyperliquid", "USDC", units("0.00015"), units("0.00045"), child_orders=False, cent=100
    ),
}


def _brackets(rows: tuple[tuple[int, int, str, str], ...]) -> tuple[Bracket, ...]:
    made, floor = [], 0
    for cap, leverage, ratio, amount in rows:
        made.append(Bracket(floor, cap * SCALE, leverage, units(ratio), units(amount)))
        floor = cap * SCALE
    return tuple(made)


_DEEP = _brackets(
    (
        (50_000, 125, "0.004", "0"),
        (600_000, 100, "0.005", "50"),
        (3_000_000, 75, "0.0065", "950"),
        (12_000_000, 50, "0.01", "11450"),
    )
)
_SHALLOW = _brackets(((10_000, 50, "0.01", "0"), (100_000, 25, "0.02", "100"), (500_000, 10, "0.05", "3100")))

_PERPETUALS = (
    Listing("BTC", units("60000"), units("0.1"), units("0.001"), units("100"), _DEEP),
    Listing("ETH", units("3000"), units("0.01"), units("0.001"), units("20"), _DEEP),
    Listing("SOL", units("150"), units("0.01"), units("0.01"), units("5"), _SHALLOW),
    Listing("FTT", units("2"), units("0.001"), units("0.1"), units("5"), _SHALLOW, status="delisted"),
)
_ON_CHAIN = (
    Listing("BTC", units("60000"), units("1"), units("0.00001"), units("10"), _DEEP),
    Listing("ETH", units("3000"), units("0.1"), units("0.0001"), units("10"), _DEEP),
    Listing("SOL", units("150"), units("0.01"), units("0.01"), units("10"), _SHALLOW),
    Listing("FTT", units("2"), units("0.001"), units("0.1"), units("10"), _SHALLOW, status="delisted"),
)


def listings_of(venue: str) -> tuple[Listing, ...]:
    """Return what a venue lists."""
    if venue == "weex":  # a minimum of size, none of notional
        return tuple(replace(each, min_notional=0) for each in _PERPETUALS)
    return _ON_CHAIN if venue == "hyperliquid" else _PERPETUALS
