"""Measures of a season's contestants, now or as they stood at an earlier moment: derived from rows alone."""

from collections.abc import Mapping, Sequence
from typing import Final

from arena.domain.measures import Facts, Measures, compute_measures
from arena.models import Contestant, EquityPoint, Season
from trading.domain.performance_curve import Point, start_of
from trading.selectors.measures import account_facts, hourly_marks

NEVER_MS: Final = 2**62
"""A moment after every other."""

BY_HAND: Final = "human"
"""Kind of agent that is a person at the desk."""

PAGE: Final = 100
"""Contestants whose facts are in memory at once."""


def contestant_measures(season_slug: str, slug: str, until_ms: int = NEVER_MS) -> Measures | None:
    """Return one contestant's measures up to and including a moment; None if there is no such contestant."""
    season = Season.objects.filter(slug=season_slug).first()
    found = season_measures(season, until_ms, slug=slug) if season else ()
    return found[0] if found else None


def measures_page(
    season_slug: str, *, until_ms: int = NEVER_MS, after: int = -1, limit: int = PAGE
) -> tuple[tuple[Measures, ...], int | None]:
    """Return the contestants after a place in the roster, and the place to go on from; None at the end.

    Seven queries whatever the limit is.
    """
    season = Season.objects.filter(slug=season_slug).first()
    if season is None:
        return (), None
    rows = Contestant.objects.filter(season=season, position__gt=after).select_related("spec")
    rows = rows.order_by("position", "id")
    page = list(rows[: limit + 1])
    following = page[limit - 1].position if len(page) > limit else None
    return _measures_of(season, page[:limit], until_ms), following


def season_measures(season: Season, until_ms: int, *, slug: str) -> tuple[Measures, ...]:
    """Return the measures of the contestants with this slug."""
    rows = Contestant.objects.filter(season=season, slug=slug).select_related("spec")
    return _measures_of(season, list(rows), until_ms)


def _measures_of(season: Season, rows: Sequence[Contestant], until_ms: int) -> tuple[Measures, ...]:
    points = _curves({row.id: row.bound_round for row in rows}, until_ms)
    facts = account_facts([row.account_id for row in rows], until_ms)
    drawn = [curve for curve in points.values() if curve]
    first = min((start_of(curve) for curve in drawn), default=0)
    last = max((curve[-1][0] for curve in drawn), default=-1)
    marks = hourly_marks(season.id, first, last) if drawn else {}
    capital = season.starting_capital
    return tuple(
        compute_measures(
            row.slug,
            row.name,
            Facts(row.capital or capital, points.get(row.id, ()), *facts[row.account_id], marks),
            by_hand=row.spec.kind == BY_HAND,
        )
        for row in rows
    )


def _curves(after: Mapping[str, int], until_ms: int) -> dict[str, list[Point]]:
    """Return contestant -> its curve from the round after the given one on."""
    rows = EquityPoint.objects.filter(contestant_id__in=list(after), market_ms__lte=until_ms)
    found: dict[str, list[Point]] = {}
    names = ("contestant_id", "number", "market_ms", "equity")
    ordered = rows.order_by("contestant_id", "number").values_list(*names)
    for contestant, number, moment, equity in ordered.iterator(chunk_size=5_000):
        if number > after[contestant]:
            found.setdefault(contestant, []).append((moment, equity))
    return found
