"""The only place that names adapters: ports built from a season and the settings."""

import json
import logging
import time
from functools import lru_cache

from agents.adapters.build import build_agent
from agents.domain.specs import SpecConfig
from agents.ports import Agent, AgentError
from arena.ports import Ports, Publisher
from arena.selectors.roster import Player, SeasonFacts, players, season_facts
from contracts.adapters.none import NoChain
from kernel.canonical import canonical_bytes
from kernel.time import SECOND_MS, slot_start
from trading.adapters.market_choice import open_market
from trading.adapters.paper import PaperVenue
from trading.ports import MarketData, TapeError
from trading.selectors import instruments, rule_book

_log = logging.getLogger("arena.wiring")


def wall_ms() -> int:
    """Return the wall clock in milliseconds."""
    return time.time_ns() // 1_000_000


@lru_cache(maxsize=32)
def market_of(spec: str, seed: int, symbols: tuple[str, ...], start_ms: int, timeout_s: float) -> MarketData:
    """Return the market of a specification; the same arguments share one in this process."""
    return open_market(
        spec,
        seed=seed,
        symbols=symbols,
        start_ms=start_ms,
        clock=wall_ms,
        timeout_s=timeout_s,
    )


LIVE_TIMEOUT_S = 3.0
"""How long `auto` waits for a venue before it takes the simulated market."""


def season_market(season: SeasonFacts) -> MarketData:
    """Return the market a season is played on."""
    symbols = rule_book(season.rulebook_sha256).symbols
    start_ms = slot_start(season.clock.first_slot, season.clock.interval_ms)
    market = market_of(season.market_spec, season.seed, symbols, start_ms, LIVE_TIMEOUT_S)
    if market_sha256(market) != season.market_sha256:
        raise TapeError(
            f"season {season.slug} was started on another recording than {season.market_spec} holds now; "
            "restore the file, or start a new season"
        )
    return market


def market_sha256(market: MarketData) -> str:
    """Return the hash of a recording; empty for a market that is none."""
    return str(getattr(market, "sha256", ""))


@lru_cache(maxsize=4096)
def _agent(kind: str, name: str, version: int, config: bytes) -> Agent | None:
    try:
        return build_agent(SpecConfig(kind, name, version, json.loads(config)))
    except AgentError as problem:
        _log.warning("contestant's agent %s cannot play: %s", name, problem)
        return None


def agent_of(player: Player) -> Agent | None:
    """Return the decider behind a contestant; None where this installation has none for it."""
    config = player.config
    return _agent(config.kind, config.name, config.version, canonical_bytes(config.config))


def ports_of(season_id: str, publisher: Publisher) -> Ports:
    """Return everything a season's rounds may touch besides the database."""
    season = season_facts(season_id)
    found = {player.contestant_id: agent_of(player) for player in players(season_id)}
    return Ports(
        market=season_market(season),
        venue=PaperVenue(instruments(season_id)),
        chain=NoChain(),
        agents={contestant: agent for contestant, agent in found.items() if agent is not None},
        publisher=publisher,
        wall_ms=wall_ms,
        agent_deadline_s=rule_book(season.rulebook_sha256).deadline_ms / SECOND_MS,
    )
