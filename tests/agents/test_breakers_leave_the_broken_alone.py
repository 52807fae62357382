"""A key that is refused, or a provider that fails again and again, is left alone; one call looks again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.domain.llm.breaker import (
    CLOSED,
    LASTING,
    REFUSED_KEY_MS,
    SERVED,
    TRANSIENT,
    Admission,
    BreakerState,
    admission,
    after_calls,
    choose_probe,
    claim_probe,
)
from agents.domain.llm.exchange import Outcome
from agents.models import Breaker
from agents.selectors import open_breakers
from agents.services import ask_all, reset_breaker, stop_loop
from agents.services.breakers import admit, record_outcomes
from tests.factories.model_asks import WALL_MS, asks_of, fails, model_agent, table_of

MINUTE = 60_000
KEY = ("scripted", "key")
STATES = st.builds(
    BreakerState,
    st.integers(0, 10),
    st.sampled_from(["", "auth", "network"]),
    st.integers(0, 10**7),
)
ROUNDS = st.lists(st.sampled_from(list(Outcome)), max_size=6)


@given(STATES, ROUNDS, st.integers(0, 10**7))
def test_who_was_served_is_asked_again_and_who_was_refused_is_not(
    state: BreakerState, outcomes: list[Outcome], now: int
) -> None:
    after = after_calls(state, outcomes, now, MINUTE)
    if SERVED.intersection(outcomes):
        assert after == CLOSED
    elif LASTING.intersection(outcomes):
        assert admission(after, now) is Admission.NOBODY
        assert admission(after, now + REFUSED_KEY_MS) is Admission.ONE
    elif not TRANSIENT.intersection(outcomes):
        assert after == state
    else:
        assert after.failures > state.failures


@given(STATES, ROUNDS, st.integers(0, 10**7))
def test_the_order_of_a_rounds_calls_does_not_matter_to_who_is_admitted(
    state: BreakerState, outcomes: list[Outcome], now: int
) -> None:
    there = after_calls(state, outcomes, now, MINUTE)
    back = after_calls(state, outcomes[::-1], now, MINUTE)
    assert (there.failures, there.open_until_ms) == (back.failures, back.open_until_ms)
    assert bool(there.reason) == bool(back.reason)


def test_three_failures_in_a_row_open_it_for_two_rounds() -> None:
    state = CLOSED
    for _ in range(2):
        state = after_calls(state, [Outcome.NETWORK], 0, MINUTE)
        assert admission(state, 0) is Admission.ALL
    state = after_calls(state, [Outcome.TIMEOUT], 0, MINUTE)
    assert admission(state, 2 * MINUTE - 1) is Admission.NOBODY
    assert admission(state, 2 * MINUTE) is Admission.ONE


def test_a_probe_shuts_the_door_behind_itself() -> None:
    due = BreakerState(3, "network", 1_000)
    assert admission(claim_probe(due, 2_000, 500), 2_499) is Admission.NOBODY
    assert admission(claim_probe(due, 2_000, 500), 2_500) is Admission.ONE


def test_a_probe_that_fails_opens_it_again() -> None:
    due = BreakerState(3, "network", 1_000)
    again = after_calls(due, [Outcome.OVERLOADED], 2_000, MINUTE)
    assert again == BreakerState(4, "network", 2_000 + 2 * MINUTE)


@pytest.mark.django_db
def test_one_of_many_questions_goes_through_when_it_is_time_to_look_again() -> None:
    record_outcomes({KEY: [Outcome.AUTH]}, 0, MINUTE)
    assert admit([KEY, ("other", "key"), KEY], 1, MINUTE, 1) == [False, True, False]
    assert sorted(admit([KEY, KEY], REFUSED_KEY_MS, MINUTE, 1)) == [False, True]
    assert admit([KEY], REFUSED_KEY_MS + 1, MINUTE, 1) == [False], "the probe is still under way"
    record_outcomes({KEY: [Outcome.ANSWERED]}, REFUSED_KEY_MS + 2, MINUTE)
    assert admit([KEY, KEY], REFUSED_KEY_MS + 3, MINUTE, 1) == [True, True]
    assert open_breakers() == []


@pytest.mark.django_db
def test_the_operators_word_closes_it() -> None:
    record_outcomes({KEY: [Outcome.BILLING]}, 0, MINUTE)
    assert [(one.provider, one.reason) for one in open_breakers()] == [("scripted", "billing")]
    assert reset_breaker(*KEY)
    assert not reset_breaker(*KEY)
    assert admit([KEY], 1, MINUTE, 1) == [True]


@pytest.mark.django_db
def test_a_refused_key_is_not_asked_with_in_the_next_round_and_another_key_is() -> None:
    refused, other = model_agent(fails(Outcome.AUTH)), model_agent(key_id="another")
    first = ask_all(asks_of([refused, other], 1), table_of(1))
    second = ask_all(asks_of([refused, other], 2), table_of(2, wall_ms=lambda: WALL_MS + MINUTE))
    stop_loop()
    assert [reply.reason for reply in first] == ["auth", ""]
    assert [reply.reason for reply in second] == ["breaker", ""]
    assert len(refused.provider.asked) == 1  # type: ignore[attr-defined]  # the scripted provider keeps them


@pytest.mark.parametrize("outcome", sorted(LASTING))
@pytest.mark.django_db
def test_a_model_that_is_forbidden_silences_nobody_else_with_its_key(outcome: Outcome) -> None:
    forbidden, other = model_agent(fails(outcome)), model_agent()
    for slot in (1, 2, 3):
        replies = ask_all(asks_of([forbidden, other], slot), table_of(slot))
        assert [reply.reason for reply in replies][1] == ""
    stop_loop()


def test_over_time_everybody_is_the_one_that_looks_again() -> None:
    """A refused key is looked at every tenth round of three minutes: a plain count would meet one of two."""
    assert {choose_probe(slot, 2) for slot in range(0, 100, 10)} == {0, 1}
    assert {choose_probe(slot, 7) for slot in range(1, 1_000, 7)} == set(range(7))


@pytest.mark.django_db
def test_a_key_that_never_failed_has_no_row() -> None:
    ask_all(asks_of([model_agent()]), table_of())
    stop_loop()
    assert Breaker.objects.count() == 0
