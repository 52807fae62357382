"""Running figures of one contestant, advanced by one equity point a round.

All sums are integers at 1e-8 (returns) and 1e-16 (squares), so advancing point by point and computing from
the whole curve give the same integers. A return is (new - old) / old, rounded down; from nothing it is 0.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from kernel.time import DAY_MS
from kernel.units import SCALE, Rounding, mul_div
from trading.domain.performance import drawdown_from, period_return


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Everything the board needs of an equity curve. ``max_drawdown`` is a ratio of the peak before it."""

    points: int
    equity: int
    peak: int
    max_drawdown: int
    sum_return: int
    sum_return_squared: int
    sum_downside_squared: int
    day_start_ms: int
    day_start_equity: int


def start_aggregate(capital: int, market_ms: int) -> Aggregate:
    """Return the figures of a contestant that has its capital and no round yet."""
    day = market_ms - market_ms % DAY_MS
    return Aggregate(0, capital, capital, 0, 0, 0, 0, day, capital)


def advance(aggregate: Aggregate, equity: int, market_ms: int) -> Aggregate:
    """Return the figures after one more point. The UTC day starts with the equity it found."""
    change = period_return(aggregate.equity, equity) or 0  # from nothing there is no return
    peak = max(aggregate.peak, equity)
    day = market_ms - market_ms % DAY_MS
    is_new_day = day > aggregate.day_start_ms
    return Aggregate(
        points=aggregate.points + 1,
        equity=equity,
        peak=peak,
        max_drawdown=max(aggregate.max_drawdown, drawdown_from(peak, equity)),
        sum_return=aggregate.sum_return + change,
        sum_return_squared=aggregate.sum_return_squared + change * change,
        sum_downside_squared=aggregate.sum_downside_squared + min(change, 0) ** 2,
        day_start_ms=day if is_new_day else aggregate.day_start_ms,
        day_start_equity=aggregate.equity if is_new_day else aggregate.day_start_equity,
    )


def net_ratio(equity: int, capital: int) -> int:
    """Return equity over starting capital minus one, rounded towards loss."""
    return mul_div(equity - capital, SCALE, capital, Rounding.DOWN)


def cost_ratio(amount: int, capital: int) -> int:
    """Return costs over starting capital, rounded up."""
    return mul_div(amount, SCALE, capital, Rounding.UP)


class Entrant(NamedTuple):
    """What ranking needs. ``division`` keeps contestants apart that did not get the same prompt or money."""

    contestant_id: str
    equity: int
    max_drawdown: int
    position: int
    division: str = "main"
    capital: int = 1
    """What it started from, above 0: in a division of wallets the return decides, not the wallet's size."""

    @property
    def merit(self) -> tuple[Fraction, int]:
        """What ranks it, least first: equity over capital, exactly; then drawdown."""
        return -Fraction(self.equity, self.capital), self.max_drawdown


def rank_entrants(entrants: list[Entrant]) -> dict[str, int]:
    """Return contestant -> rank from 1 within its division.

    By equity over capital, then drawdown, then roster order. With equal return and drawdown a rank is shared.
    """
    divisions = sorted({entrant.division for entrant in entrants})
    apart = [_rank_division([e for e in entrants if e.division == division]) for division in divisions]
    return {contestant: rank for ranks in apart for contestant, rank in ranks.items()}


def _rank_division(entrants: list[Entrant]) -> dict[str, int]:
    ordered = sorted(entrants, key=lambda e: (e.merit, e.position))
    ranks: dict[str, int] = {}
    for index, entrant in enumerate(ordered):
        before = ordered[index - 1] if index else None
        is_tied = before is not None and before.merit == entrant.merit
        ranks[entrant.contestant_id] = ranks[before.contestant_id] if before and is_tied else index + 1
    return ranks
