"""Reads of the deciders as frozen values."""

from agents.selectors.calls import CallFacts, Tally, calls_at, calls_of, recount_tallies, tallies
from agents.selectors.catalogue import catalogue
from agents.selectors.specs import spec_config
from agents.selectors.tape import budgets, open_breakers, tape_length, tape_lines

__all__ = [
    "CallFacts",
    "Tally",
    "budgets",
    "calls_at",
    "calls_of",
    "catalogue",
    "open_breakers",
    "recount_tallies",
    "spec_config",
    "tallies",
    "tape_length",
    "tape_lines",
]
