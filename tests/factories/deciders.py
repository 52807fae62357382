"""Agents that decide by themselves, built as the arena builds them."""

from agents.adapters.build import build_agent
from agents.domain.specs import SpecConfig
from agents.ports import Agent, DerivedAgent, InboxAgent, ModelAgent


def decider(spec: SpecConfig) -> Agent:
    """Return the agent of a specification that is asked directly: no model, no seat, nothing derived."""
    agent = build_agent(spec)
    assert not isinstance(agent, ModelAgent | InboxAgent | DerivedAgent)
    return agent
