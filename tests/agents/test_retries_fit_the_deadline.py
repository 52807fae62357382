"""A second attempt is made only for what passes, and never beyond the deadline or before the time named."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.domain.llm.exchange import Outcome
from agents.domain.llm.retry import BASE_WAIT_S, REPEATABLE, jitter_s, retry_wait_s, usual_latency_s

SECONDS = st.floats(min_value=0, max_value=1e6)
ANY_SECONDS = st.none() | st.floats()


@given(
    st.sampled_from(list(Outcome)),
    st.integers(1, 3),
    SECONDS,
    SECONDS,
    ANY_SECONDS,
    st.integers(0, 2**64 - 1),
)
def test_a_wait_and_a_usual_answer_fit_what_is_left(
    outcome: Outcome, attempt: int, left_s: float, usual_s: float, retry_after_s: float | None, seed: int
) -> None:
    wait_s = retry_wait_s(outcome, attempt, left_s, usual_s, retry_after_s, seed)
    if wait_s is None:
        return
    assert outcome in REPEATABLE
    assert attempt == 1
    assert 0 <= wait_s <= left_s - usual_s or math.isclose(wait_s + usual_s, left_s)
    if retry_after_s is not None:
        assert wait_s >= retry_after_s


@pytest.mark.parametrize("retry_after_s", [math.inf, math.nan, 31_536_000.0, 60.0])
def test_a_time_that_cannot_be_kept_to_is_the_end(retry_after_s: float) -> None:
    assert retry_wait_s(Outcome.RATE_LIMITED, 1, 60.0, 1.0, retry_after_s, 0) is None


def test_a_time_in_the_past_is_no_time() -> None:
    wait_s = retry_wait_s(Outcome.RATE_LIMITED, 1, 60.0, 1.0, -5.0, 7)
    assert wait_s == jitter_s(1, 7)


def test_jitter_is_fixed_by_its_seed_and_spread_over_the_whole_width() -> None:
    waits = [jitter_s(1, seed) for seed in range(200)]
    assert waits == [jitter_s(1, seed) for seed in range(200)]
    assert min(waits) < 0.1 * BASE_WAIT_S
    assert max(waits) > 0.9 * BASE_WAIT_S
    assert all(0 <= wait < BASE_WAIT_S for wait in waits)


def test_the_usual_latency_is_the_95th_percentile_of_what_was_seen() -> None:
    seen = tuple(second * 1_000_000 for second in range(1, 101))
    assert usual_latency_s(seen, 60.0) == 95.0
    assert usual_latency_s((2_000_000,), 60.0) == 2.0


@pytest.mark.parametrize(("deadline_s", "guess"), [(60.0, 10.0), (3.0, 1.0)])
def test_an_unseen_model_gets_a_guess_that_suits_the_deadline(deadline_s: float, guess: float) -> None:
    assert usual_latency_s((), deadline_s) == guess
