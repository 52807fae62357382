"""Reads of the contest as frozen values."""

from arena.selectors.activity import decisions, fills
from arena.selectors.board import board, contestant
from arena.selectors.rounds import round_view, rounds
from arena.selectors.seasons import (
    current_season_slug,
    last_closed_wall_ms,
    rule_book,
    season_version,
    season_view,
    seasons,
)
from arena.selectors.turns import turn_page

__all__ = [
    "board",
    "contestant",
    "current_season_slug",
    "decisions",
    "fills",
    "last_closed_wall_ms",
    "round_view",
    "rounds",
    "rule_book",
    "season_version",
    "season_view",
    "seasons",
    "turn_page",
]
