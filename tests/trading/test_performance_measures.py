"""One definition a measure; where the sample says nothing, the measure says nothing."""

from math import isclose, sqrt
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.time import HOUR_MS
from kernel.units import SCALE
from trading.domain.performance import (
    drawdown_from,
    max_drawdown,
    period_return,
    profit_factor,
    sharpe,
    sortino,
    win_rate,
)

RETURNS = st.lists(st.integers(-SCALE // 10, SCALE // 10), min_size=30, max_size=200)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(100, 110, SCALE // 10), (100, 90, -SCALE // 10), (3, 2, -33_333_334), (3, 4, 33_333_333), (0, 5, None)],
)
def test_a_return_is_rounded_down(before: int, after: int, expected: int | None) -> None:
    assert period_return(before, after) == expected


def test_the_starting_balance_is_the_first_peak() -> None:
    assert max_drawdown(100, [90, 95, 99]) == SCALE // 10
    assert max_drawdown(100, [120, 90, 130]) == SCALE // 4
    assert max_drawdown(100, []) == 0
    assert max_drawdown(100, [101, 102]) == 0


def test_a_drawdown_is_rounded_up_and_needs_a_peak() -> None:
    assert drawdown_from(3, 2) == 33_333_334
    assert drawdown_from(3, 3) == 0
    assert drawdown_from(0, -1) == 0
    assert drawdown_from(100, -50) == 150 * SCALE // 100


@given(returns=RETURNS)
def test_sharpe_is_mean_over_sample_deviation_annualised(returns: list[int]) -> None:
    found = sharpe(len(returns), sum(returns), sum(r * r for r in returns), HOUR_MS)
    if len(set(returns)) == 1:
        assert found is None
        return
    assert found is not None
    expected = fmean(returns) / stdev(returns) * sqrt(8760)
    assert isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12)


@given(returns=RETURNS)
def test_sortino_divides_by_the_downside_of_all_periods(returns: list[int]) -> None:
    downside = sum(r * r for r in returns if r < 0)
    found = sortino(len(returns), sum(returns), downside, HOUR_MS)
    if downside == 0:
        assert found is None
        return
    assert found is not None
    expected = fmean(returns) / sqrt(downside / len(returns)) * sqrt(8760)
    assert isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12)


def test_twenty_nine_returns_are_too_few() -> None:
    assert sharpe(29, 29, 290, HOUR_MS) is None
    assert sortino(29, 29, 290, HOUR_MS) is None
    assert sharpe(30, 30, 300, HOUR_MS) is not None


def test_rates_without_trades_or_losses_are_not_available() -> None:
    assert win_rate(2, 3) == 66_666_666
    assert win_rate(0, 0) is None
    assert profit_factor(300, 200) == 150 * SCALE // 100
    assert profit_factor(300, 0) is None
    assert profit_factor(0, 200) == 0
