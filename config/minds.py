"""Language models as this installation can ask them: catalogue, keys, prices, the model on this machine."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache

from django.conf import settings

from agents.adapters.llm.build import build_model_agent
from agents.adapters.llm.local_server import MOST_SYMBOLS, ShortAnswers, local_base_url
from agents.adapters.llm.prices import GenaiPriceBook
from agents.domain.llm.playback import Playback
from agents.domain.specs import SpecConfig
from agents.ports import AgentError, AgentNotAvailableError, ModelAgent
from agents.selectors.catalogue import catalogue
from config.keys import NO_KEY, FoundKey, keys_for

_log = logging.getLogger("arena.minds")

Clock = Callable[[], int]
"""The wall clock in milliseconds."""

REPLAYED_URL = "http://127.0.0.1:1/v1"
"""Stands for an address that a replay never asks."""


@lru_cache(maxsize=1)
def price_book() -> GenaiPriceBook:
    """Return what tokens cost."""
    return GenaiPriceBook(catalogue())


def model_agents(
    configs: Iterable[SpecConfig], wall_ms: Clock, playback: Playback | None = None
) -> dict[str, ModelAgent]:
    """Return spec id -> agent of every model that can be asked; why another cannot is logged.

    With ``playback`` the tape answers: no key is looked up and nothing is started.
    """
    wanted = {config.id: config for config in configs}
    keys = {} if playback else keys_for(list(wanted.values()))
    found = {}
    for spec_id, config in wanted.items():
        try:
            found[spec_id] = model_agent(config, keys.get(spec_id, NO_KEY), wall_ms, playback)
        except AgentError as problem:
            _log.warning("%s", problem)
    return found


def model_agent(
    config: SpecConfig, key: FoundKey, wall_ms: Clock, playback: Playback | None = None
) -> ModelAgent:
    """Return one model's agent. Raises AgentError with the sentence for the operator."""
    agent = build_model_agent(
        _placed(config, is_replay=playback is not None),
        catalogue(),
        key.text.reveal() if key.text else "",
        key.key_id,
        playback,
        allow_loopback=config.kind == "local_llm" or settings.ARENA_LOOPBACK_MODELS,
        wall_ms=wall_ms,
    )
    # The toy-size model rambles on until it is cut off unless the form bounds its texts.
    if config.kind == "local_llm":
        return replace(agent, provider=ShortAnswers(agent.provider), most_symbols=MOST_SYMBOLS)
    return agent


def _placed(config: SpecConfig, *, is_replay: bool) -> SpecConfig:
    """Return the specification with the address of the model on this machine, which starts at first use."""
    if config.kind != "local_llm" or "base_url" in config.config:
        return config
    if is_replay:
        return replace(config, config={**config.config, "base_url": REPLAYED_URL})
    if not settings.ARENA_LOCAL_LLM:
        raise AgentNotAvailableError(f"agent {config.name!r} waits: set ARENA_LOCAL_LLM=1")
    return replace(config, config={**config.config, "base_url": local_base_url()})
