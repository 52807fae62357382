"""Who is ranked against whom, as the standings are stored."""

from arena.domain.standings import Entrant
from arena.models import EquityPoint, Season, Standing


def ranked_standings(season: Season) -> list[Standing]:
    """Return the standings that the last closed round ranked, with their contestants.

    Who retired keeps the rank it had; the others were ranked without it from then on.
    """
    points = EquityPoint.objects.filter(contestant__season=season, number=season.rounds_closed)
    rows = Standing.objects.filter(contestant__in=points.values("contestant"))
    return list(rows.select_related("contestant"))


def entrant_of(row: Standing, starting_capital: int) -> Entrant:
    """Return what ranks a standing; ``starting_capital`` is the season's."""
    seat = row.contestant
    capital = seat.capital or starting_capital
    return Entrant(row.contestant_id, row.equity, row.max_drawdown, seat.position, seat.division, capital)
