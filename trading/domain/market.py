"""The market as a round sees it: candles, order books, snapshots, execution books and ticks.

Prices, quantities and notionals are integers at 1e-8; times are market milliseconds in UTC.
Everything here is a value; reading a market is the business of ``trading.ports.MarketData``.
"""

from dataclasses import dataclass
from typing import NamedTuple


class Candle(NamedTuple):
    """One bar. ``turnover`` is in USDT units, 0 where the source does not say."""

    open_ms: int
    open: int
    high: int
    low: int
    close: int
    turnover: int
    filled: bool = False
    """True where the source had a gap and the previous close stands in."""


class Level(NamedTuple):
    """One price of an order book and the quantity resting there."""

    price: int
    qty: int


@dataclass(frozen=True, slots=True)
class OrderBook:
    """Resting orders, best first on both sides."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]

    @property
    def mid(self) -> int:
        """Middle of best bid and best ask, rounded down."""
        return (self.bids[0].price + self.asks[0].price) // 2


@dataclass(frozen=True, slots=True)
class SymbolSnapshot:
    """One symbol at the moment of the snapshot.

    ``candles`` are closed bars, oldest first; none of them ends after the snapshot.
    ``observed_ms`` is when the source last said anything new: the stale-data rule measures from it.
    ``funding_rate`` is a ratio per funding interval, None where the source has none.
    """

    symbol: str
    mark: int
    book: OrderBook
    candles: tuple[Candle, ...]
    observed_ms: int
    funding_rate: int | None = None


@dataclass(frozen=True, slots=True)
class MarketSnapshot:
    """What every contestant of a round sees, and nothing else. ``source`` names the market plainly."""

    market_ms: int
    source: str
    bar_ms: int
    symbols: tuple[SymbolSnapshot, ...]

    def of(self, symbol: str) -> SymbolSnapshot:
        """Return one symbol's part; raises KeyError for a symbol the snapshot does not hold."""
        for part in self.symbols:
            if part.symbol == symbol:
                return part
        raise KeyError(symbol)


@dataclass(frozen=True, slots=True)
class ExecutionBook:
    """The first market state after the deadline: every fill of the round uses it, and only it."""

    market_ms: int
    source: str
    books: dict[str, OrderBook]
    marks: dict[str, int]


class SymbolTick(NamedTuple):
    """One symbol's way since the previous tick. A point observation has open = high = low = close.

    ``spread`` is the full bid-ask spread as a ratio of the price.
    """

    symbol: str
    open: int
    high: int
    low: int
    close: int
    spread: int


@dataclass(frozen=True, slots=True)
class Tick:
    """All symbols at one market moment between rounds; ``market_ms`` is when the span ended."""

    market_ms: int
    source: str
    symbols: tuple[SymbolTick, ...]


@dataclass(frozen=True, slots=True)
class MarketInfo:
    """What a market says of itself.

    ``kind`` is 'simulated', 'tape' or 'live'; ``label`` is the sentence part every page shows.
    ``first_ms`` and ``last_ms`` bound the moments a snapshot can be taken at; None where open-ended.
    ``books`` says where order books come from: 'venue' or 'formula'; ``funding`` where settlements of funding
    do: 'venue', 'formula', 'recorded', or 'none' where none is ever paid.
    """

    kind: str
    label: str
    bar_ms: int
    books: str
    symbols: tuple[str, ...]
    first_ms: int | None = None
    last_ms: int | None = None
    funding: str = "none"
