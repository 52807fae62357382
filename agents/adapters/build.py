"""From a specification to something that decides: the one place that names concrete agents."""

from collections.abc import Callable
from typing import Final

from agents.adapters.consensus import ConsensusAgent
from agents.adapters.house import DECIDERS, HouseAgent
from agents.adapters.installed import InstalledAgent
from agents.adapters.scripted import ScriptedAgent
from agents.adapters.strategy import StrategyAgent
from agents.domain.registry import KINDS
from agents.domain.specs import SpecConfig
from agents.ports import AgentConfigError, AgentNotAvailableError, AnyAgent, InboxAgent


def build_agent(config: SpecConfig) -> AnyAgent:
    """Return the agent of a specification.

    Raises AgentConfigError for an unknown kind or unusable settings, AgentNotAvailableError for a language
    model, which needs a key and a catalogue: agents.adapters.llm.build.
    """
    info = KINDS.get(config.kind)
    if info is None:
        raise AgentConfigError(
            f"agent {config.name!r}: kind {config.kind!r} is unknown; use one of {', '.join(KINDS)}"
        )
    build = _BUILDERS.get(config.kind)
    if build is None:
        raise AgentNotAvailableError(f"agent {config.name!r}: {info.label} is built with a key, not here")
    try:
        return build(config)
    except ValueError as problem:
        raise AgentConfigError(f"agent {config.name!r}: {problem}") from problem


_BUILDERS: Final[dict[str, Callable[[SpecConfig], AnyAgent]]] = {
    **dict.fromkeys(DECIDERS, HouseAgent),
    "scripted": ScriptedAgent,
    "strategy": StrategyAgent,
    "human": lambda config: InboxAgent(config.kind),
    "external": lambda config: InboxAgent(config.kind),
    "installed": InstalledAgent,
    "consensus": ConsensusAgent,
}
