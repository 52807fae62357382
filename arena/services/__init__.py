"""Writes of the contest."""

from arena.services.seasons import set_contestant_status, set_season_status

__all__ = ["set_contestant_status", "set_season_status"]
