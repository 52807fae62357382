"""Writes of the deciders: asking a round, what calls took and cost, specifications."""

from agents.services.asking import ask_all
from agents.services.breakers import reset_breaker
from agents.services.loop import run_on_loop, stop_loop
from agents.services.questions import NO_PRICES, REPLY_REASONS, Ask, CallRecord, Reply, Table
from agents.services.records import record_replies
from agents.services.specs import ensure_specs, missing_key
from agents.services.tape import record_level

__all__ = [
    "NO_PRICES",
    "REPLY_REASONS",
    "Ask",
    "CallRecord",
    "Reply",
    "Table",
    "ask_all",
    "ensure_specs",
    "missing_key",
    "record_level",
    "record_replies",
    "reset_breaker",
    "run_on_loop",
    "stop_loop",
]
