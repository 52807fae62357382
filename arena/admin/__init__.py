"""Operator's pages for the contest. Django finds them by this import."""

from arena.admin import switch
from arena.admin.contest import ContestantAdmin, RoundAdmin, SeasonAdmin, StandingAdmin, TurnAdmin

__all__ = ["ContestantAdmin", "RoundAdmin", "SeasonAdmin", "StandingAdmin", "TurnAdmin", "switch"]
