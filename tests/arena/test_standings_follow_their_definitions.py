"""Advancing point by point gives what the plain definitions give on the whole curve."""

import math
import statistics
from fractions import Fraction
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arena.domain.standings import Aggregate, Entrant, advance, rank_entrants, start_aggregate
from kernel.time import DAY_MS, HOUR_MS
from kernel.units import SCALE
from trading.domain.performance import sharpe, sortino

CAPITAL = 10_000 * SCALE
START_MS = 20_000 * DAY_MS + 5 * HOUR_MS
equities = st.integers(-CAPITAL, 5 * CAPITAL)
curves = st.lists(equities, min_size=1, max_size=60)


def folded(curve: list[int], step_ms: int = HOUR_MS) -> Aggregate:
    """Return the aggregate after a curve that starts one step after the capital was paid in."""
    figures = start_aggregate(CAPITAL, START_MS)
    for index, equity in enumerate(curve, 1):
        figures = advance(figures, equity, START_MS + index * step_ms)
    return figures


def returns_of(curve: list[int]) -> list[int]:
    """Return simple returns as ratios, rounded down; from nothing or less there is none."""
    pairs = zip([CAPITAL, *curve], curve, strict=False)
    return [math.floor(Fraction(new - old, old) * SCALE) if old > 0 else 0 for old, new in pairs]


@given(curves)
def test_sums_of_returns_are_the_sums_over_the_curve(curve: list[int]) -> None:
    figures, returns = folded(curve), returns_of(curve)
    assert figures.points == len(curve)
    assert figures.equity == curve[-1]
    assert figures.sum_return == sum(returns)
    assert figures.sum_return_squared == sum(change**2 for change in returns)
    assert figures.sum_downside_squared == sum(change**2 for change in returns if change < 0)


@given(curves)
def test_the_drawdown_is_the_deepest_fall_from_the_highest_point_before(curve: list[int]) -> None:
    whole = [CAPITAL, *curve]
    falls = [
        Fraction(max(whole[: index + 1]) - equity, max(whole[: index + 1]))
        for index, equity in enumerate(whole)
    ]
    assert folded(curve).peak == max(whole)
    assert folded(curve).max_drawdown == math.ceil(max(falls) * SCALE)


@given(curves, st.sampled_from([HOUR_MS, 7 * HOUR_MS, 30 * HOUR_MS]))
def test_a_day_starts_with_the_equity_it_found(curve: list[int], step_ms: int) -> None:
    figures = folded(curve, step_ms)
    moments = [START_MS + index * step_ms for index in range(len(curve) + 1)]
    day = moments[-1] // DAY_MS
    before = [equity for at, equity in zip(moments, [CAPITAL, *curve], strict=True) if at // DAY_MS < day]
    assert figures.day_start_ms == day * DAY_MS
    assert figures.day_start_equity == (before[-1] if before else CAPITAL)


@given(st.lists(st.integers(CAPITAL // 2, 2 * CAPITAL), min_size=30, max_size=120))
def test_ratios_of_the_sums_are_those_of_the_returns(curve: list[int]) -> None:
    returns = [Fraction(change, SCALE) for change in returns_of(curve)]
    assume(len(set(returns)) > 1)
    assume(min(returns) < 0)
    periods = math.sqrt(365 * 24)
    figures = folded(curve)
    mean, losses = float(statistics.mean(returns)), [min(change, Fraction(0)) for change in returns]
    found = sharpe(figures.points, figures.sum_return, figures.sum_return_squared, HOUR_MS)
    assert found == pytest.approx(mean / float(statistics.stdev(returns)) * periods, rel=1e-12)
    deviation = math.sqrt(statistics.mean(loss**2 for loss in losses))
    found = sortino(figures.points, figures.sum_return, figures.sum_downside_squared, HOUR_MS)
    assert found == pytest.approx(mean / deviation * periods, rel=1e-12)


def test_a_contestant_without_a_round_has_its_capital_and_nothing_else() -> None:
    day_ms = START_MS - 5 * HOUR_MS
    assert start_aggregate(CAPITAL, START_MS) == Aggregate(0, CAPITAL, CAPITAL, 0, 0, 0, 0, day_ms, CAPITAL)


def test_ranks_go_by_equity_then_by_the_smaller_drawdown() -> None:
    field = [Entrant("poor", 90, 0, 0), Entrant("rough", 100, 7, 1), Entrant("smooth", 100, 3, 2)]
    assert rank_entrants(field) == {"smooth": 1, "rough": 2, "poor": 3}


def test_ties_share_a_rank_and_the_next_one_is_skipped() -> None:
    field = [
        Entrant("a", 100, 5, 2),
        Entrant("b", 100, 5, 0),
        Entrant("c", 90, 0, 1),
        Entrant("d", 100, 5, 3),
    ]
    assert rank_entrants(field) == {"a": 1, "b": 1, "d": 1, "c": 4}


entrants = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=8).map(
    lambda rows: [Entrant(f"c{place}", equity, fall, place) for place, (equity, fall) in enumerate(rows)]
)


@given(entrants, st.randoms(use_true_random=False))
def test_a_rank_counts_who_is_better_whatever_order_they_come_in(
    field: list[Entrant], random: Random
) -> None:
    shuffled = list(field)
    random.shuffle(shuffled)
    expected = {
        one.contestant_id: 1
        + sum((-other.equity, other.max_drawdown) < (-one.equity, one.max_drawdown) for other in field)
        for one in field
    }
    assert rank_entrants(shuffled) == expected
