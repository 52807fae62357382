"""Measures of an equity curve against a plain computation in numpy and pandas."""

from math import isclose, sqrt
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.time import DAY_MS, HOUR_MS, MINUTE_MS
from kernel.units import SCALE
from trading.domain.performance_curve import (
    MIN_RETURNS,
    Grid,
    Point,
    annual_return,
    calmar_ratio,
    daily_results,
    deepest_fall,
    hourly_grid,
    max_drawdown_of,
    net_return,
    recovery_factor,
    recovery_time,
    sharpe_ratio,
    sortino_ratio,
)

DAYS: Final = Path(__file__).parents[3] / "shared/data/candles/BTC-USDT_1d.csv"
START: Final = 1_767_225_600_000
CAPITAL: Final = 10_000 * SCALE

EQUITY = st.integers(1_000 * SCALE, 50_000 * SCALE)


@st.composite
def curves(draw: st.DrawFn, least: int = 1, most: int = 60, step: int = 3 * HOUR_MS) -> list[Point]:
    moment, points = START + draw(st.integers(1, 2 * HOUR_MS)), []
    for _ in range(draw(st.integers(least, most))):
        points.append((moment, draw(EQUITY)))
        moment += draw(st.integers(1, step))
    return points


@st.composite
def long_curves(draw: st.DrawFn) -> list[Point]:
    """Curves of 8 to 60 days, by seed: drawing each point would be all the test does."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(200, 1500))
    steps = chance.integers(20 * MINUTE_MS, 100 * MINUTE_MS, count).cumsum()
    factors = np.exp(chance.normal(draw(st.floats(-0.001, 0.001)), 0.01, count).cumsum())
    return [(START + int(t), int(CAPITAL * f)) for t, f in zip(steps, factors, strict=True)]


def as_series(curve: list[Point]) -> "pd.Series[float]":
    """Return equity at each full hour by pandas: the last row at or before it."""
    first = (curve[0][0] - 1) // HOUR_MS * HOUR_MS
    rows = [(first, CAPITAL), *curve]
    series = pd.Series([e for _, e in rows], index=pd.to_datetime([t for t, _ in rows], unit="ms"))
    hours = pd.date_range(series.index[0], pd.to_datetime(curve[-1][0], unit="ms").floor("h"), freq="h")
    return series.reindex(hours, method="ffill").astype(float)


@given(curve=curves())
def test_the_grid_is_the_last_known_equity_at_each_full_hour(curve: list[Point]) -> None:
    grid, plain = hourly_grid(CAPITAL, curve), as_series(curve)
    assert list(grid.equity) == [int(value) for value in plain]
    assert list(grid.moments) == [stamp.value // 1_000_000 for stamp in plain.index]


@given(curve=long_curves())
def test_ratios_agree_with_numpy(curve: list[Point]) -> None:
    grid = hourly_grid(CAPITAL, curve)
    returns = as_series(curve).pct_change().dropna().to_numpy()
    sharpe, sortino = sharpe_ratio(grid), sortino_ratio(grid)
    if len(returns) < MIN_RETURNS:
        assert (sharpe.value, sharpe.reason) == (None, "too_short")
        assert (sortino.value, sortino.reason) == (None, "too_short")
        return
    hourly = returns.mean() / returns.std(ddof=1)
    assert sharpe.value is not None
    assert sharpe.error is not None
    assert sortino.value is not None
    assert isclose(sharpe.value, hourly * sqrt(8760), rel_tol=1e-9, abs_tol=1e-9)
    error = np.sqrt((1 + hourly**2 / 2) / len(returns)) * sqrt(8760)
    assert isclose(sharpe.error, error, rel_tol=1e-9)
    assert sharpe.sample == len(returns)
    downside = np.sqrt((np.minimum(returns, 0) ** 2).mean())
    assert isclose(sortino.value, returns.mean() / downside * sqrt(8760), rel_tol=1e-9, abs_tol=1e-9)


@given(curve=long_curves())
def test_drawdown_and_calmar_agree_with_pandas(curve: list[Point]) -> None:
    fall = deepest_fall(CAPITAL, curve)
    equity = pd.Series([CAPITAL, *(value for _, value in curve)], dtype=object)
    peaks = equity.cummax()
    plain = max((peak - value) / peak for peak, value in zip(peaks, equity, strict=True))
    assert isclose((fall.depth if fall else 0) / SCALE, plain, abs_tol=1e-8)
    elapsed = curve[-1][0] - (curve[0][0] - 1) // HOUR_MS * HOUR_MS
    calmar = calmar_ratio(CAPITAL, curve, fall)
    if elapsed < 30 * DAY_MS:
        assert (calmar.value, calmar.reason) == (None, "too_short")
        return
    growth = (curve[-1][1] / CAPITAL) ** (365 * DAY_MS / elapsed) - 1
    assert fall is not None
    assert calmar.value is not None
    assert isclose(calmar.value, growth / (fall.depth / SCALE), rel_tol=1e-9, abs_tol=1e-9)


@given(curve=long_curves(), times=st.integers(2, 1000))
def test_another_unit_of_money_changes_no_ratio(curve: list[Point], times: int) -> None:
    larger = [(moment, value * times) for moment, value in curve]
    grids = hourly_grid(CAPITAL, curve), hourly_grid(CAPITAL * times, larger)
    assert sharpe_ratio(grids[0]) == sharpe_ratio(grids[1])
    assert sortino_ratio(grids[0]) == sortino_ratio(grids[1])
    falls = deepest_fall(CAPITAL, curve), deepest_fall(CAPITAL * times, larger)
    assert max_drawdown_of(curve, falls[0]) == max_drawdown_of(larger, falls[1])
    assert recovery_time(curve, falls[0]) == recovery_time(larger, falls[1])
    assert recovery_factor(CAPITAL, curve, falls[0]) == recovery_factor(CAPITAL * times, larger, falls[1])
    assert net_return(CAPITAL, curve) == net_return(CAPITAL * times, larger)
    assert annual_return(CAPITAL, curve) == annual_return(CAPITAL * times, larger)


@given(curve=curves(least=2), place=st.integers(0, 1_000))
def test_points_that_say_nothing_new_change_nothing(curve: list[Point], place: int) -> None:
    index = place % (len(curve) - 1)
    (moment, value), following = curve[index], curve[index + 1][0]
    more = [*curve[: index + 1], ((moment + following) // 2, value), *curve[index + 1 :]]
    assert hourly_grid(CAPITAL, more) == hourly_grid(CAPITAL, curve)
    assert deepest_fall(CAPITAL, more) == deepest_fall(CAPITAL, curve)
    assert daily_results(CAPITAL, more) == daily_results(CAPITAL, curve)


@given(curve=curves(step=2 * DAY_MS))
def test_days_add_up_to_the_whole_and_none_is_left_out(curve: list[Point]) -> None:
    days = daily_results(CAPITAL, curve)
    assert sum(day.pnl for day in days) == curve[-1][1] - CAPITAL
    assert days[-1].equity == curve[-1][1]
    assert [day.day_ms for day in days] == list(range(days[0].day_ms, days[-1].day_ms + 1, DAY_MS))


def test_a_fall_knows_its_trough_and_when_its_peak_came_back() -> None:
    curve = [(START + n * HOUR_MS, value * SCALE) for n, value in enumerate((11_000, 8_800, 9_900, 11_000))]
    fall = deepest_fall(CAPITAL, curve)
    assert fall is not None
    assert (fall.depth, fall.trough_ms - START, fall.recovered_ms) == (
        SCALE // 5,
        HOUR_MS,
        START + 3 * HOUR_MS,
    )
    assert recovery_time(curve, fall).value == 2 * HOUR_MS
    assert recovery_factor(CAPITAL, curve, fall).value == mul(1_000, 2_200)
    unrecovered = deepest_fall(CAPITAL, curve[:3])
    assert recovery_time(curve[:3], unrecovered).reason == "not_recovered"
    assert recovery_time(curve[:1], deepest_fall(CAPITAL, curve[:1])).reason == "no_drawdown"


def mul(part: int, whole: int) -> int:
    """Return part over whole in units, rounded down."""
    return part * SCALE // whole


@pytest.mark.parametrize("hours", [0, 1, MIN_RETURNS - 1])
def test_less_than_seven_days_have_no_ratio_of_risk(hours: int) -> None:
    grid = Grid(START, tuple(CAPITAL + n for n in range(hours + 1)))
    assert sharpe_ratio(grid).reason == sortino_ratio(grid).reason == "too_short"


def test_what_cannot_be_computed_says_why() -> None:
    still, rising = Grid(0, (CAPITAL,) * 200), Grid(0, tuple(CAPITAL + n * n for n in range(200)))
    assert (sharpe_ratio(still).reason, sortino_ratio(still).reason) == ("no_variance", "no_loss")
    assert sortino_ratio(rising).reason == "no_loss"
    assert sharpe_ratio(Grid(0, (*still.equity, 0, 5))).reason == "equity_gone"
    assert net_return(CAPITAL, []).reason == sharpe_ratio(Grid(0, ())).reason == "no_points"
    assert net_return(0, [(START, 5)]).reason == "no_capital"
    gone = [(START, CAPITAL), (START + 40 * DAY_MS, -5)]
    assert annual_return(CAPITAL, gone).reason == "equity_gone"
    sudden = [(START, CAPITAL), (START + 7 * DAY_MS, CAPITAL * 10**6)]
    assert annual_return(CAPITAL, sudden).reason == "out_of_range"


def test_a_year_that_lost_money_may_have_a_positive_arithmetic_sharpe() -> None:
    """The mean of simple returns is above the compound return by half the variance: what the ratio hides.

    +26 % and -21 % by turns lose half a per cent each time and have a mean return of +2.5 %.
    """
    values = [CAPITAL]
    for _ in range(100):
        values += [values[-1] * 126 // 100, values[-1] * 126 * 79 // 10_000]
    grid = Grid(START, tuple(values))
    sharpe = sharpe_ratio(grid)
    assert values[-1] < CAPITAL
    assert sharpe.value is not None
    assert sharpe.value > 0
    assert sharpe.error is not None
    assert sharpe.error > 0


@pytest.mark.skipif(not DAYS.exists(), reason="no recorded candles at ../shared/data")
def test_bitcoin_lost_in_2025_with_a_positive_sharpe() -> None:
    """Held from the close of 2024 to the last recorded of 2025: -6.5 %, an arithmetic Sharpe above zero."""
    table = pd.read_csv(DAYS, dtype=str)
    year = table[table["timestamp"].str.startswith("2025-") | (table["timestamp"] >= "2024-12-31")]
    stamps = [pd.Timestamp(text).value // 1_000_000 + DAY_MS for text in year["timestamp"]][:362]
    base, *closes = [int(float(text) * SCALE) for text in year["close"]][:362]
    curve = list(zip(stamps[1:], closes, strict=True))
    grid = hourly_grid(base, curve)
    sharpe, net = sharpe_ratio(grid), net_return(base, curve)
    annual = annual_return(base, curve)
    assert net.value is not None
    assert annual.value is not None
    assert sharpe.value is not None
    assert sharpe.error is not None
    assert -0.07 * SCALE < net.value < -0.06 * SCALE
    assert annual.value < 0
    assert 0.03 < sharpe.value < 0.07
    assert sharpe.error > 10 * sharpe.value, "the error says that this is no evidence of anything"
