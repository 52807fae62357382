"""What the contest asks of the world outside, gathered by the composition root."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from agents.domain.llm.playback import Playback
from agents.ports import AnyAgent, PriceBook
from contracts.ports import Chain
from trading.ports import MarketData, Venue


class Publisher(Protocol):
    """Tells whoever listens that a season has a new version. Never raises."""

    def publish_version(self, season_slug: str, version: int) -> None:
        """Tell that this version is committed."""


class Silence:
    """A publisher for runs that nobody watches."""

    def publish_version(self, season_slug: str, version: int) -> None:
        """Tell nobody."""


@dataclass(frozen=True)
class Ports:
    """Everything a round may touch besides the database.

    ``agents`` maps contestant ids to deciders; a contestant without one is not asked. ``wall_ms`` is the
    wall clock: deadlines, leases and latencies use it; nothing hashed does. ``prices`` says what thinking
    costs; without it every call counts as unpriced. ``playback`` is the tape of a season played again.
    """

    market: MarketData
    venue: Venue
    chain: Chain
    agents: Mapping[str, AnyAgent]
    publisher: Publisher
    wall_ms: Callable[[], int]
    agent_deadline_s: float
    prices: PriceBook | None = None
    playback: Playback | None = None
