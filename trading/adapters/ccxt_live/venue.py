"""One account at one real venue, as the rest of the house sees it (trading.ports.LiveVenue)."""

from collections.abc import Callable
from typing import Final, TypeVar

from kernel.time import HOUR_MS, MINUTE_MS
from trading.adapters.ccxt_live.dialects import dialect_of
from trading.adapters.ccxt_live.errors import TroubleError
from trading.adapters.ccxt_live.legs import fit
from trading.adapters.ccxt_live.markets import Listed, Markets
from trading.adapters.ccxt_live.tongue import Tongue
from trading.domain.orders import ApprovedOrder
from trading.domain.venue import (
    Acknowledged,
    Permissions,
    Refused,
    SubmitOutcome,
    Unclear,
    VenueBalance,
    VenueFill,
    VenueIncome,
    VenueOrder,
    VenuePosition,
)
from trading.ports import VenueError, VenueRefusedError, VenueUnavailableError

Answer = TypeVar("Answer")

_OF_OTHER_QUESTIONS: Final = frozenset({"not_found", "no_change"})
"""Codes that answer a look or a setting; to an order they say nothing."""

MARKETS_MS: Final = HOUR_MS
"""How long a list of markets is believed."""

_UNREADABLE: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError)


def _about_an_order(outcome: SubmitOutcome) -> SubmitOutcome:
    if isinstance(outcome, Refused) and outcome.code in _OF_OTHER_QUESTIONS:
        return Unclear(f"{outcome.code}: {outcome.text}")
    return outcome


class LiveAccount:
    """Sends approved orders once and looks at what became of them; nothing is believed unread.

    ``clock`` returns UTC ms. Every request has passed the gate and the shared budget.
    """

    def __init__(self, name: str, tongue: Tongue, clock: Callable[[], int]) -> None:
        self._name, self._tongue, self._clock = name, tongue, clock
        self._markets: Markets | None = None
        self._markets_until_ms = 0
        self._touched: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The venue's key."""
        return self._name

    @property
    def tongue(self) -> Tongue:
        """The venue's dialect; the preflight asks it more than trading does."""
        return self._tongue

    @property
    def window_ms(self) -> int:
        """How long after it was signed the venue takes an order."""
        return dialect_of(self._name).window_ms

    def listing(self) -> Markets:
        """Return what is listed, from a list of the last hour.

        Where a new one cannot be had the old one stands for a minute more: closing must not wait for it.
        """
        now = self._clock()
        if self._markets is not None and now < self._markets_until_ms:
            return self._markets
        try:
            self._markets = self._looked("its list of markets", self._tongue.markets)
            self._markets_until_ms = now + MARKETS_MS
        except VenueError:
            if self._markets is None:
                raise
            self._markets_until_ms = now + MINUTE_MS
        return self._markets

    def prepare(self, symbol: str, leverage: int, margin_mode: str) -> None:
        """Set leverage and margin mode; raises VenueRefusedError for a leverage the symbol does not have."""
        listed = self._listed(symbol)
        if listed.max_leverage is not None and leverage > listed.max_leverage:
            raise VenueRefusedError(
                f"{self._name}: leverage_refused: {symbol} allows {listed.max_leverage}x, not {leverage}x"
            )
        self._touch(symbol)
        self._looked(f"leverage of {symbol}", lambda: self._tongue.prepare(symbol, leverage, margin_mode))

    def _listed(self, symbol: str) -> Listed:
        listed = self.listing().by_symbol.get(symbol)
        if listed is None:
            raise VenueRefusedError(f"{self._name}: unknown_symbol: {symbol} is not listed there")
        return listed

    def check(
        self, order: ApprovedOrder, kind: str, price: int | None, trigger: int | None
    ) -> Refused | None:
        """Fit an order to a list not older than an hour, which may have to be fetched; send nothing."""
        leg = fit(self._name, self.listing(), order, kind, price, trigger)
        return leg if isinstance(leg, Refused) else None

    def submit(
        self,
        order: ApprovedOrder,
        kind: str,
        price: int | None,
        trigger: int | None,
        signed_ms: int | None = None,
    ) -> SubmitOutcome:
        """Send one order by one request; whatever goes wrong is an outcome.

        It is signed as of ``signed_ms``, and asks for nothing else first then: a list that is there is used.
        """
        moment = self._clock() if signed_ms is None else signed_ms
        try:
            listing = self.listing() if signed_ms is None or self._markets is None else self._markets
            leg = fit(self._name, listing, order, kind, price, trigger)
        except VenueError as error:  # nothing of the order has been sent: its symbol could not be looked up
            return Unclear(f"not sent: {error}", sent=False)
        if isinstance(leg, Refused):
            return leg
        self._touch(leg.listed.symbol)
        return _about_an_order(self._sent(lambda: self._tongue.place(leg, moment)))

    def cancel(self, order: VenueOrder) -> SubmitOutcome:
        """Ask for a cancel by one request."""
        try:
            self.listing()
        except VenueError as error:
            return Unclear(f"not sent: {error}", sent=False)
        return self._sent(lambda: self._tongue.cancel(order))

    @staticmethod
    def _sent(action: Callable[[], Acknowledged]) -> SubmitOutcome:
        try:
            return action()
        except TroubleError as trouble:
            if trouble.definite:
                return Refused(trouble.code, trouble.text)
            return Unclear(str(trouble), trouble.sent)
        except VenueUnavailableError as spent:  # the budget: the request was never made
            return Unclear(f"not sent: {spent}", sent=False)
        except _UNREADABLE as error:
            return Unclear(f"unreadable answer: {type(error).__name__}")

    def find_order(self, client_order_id: str, symbol: str, since_ms: int) -> VenueOrder | None:
        """Return our order wherever the venue keeps it."""
        self.listing()
        return self._looked(
            f"order {client_order_id}", lambda: self._tongue.find(client_order_id, symbol, since_ms)
        )

    def fetch_open_orders(self, symbols: tuple[str, ...]) -> tuple[VenueOrder, ...]:
        """Return what rests on these symbols; on all for none."""
        self.listing()
        found = self._looked("open orders", lambda: self._tongue.open_orders(symbols))
        kept = tuple(order for order in found if not symbols or order.symbol in symbols)
        for order in kept:
            self._touch(order.symbol)
        return kept

    def fetch_fills(self, symbols: tuple[str, ...], since_ms: int) -> tuple[VenueFill, ...]:
        """Return executions from this moment on, oldest first, each once."""
        self.listing()
        found = self._looked("fills", lambda: self._tongue.fills(symbols, since_ms))
        return tuple(sorted(found, key=lambda fill: (fill.executed_ms, fill.trade_id)))

    def fetch_positions(self) -> tuple[VenuePosition, ...]:
        """Return every open position."""
        self.listing()
        return tuple(self._looked("positions", self._tongue.positions))

    def fetch_balance(self) -> VenueBalance:
        """Return the account's money."""
        return self._looked("the balance", self._tongue.balance)

    def fetch_income(self, since_ms: int) -> tuple[VenueIncome, ...]:
        """Return movements of money that are no trades, oldest first."""
        self.listing()
        found = self._looked("movements of money", lambda: self._tongue.income(since_ms))
        return tuple(sorted(found, key=lambda each: (each.booked_ms, each.income_id)))

    def fetch_permissions(self) -> Permissions:
        """Return what the key may do."""
        return self._looked("the key's permissions", self._tongue.permissions)

    def hold_dead_man(self, timeout_ms: int) -> bool:
        """Let the venue cancel the orders of every symbol this account has touched; False where it cannot."""
        touched = self._touched
        return self._looked("the dead man's switch", lambda: self._tongue.hold(touched, timeout_ms))

    def fetch_time(self) -> int:
        """Return the venue's clock."""
        return self._looked("the clock", self._tongue.time)

    def _touch(self, symbol: str) -> None:
        self._touched |= {symbol}

    def _looked(self, what: str, action: Callable[[], Answer]) -> Answer:
        """Return what was found; the error raised has no other one behind it, which could hold a request."""
        problem: VenueError
        try:
            return action()
        except TroubleError as trouble:
            kind = VenueRefusedError if trouble.definite else VenueUnavailableError
            problem = kind(f"{self._name}: {what}: {trouble}")
        except _UNREADABLE as error:
            problem = VenueUnavailableError(
                f"{self._name}: {what}: the answer cannot be read ({type(error).__name__})"
            )
        raise problem
