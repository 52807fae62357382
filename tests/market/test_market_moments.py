"""The simulated market moves like recorded ones: both lie within the bounds that the docs state."""

import pytest

from bench.market_moments import BOUNDS, CANDLES, Bound, Moments, recorded_moments, simulated_moments

STEPS = ["1m", "1h", "1d"]


def outside(found: Moments, step: str) -> list[tuple[Bound, float]]:
    figures = [(bound, getattr(found, bound.moment)) for bound in BOUNDS if bound.step == step]
    assert figures
    return [(bound, figure) for bound, figure in figures if not bound.low <= figure <= bound.high]


@pytest.mark.parametrize("step", STEPS)
def test_the_simulated_market_keeps_the_bounds(step: str) -> None:
    assert outside(simulated_moments(step), step) == []


@pytest.mark.parametrize("step", STEPS)
def test_the_recorded_candles_keep_the_same_bounds(step: str) -> None:
    if not CANDLES.exists():
        pytest.skip("the recorded candles are not beside this checkout")
    assert outside(recorded_moments(step), step) == []


def test_independent_normal_returns_would_break_the_bounds() -> None:
    normal = Moments(9.9, 3.0, 0.0, 0.0, 0.0, 0.0)
    assert {bound.moment for bound, _ in outside(normal, "1m")} == {
        "kurtosis",
        "memory_1",
        "memory_5",
        "memory_60",
    }
