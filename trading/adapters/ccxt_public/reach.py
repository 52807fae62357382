"""Finding a venue that answers."""

import queue
import threading
import time
from collections.abc import Callable, Sequence

from trading.adapters.ccxt_public.market import CcxtPublicMarket
from trading.adapters.ccxt_public.venues import VENUES, MakeClient, make_client
from trading.ports import MarketUnavailableError


def first_reachable(
    symbols: tuple[str, ...],
    *,
    clock: Callable[[], int],
    venues: Sequence[str] = tuple(VENUES),
    timeout_s: float = 3.0,
    make: MakeClient = make_client,
) -> CcxtPublicMarket | None:
    """Return the first venue that lists all symbols and shows their books; None if none answers in time.

    Where no venue lists all, it is the one that lists most of those that answered, and ``info.symbols`` holds
    what it lists. All venues are asked at once; the whole never takes longer than ``timeout_s``.
    """
    race = _Race(symbols, clock, round(timeout_s * 1000), make)
    for venue in venues:
        # Daemons, because a look-up of a host's name can hang longer than anybody wants to wait.
        threading.Thread(target=race.run, args=(venue,), name=f"reach-{venue}", daemon=True).start()
    return race.winner(len(venues), time.monotonic() + timeout_s)


class _Race:
    """Venues in parallel; the first complete answer wins, what is not taken is closed."""

    def __init__(
        self, symbols: tuple[str, ...], clock: Callable[[], int], timeout_ms: int, make: MakeClient
    ) -> None:
        self._symbols, self._clock, self._timeout_ms, self._make = symbols, clock, timeout_ms, make
        self._answers: queue.Queue[CcxtPublicMarket | None] = queue.Queue()
        self._lock = threading.Lock()
        self._over = False

    def run(self, venue: str) -> None:
        """Try one venue."""
        found: CcxtPublicMarket | None = None
        try:
            client = self._make(venue, self._timeout_ms)
            found = _proven(CcxtPublicMarket(venue, self._symbols, client, clock=self._clock))
        finally:
            self._hand_in(found)

    def _hand_in(self, found: CcxtPublicMarket | None) -> None:
        with self._lock:
            if not self._over:
                self._answers.put(found)
            elif found is not None:
                found.close()

    def winner(self, venues: int, deadline: float) -> CcxtPublicMarket | None:
        """Wait for a venue that lists everything, for all to have answered, or for the deadline."""
        found: list[CcxtPublicMarket] = []
        for _ in range(venues):
            try:
                market = self._answers.get(timeout=max(deadline - time.monotonic(), 0))
            except queue.Empty:
                break
            found.extend([market] if market is not None else [])
            if market is not None and market.info.symbols == self._symbols:
                break
        best = max(found, key=lambda market: len(market.info.symbols), default=None)
        self._close_all_but(best, found)
        return best

    def _close_all_but(self, best: CcxtPublicMarket | None, found: list[CcxtPublicMarket]) -> None:
        with self._lock:
            self._over = True  # whoever answers from now on is late and closes itself
            late = [self._answers.get_nowait() for _ in range(self._answers.qsize())]
        for market in (*found, *late):
            if market is not None and market is not best:
                market.close()


def _proven(market: CcxtPublicMarket) -> CcxtPublicMarket | None:
    """Return the market with what it lists and shows books of; None, closed, where there is nothing."""
    try:
        listed = market.of_symbols(market.fetch_listed())
        listed.fetch_execution_book(after_ms=0)
    except MarketUnavailableError:
        market.close()
        return None
    return listed
