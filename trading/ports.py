"""What trading asks of the world outside: market data and a venue."""

from typing import Protocol

from trading.domain.instruments import Instrument
from trading.domain.market import ExecutionBook, MarketInfo, MarketSnapshot, OrderBook, Tick
from trading.domain.orders import ApprovedOrder, VenueOutcome
from trading.domain.positions import Position


class MarketError(Exception):
    """Base of what a market may raise; the text is one sentence for the operator.

    MarketError
     ├── MarketUnavailable   outage: the caller tries again at the next tick
     ├── MarketEnded         a tape has no later data: the season is finished
     └── TapeError           a recording that cannot be used: file, row, column, remedy
    """


class MarketUnavailableError(MarketError):
    """No answer, or one that fails the checks: nothing is traded on it."""


class MarketEndedError(MarketError):
    """The recording holds nothing at or after the asked moment."""


class TapeError(MarketError):
    """A recording that is refused: the text names file, row, column and remedy."""


class MarketData(Protocol):
    """A market that can be looked at. Prices it returns are checked: positive, uncrossed, on tick."""

    @property
    def info(self) -> MarketInfo:
        """What this market is; every page and answer shows it."""

    def fetch_instruments(self) -> tuple[Instrument, ...]:
        """Return the instruments of ``info.symbols``, in that order."""

    def fetch_snapshot(self, market_ms: int) -> MarketSnapshot:
        """Return the market as known at this moment: no bar ends later."""

    def fetch_execution_book(self, after_ms: int) -> ExecutionBook:
        """Return the first market state after this moment; MarketUnavailableError where it shows none."""

    def fetch_ticks(self, after_ms: int, until_ms: int) -> tuple[Tick, ...]:
        """Return the ticks with after_ms < market_ms <= until_ms, oldest first."""


class Venue(Protocol):
    """Where approved orders go. Never raises for a refusal: that is an outcome."""

    def submit(
        self, order: ApprovedOrder, book: OrderBook, position: Position | None, available: int
    ) -> VenueOutcome:
        """Execute one order against the round's execution book.

        ``position`` and ``available`` are the account's at this moment: a reduce-only order is clamped to
        the one, margin and fee must fit into the other.
        """
