"""From a specification to something that decides: the one place that names concrete agents."""

from agents.adapters.house import DECIDERS, HouseAgent
from agents.adapters.scripted import ScriptedAgent
from agents.domain.registry import KINDS
from agents.domain.specs import SpecConfig
from agents.ports import Agent, AgentConfigError, AgentNotAvailableError


def build_agent(config: SpecConfig) -> Agent:
    """Return the agent of a specification.

    Raises AgentConfigError for an unknown kind or unusable settings, AgentNotAvailableError for a kind that
    this version cannot play yet.
    """
    info = KINDS.get(config.kind)
    if info is None:
        raise AgentConfigError(
            f"agent {config.name!r}: kind {config.kind!r} is unknown; use one of {', '.join(KINDS)}"
        )
    if not info.playable:
        raise AgentNotAvailableError(
            f"agent {config.name!r} waits: language models ({info.label}) arrive with a later version; "
            "a key alone does not make them play yet"
        )
    try:
        return HouseAgent(config) if config.kind in DECIDERS else ScriptedAgent(config)
    except ValueError as problem:
        raise AgentConfigError(f"agent {config.name!r}: {problem}") from problem
