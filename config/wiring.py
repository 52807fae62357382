"""The only place that names adapters: ports built from a season and the settings."""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from agents.adapters.build import build_agent
from agents.domain.llm.playback import Playback
from agents.domain.registry import KINDS
from agents.domain.specs import SpecConfig
from agents.ports import AgentError, AnyAgent, InboxAgent, ModelAgent
from arena.ports import Ports, Publisher
from arena.selectors.roster import Player, SeasonFacts, players, season_facts
from config.minds import model_agents, price_book
from contracts.adapters.none import NoChain
from kernel.canonical import canonical_bytes
from kernel.time import SECOND_MS, slot_start
from trading.adapters.ccxt_public import MakeClient, make_client
from trading.adapters.market_choice import open_market
from trading.adapters.paper import PaperVenue
from trading.ports import MarketData, MarketUnavailableError, TapeError
from trading.selectors import instruments, rule_book

_log = logging.getLogger("arena.wiring")


def wall_ms() -> int:
    """Return the wall clock in milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class World:
    """What lies outside of every process: the clock on the wall, and how a venue is called."""

    wall_ms: Callable[[], int] = wall_ms
    make_client: MakeClient = make_client


WORLD = World()


def market_of(
    spec: str, seed: int, symbols: tuple[str, ...], start_ms: int, timeout_s: float, world: World = WORLD
) -> MarketData:
    """Return the market of a specification; the same arguments share one in this process."""
    if spec.startswith("ccxt:"):
        seed, start_ms, timeout_s = 0, 0, 0.0  # a venue's prices depend on none of them: one client will do
    return _market_of(spec, seed, symbols, start_ms, timeout_s, world)


@lru_cache(maxsize=32)
def _market_of(
    spec: str, seed: int, symbols: tuple[str, ...], start_ms: int, timeout_s: float, world: World
) -> MarketData:
    return open_market(
        spec,
        seed=seed,
        symbols=symbols,
        start_ms=start_ms,
        clock=world.wall_ms,
        timeout_s=timeout_s,
        make=world.make_client,
    )


LIVE_TIMEOUT_S = 3.0
"""How long `auto` waits for a venue before it takes the simulated market."""


def season_market(season: SeasonFacts, world: World = WORLD) -> MarketData:
    """Return the market a season is played on."""
    symbols = rule_book(season.rulebook_sha256).symbols
    start_ms = slot_start(season.clock.first_slot, season.clock.interval_ms)
    market = market_of(season.market_spec, season.seed, symbols, start_ms, LIVE_TIMEOUT_S, world)
    if market.info.kind == "live" and season.clock.kind == "tape":
        # Another process is warming it up: prices of now must not be played under the times of its history.
        raise MarketUnavailableError(f"season {season.slug} plays the history of its venue; try again later")
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
def _agent(kind: str, name: str, version: int, config: bytes) -> AnyAgent | None:
    try:
        return build_agent(SpecConfig(kind, name, version, json.loads(config)))
    except AgentError as problem:
        _log.warning("contestant's agent %s cannot play: %s", name, problem)
        return None


def agent_of(player: Player, *, is_replay: bool = False) -> AnyAgent | None:
    """Return the decider behind a contestant that is no model; None where this installation has none.

    In a replay no installed package is loaded: it could do anything, and its answers stand on the tape.
    """
    config = player.config
    if KINDS[config.kind].how == "model":
        return None
    if is_replay and config.kind == "installed":
        return InboxAgent(config.kind)
    return _agent(config.kind, config.name, config.version, canonical_bytes(config.config))


def ports_of(
    season_id: str,
    publisher: Publisher,
    world: World = WORLD,
    market: MarketData | None = None,
    playback: Playback | None = None,
) -> Ports:
    """Return everything a season's rounds may touch besides the database.

    ``market`` stands in for the season's own: the history of its venue. ``playback`` answers for all outside.
    """
    season = season_facts(season_id)
    field = players(season_id)
    models = _models_of(field, world, playback)
    is_replay = playback is not None
    found = {
        player.contestant_id: models.get(player.config.id) or agent_of(player, is_replay=is_replay)
        for player in field
    }
    return Ports(
        market=market or season_market(season, world),
        venue=PaperVenue(instruments(season_id)),
        chain=NoChain(),
        agents={contestant: agent for contestant, agent in found.items() if agent is not None},
        publisher=publisher,
        wall_ms=world.wall_ms,
        agent_deadline_s=rule_book(season.rulebook_sha256).deadline_ms / SECOND_MS,
        prices=price_book() if models else None,
        playback=playback,
    )


def _models_of(field: tuple[Player, ...], world: World, playback: Playback | None) -> dict[str, ModelAgent]:
    configs = [player.config for player in field if KINDS[player.config.kind].how == "model"]
    return model_agents(configs, world.wall_ms, playback) if configs else {}
