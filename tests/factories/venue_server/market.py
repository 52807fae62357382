"""One venue's market: prices, listings, ids, its clock, what is still to happen."""

import heapq
import threading
from collections.abc import Callable

from tests.factories.venue_server.figures import SCALE, times
from tests.factories.venue_server.listings import VENUE_RULES, Listing, listings_of
from tests.factories.venue_server.records import Refusal


class Market:
    """What all accounts of a venue share. Everything is done under ``lock``.

    ``slippage`` is the ratio at 1e-8 by which a market order fills worse than the last price.
    ``prices`` are last prices, ``marks`` those that differ from them.
    """

    def __init__(self, venue: str, clock: Callable[[], int], lock: threading.RLock) -> None:
        self.venue, self.lock = venue, lock
        self.rules = VENUE_RULES[venue]
        self.listings: dict[str, Listing] = {each.symbol: each for each in listings_of(venue)}
        self.prices = {symbol: each.price for symbol, each in self.listings.items()}
        self.marks: dict[str, int] = {}
        self.slippage = 0
        self.stale_s = 0.5
        self.late_s = 0.2
        self.dead_man_volume = 1_000_000 * SCALE
        self._clock, self._last_ms, self._last_id = clock, 0, 0
        self._later: list[tuple[int, int, Callable[[], None]]] = []
        self._watchers: list[Callable[[str], None]] = []

    def now(self) -> int:
        """Return the time at which something is booked: the venue's clock, never backwards."""
        self._last_ms = max(self._last_ms, self._clock())
        return self._last_ms

    def wall(self) -> int:
        """Return the clock that the venue shows and checks requests by; a test may turn it back."""
        return self._clock()

    def step(self) -> None:
        """Let the next booking be at least a millisecond later than the last."""
        self._last_ms = self.now() + 1

    def next_id(self, base: int = 8_000_000_000) -> int:
        """Return an id that nothing else of this venue has."""
        self._last_id += 1
        return base + self._last_id

    def listing(self, symbol: str) -> Listing:
        """Return what is listed, whether it trades or not."""
        if symbol not in self.listings:
            raise Refusal("unknown_symbol", symbol)
        return self.listings[symbol]

    def mark(self, symbol: str) -> int:
        """Return the mark price: the last price unless another has been set."""
        return self.marks.get(symbol, self.prices[symbol])

    def taking_price(self, symbol: str, side: int) -> int:
        """Return what a market order gets: the last price, worse by the slippage, on the tick."""
        price, tick = self.prices[symbol], self.listings[symbol].tick
        worse = times(price, self.slippage, up=True)
        return -(-(price + worse) // tick) * tick if side > 0 else (price - worse) // tick * tick

    def watch(self, moved: Callable[[str], None]) -> None:
        """Call this after each move of a price with the symbol."""
        self._watchers.append(moved)

    def move(self, symbol: str, price: int, mark: int | None = None) -> None:
        """Set the last price, and the mark with it unless given; resting orders fill, triggers fire."""
        with self.lock:
            self.listing(symbol)
            self.run_due()
            self.prices[symbol] = price
            self.marks.pop(symbol, None)
            if mark is not None:
                self.marks[symbol] = mark
            for moved in self._watchers:
                moved(symbol)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do this after a while: at the first request or look at the book from then on."""
        heapq.heappush(self._later, (self.now() + round(seconds * 1000), self.next_id(0), action))

    def run_due(self, *, everything: bool = False) -> None:
        """Do what is due by now, or all that is left."""
        with self.lock:
            while self._later and (everything or self._later[0][0] <= self.now()):
                heapq.heappop(self._later)[2]()
