"""Ports that break on demand: a market that is away at named moments."""

from collections.abc import Callable

from trading.domain.funding import FundingRate
from trading.domain.instruments import Instrument
from trading.domain.market import ExecutionBook, MarketInfo, MarketSnapshot, Tick
from trading.ports import MarketData, MarketUnavailableError


class UnsteadyMarket:
    """A market that is away for the calls that ``is_away`` names; else the real one behind it."""

    def __init__(self, market: MarketData, is_away: Callable[[str, int], bool]) -> None:
        self._market = market
        self._is_away = is_away

    @property
    def info(self) -> MarketInfo:
        """What this market is."""
        return self._market.info

    def fetch_instruments(self) -> tuple[Instrument, ...]:
        """Return the instruments."""
        return self._market.fetch_instruments()

    def fetch_snapshot(self, market_ms: int) -> MarketSnapshot:
        """Return the market, if it is there."""
        self._check("snapshot", market_ms)
        return self._market.fetch_snapshot(market_ms)

    def fetch_execution_book(self, after_ms: int) -> ExecutionBook:
        """Return the book, if it is there."""
        self._check("book", after_ms)
        return self._market.fetch_execution_book(after_ms)

    def fetch_ticks(self, after_ms: int, until_ms: int) -> tuple[Tick, ...]:
        """Return the ticks, if they are there."""
        self._check("ticks", until_ms)
        return self._market.fetch_ticks(after_ms, until_ms)

    def fetch_funding(self, after_ms: int, until_ms: int) -> tuple[FundingRate, ...]:
        """Return the settlements of funding, if they are there."""
        self._check("funding", until_ms)
        return self._market.fetch_funding(after_ms, until_ms)

    def _check(self, what: str, market_ms: int) -> None:
        if self._is_away(what, market_ms):
            raise MarketUnavailableError(f"the test's market has no {what} at {market_ms}")
