"""Finding a venue that answers."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from trading.adapters.ccxt_public.market import CcxtPublicMarket
from trading.adapters.ccxt_public.venues import VENUES, make_client
from trading.ports import MarketUnavailableError

MakeClient = Callable[[str, int], Any]
"""Takes a venue's key and a time limit in milliseconds, returns a ccxt client."""


def first_reachable(
    symbols: tuple[str, ...],
    *,
    clock: Callable[[], int],
    venues: Sequence[str] = tuple(VENUES),
    timeout_s: float = 3.0,
    make: MakeClient = make_client,
) -> CcxtPublicMarket | None:
    """Return the first venue that lists all symbols and shows their books; None if none does in time.

    All venues are asked at once; the whole never takes longer than ``timeout_s``.
    """
    race = _Race(symbols, clock, round(timeout_s * 1000), make)
    for venue in venues:
        # Daemons, because a look-up of a host's name can hang longer than anybody wants to wait.
        threading.Thread(target=race.run, args=(venue,), name=f"reach-{venue}", daemon=True).start()
    return race.winner(len(venues), time.monotonic() + timeout_s)


class _Race:
    """Venues in parallel; the first good answer wins, later ones are closed."""

    def __init__(
        self, symbols: tuple[str, ...], clock: Callable[[], int], timeout_ms: int, make: MakeClient
    ) -> None:
        self._symbols, self._clock, self._timeout_ms, self._make = symbols, clock, timeout_ms, make
        self._answers: queue.Queue[CcxtPublicMarket | None] = queue.Queue()
        self._lock = threading.Lock()
        self._over = False

    def run(self, venue: str) -> None:
        """Try one venue."""
        winner: CcxtPublicMarket | None = None
        try:
            client = self._make(venue, self._timeout_ms)
            market = CcxtPublicMarket(venue, self._symbols, client, clock=self._clock)
            if self._proves_itself(market) and self._takes_the_win():
                winner = market
            else:
                market.close()
        finally:
            self._answers.put(winner)

    def _proves_itself(self, market: CcxtPublicMarket) -> bool:
        try:
            market.fetch_execution_book(after_ms=0)
        except MarketUnavailableError:
            return False
        return True

    def _takes_the_win(self) -> bool:
        with self._lock:
            first, self._over = not self._over, True
            return first

    def winner(self, venues: int, deadline: float) -> CcxtPublicMarket | None:
        """Wait for the winner, for all to have failed, or for the deadline."""
        for _ in range(venues):
            try:
                market = self._answers.get(timeout=max(deadline - time.monotonic(), 0))
            except queue.Empty:
                break
            if market is not None:
                return market
        self._takes_the_win()  # whoever answers now is late and closes itself
        return None
