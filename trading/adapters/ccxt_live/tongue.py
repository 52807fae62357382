"""What each venue's dialect must be able to say; the account's view of it is venue.LiveAccount."""

from typing import Any, Protocol

from trading.adapters.ccxt_live.legs import Leg
from trading.adapters.ccxt_live.markets import Markets
from trading.domain.venue import (
    Acknowledged,
    Permissions,
    VenueBalance,
    VenueFill,
    VenueIncome,
    VenueOrder,
    VenuePosition,
)


class Tongue(Protocol):
    """One venue's requests and answers; nothing is sent twice.

    Everything here raises TroubleError, or ValueError for an answer that cannot be read.
    """

    @property
    def client(self) -> Any:
        """The client of ccxt behind it."""

    def markets(self) -> Markets:
        """Fetch what is listed."""

    def know(self, markets: Markets) -> None:
        """Take a list that was fetched before."""

    def place(self, leg: Leg, signed_ms: int) -> Acknowledged:
        """Send an order by exactly one request, signed as of this moment (UTC ms) and not long after it."""

    def cancel(self, order: VenueOrder) -> Acknowledged:
        """Cancel an order by one request."""

    def find(self, order_id: str, symbol: str, since_ms: int) -> VenueOrder | None:
        """Look one of our orders up; ``order_id`` is ours."""

    def open_orders(self, symbols: tuple[str, ...]) -> list[VenueOrder]:
        """Fetch what rests on these symbols at least, plain and conditional; on all for none."""

    def fills(self, symbols: tuple[str, ...], since_ms: int) -> list[VenueFill]:
        """Fetch executions."""

    def positions(self) -> list[VenuePosition]:
        """Fetch open positions."""

    def balance(self) -> VenueBalance:
        """Fetch the money."""

    def income(self, since_ms: int) -> list[VenueIncome]:
        """Fetch movements of money that are no trades."""

    def prepare(self, symbol: str, leverage: int, margin_mode: str) -> None:
        """Set leverage and margin mode."""

    def chosen(self, symbol: str) -> tuple[int, str] | None:
        """Fetch leverage and margin mode as they are set; None where the venue does not tell."""

    def permissions(self) -> Permissions:
        """Fetch what the key may do."""

    def hold(self, symbols: frozenset[str], timeout_ms: int) -> bool:
        """Let the venue cancel the orders of these symbols after the time; False where it cannot."""

    def time(self) -> int:
        """Fetch the venue's clock."""

    def fees(self, symbol: str) -> tuple[int, int] | None:
        """Fetch the account's own taker and maker fee; None where the venue does not tell."""
