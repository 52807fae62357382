"""What trading asks of the world outside: market data and a venue."""

from typing import Protocol

from trading.domain.funding import FundingRate
from trading.domain.instruments import Instrument
from trading.domain.market import ExecutionBook, MarketInfo, MarketSnapshot, OrderBook, Tick
from trading.domain.orders import ApprovedOrder, VenueOutcome
from trading.domain.positions import Position
from trading.domain.venue import (
    Permissions,
    Refused,
    SubmitOutcome,
    VenueBalance,
    VenueFill,
    VenueIncome,
    VenueOrder,
    VenuePosition,
)


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

    def fetch_funding(self, after_ms: int, until_ms: int) -> tuple[FundingRate, ...]:
        """Return the settlements of funding with after_ms < market_ms <= until_ms, oldest first.

        Several symbols at one instant come in the order of their names. None where the market has none.
        """


class Venue(Protocol):
    """Where approved orders go. Never raises for a refusal: that is an outcome."""

    def submit(
        self, order: ApprovedOrder, book: OrderBook | None, position: Position | None, available: int
    ) -> VenueOutcome:
        """Execute one order against what its account left of the round's execution book.

        ``book`` is None where the market no longer shows the symbol: that is a refusal.

        ``position`` and ``available`` are the account's at this moment: a reduce-only order is clamped to
        the one, margin and fee must fit into the other.
        """


class VenueError(Exception):
    """What looking at a real venue may raise; the text is one sentence for the operator, without any key.

    VenueError
     ├── VenueUnavailableError   no answer, or none that can be believed: nothing is known, look again
     └── VenueRefusedError       the venue said no (a key, a permission, an unknown symbol): look at it
    """


class VenueUnavailableError(VenueError):
    """Nothing is known: neither that something is there nor that it is not."""


class VenueRefusedError(VenueError):
    """The venue's definite no to a question."""


class LiveVenue(Protocol):
    """One account at one real venue. ``submit`` and ``cancel`` return outcomes; looking may raise VenueError.

    Every id is ours: an adapter renders it for its venue and reads it back.
    """

    @property
    def name(self) -> str:
        """The venue's key: 'aster', 'weex', 'hyperliquid', 'binanceusdm'."""

    @property
    def window_ms(self) -> int:
        """How long after the moment it was signed the venue takes an order, by the venue's own clock."""

    def prepare(self, symbol: str, leverage: int, margin_mode: str) -> None:
        """Set leverage and margin mode before the first order; doing it again changes nothing."""

    def check(
        self, order: ApprovedOrder, kind: str, price: int | None, trigger: int | None
    ) -> Refused | None:
        """Do everything slow that ``submit`` needs, and send nothing; return why it would not be sent.

        Raises VenueError where that could not be found out.
        """

    def submit(
        self,
        order: ApprovedOrder,
        kind: str,
        price: int | None,
        trigger: int | None,
        signed_ms: int | None = None,
    ) -> SubmitOutcome:
        """Send one order once, never again by itself. ``kind`` as in VenueOrder; raises nothing.

        Signed as of ``signed_ms`` (UTC ms, now for None): it is not sent much later, and where it arrives
        more than ``window_ms`` later the venue refuses it.
        """

    def cancel(self, order: VenueOrder) -> SubmitOutcome:
        """Ask for an order to be cancelled; raises nothing."""

    def find_order(self, client_order_id: str, symbol: str, since_ms: int) -> VenueOrder | None:
        """Return our order by its client id, wherever the venue keeps it; None where none was found.

        None proves nothing by itself: an order can be younger than the venue's lists.
        """

    def fetch_open_orders(self, symbols: tuple[str, ...]) -> tuple[VenueOrder, ...]:
        """Return what rests there, plain and conditional."""

    def fetch_fills(self, symbols: tuple[str, ...], since_ms: int) -> tuple[VenueFill, ...]:
        """Return executions from this moment on, oldest first."""

    def fetch_positions(self) -> tuple[VenuePosition, ...]:
        """Return every open position of the account."""

    def fetch_balance(self) -> VenueBalance:
        """Return the account's money."""

    def fetch_income(self, since_ms: int) -> tuple[VenueIncome, ...]:
        """Return funding and other movements from this moment on, oldest first."""

    def fetch_permissions(self) -> Permissions:
        """Return what the key may do."""

    def hold_dead_man(self, timeout_ms: int) -> bool:
        """Let the venue cancel everything unless this is called again in time; False where it cannot."""

    def fetch_time(self) -> int:
        """Return the venue's clock."""
