"""Reads of the contest as frozen values. (The signatures are fixed; the bodies are on their way.)"""

from arena.domain.board import BoardView, ContestantView, DecisionView, FillView, RoundHead, RoundView, SeasonView


def seasons() -> tuple[SeasonView, ...]:
    """Return every season, newest first."""
    raise NotImplementedError


def current_season_slug() -> str | None:
    """Return the slug of the newest running season, else of the newest; None if there is none."""
    raise NotImplementedError


def season_version(slug: str) -> int | None:
    """Return the published version of a season; None if there is no such season. One indexed read."""
    raise NotImplementedError


def season_view(slug: str, wall_ms: int) -> SeasonView | None:
    """Return a season's head at this wall time."""
    raise NotImplementedError


def board(slug: str, wall_ms: int, *, curve_points: int = 300, feed: int = 30) -> BoardView | None:
    """Return the leaderboard of a season; None if there is no such season."""
    raise NotImplementedError


def contestant(season_slug: str, slug: str, wall_ms: int) -> ContestantView | None:
    """Return one contestant with curve, positions, trades and the newest 50 decisions."""
    raise NotImplementedError


def rounds(season_slug: str, *, before: int | None = None, limit: int = 50) -> tuple[RoundHead, ...]:
    """Return rounds with a number below ``before``, newest first (a keyset page)."""
    raise NotImplementedError


def round_view(season_slug: str, number: int) -> RoundView | None:
    """Return one round in full."""
    raise NotImplementedError


def decisions(
    season_slug: str, *, contestant_slug: str | None = None, before_ms: int | None = None, limit: int = 50
) -> tuple[DecisionView, ...]:
    """Return decisions decided before ``before_ms``, newest first (a keyset page)."""
    raise NotImplementedError


def fills(
    season_slug: str, *, contestant_slug: str | None = None, before_ms: int | None = None, limit: int = 50
) -> tuple[FillView, ...]:
    """Return fills booked before ``before_ms``, newest first (a keyset page)."""
    raise NotImplementedError
