"""Writes of the deciders: asking a round, what calls took and cost, specifications."""

from agents.services.asking import ask_all
from agents.services.questions import REPLY_REASONS, Ask, Reply, Table
from agents.services.specs import ensure_specs, missing_key

__all__ = [
    "REPLY_REASONS",
    "Ask",
    "Reply",
    "Table",
    "ask_all",
    "ensure_specs",
    "missing_key",
]
