"""The verdict about a lost answer: a pure function of looks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.domain.order_states import NEXT, OrderStateError, check_step, state_seen, steps_of_a_fill
from trading.domain.resolving import (
    MARGIN_MS,
    SILENT_LOOKS,
    SILENT_MS,
    Adopt,
    Doubt,
    Freeze,
    GiveUp,
    Look,
    LookAgain,
    SendAgain,
    is_young,
    resolve,
)
from trading.domain.venue import VenueOrder

DOUBT = Doubt(
    "a" * 32, expected=0, attempts=1, looks=0, absent_since_ms=None, sent_ms=-5_000, window_ms=5_000,
    is_wanted=True,
)  # fmt: skip
SILENT = Look(order=None, filled=False, position=0, venue_ms=0)
THERE = VenueOrder("a" * 32, "77", "BTC", 1, 5, 0, "accepted", False, "market", None, None, 0)


def after(doubt: Doubt, look: Look) -> Doubt:
    """Return the doubt that the next look finds."""
    outcome = resolve(doubt, look)
    assert isinstance(outcome, LookAgain)
    return replace(doubt, looks=outcome.looks, absent_since_ms=outcome.absent_since_ms)


def test_one_sign_of_it_is_enough_whatever_else_is_silent() -> None:
    assert resolve(DOUBT, replace(SILENT, order=THERE)) == Adopt(THERE)
    assert resolve(DOUBT, replace(SILENT, filled=True)) == Adopt(None)


def test_absence_takes_three_looks_and_fifteen_seconds_of_the_venues_clock() -> None:
    doubt = after(after(DOUBT, replace(SILENT, venue_ms=0)), replace(SILENT, venue_ms=14_998))
    assert resolve(doubt, replace(SILENT, venue_ms=14_999)) == LookAgain(3, 0)
    assert resolve(doubt, replace(SILENT, venue_ms=15_000)) == SendAgain()


@given(st.integers(0, 60_000), st.integers(0, 90_000))
def test_absence_is_not_proven_while_a_late_request_would_still_be_taken(window_ms: int, now: int) -> None:
    doubt = replace(DOUBT, sent_ms=0, window_ms=window_ms, looks=9, absent_since_ms=0)
    outcome = resolve(doubt, replace(SILENT, venue_ms=now))
    assert isinstance(outcome, SendAgain) == (now >= max(SILENT_MS, window_ms + MARGIN_MS))


def test_two_looks_prove_nothing_however_far_apart() -> None:
    doubt = after(DOUBT, replace(SILENT, venue_ms=0))
    assert resolve(doubt, replace(SILENT, venue_ms=3_600_000)) == LookAgain(2, 0)


def test_what_is_absent_and_no_longer_wanted_ends() -> None:
    doubt = replace(DOUBT, looks=2, absent_since_ms=0, is_wanted=False)
    assert resolve(doubt, replace(SILENT, venue_ms=SILENT_MS)) == GiveUp()


def test_after_three_attempts_that_never_arrived_nothing_more_is_sent() -> None:
    doubt = replace(DOUBT, looks=2, absent_since_ms=0, attempts=3)
    assert resolve(doubt, replace(SILENT, venue_ms=SILENT_MS)) == GiveUp()


def test_a_position_that_moved_starts_the_silence_anew_and_freezes_in_the_end() -> None:
    doubt = replace(DOUBT, looks=2, absent_since_ms=0)
    doubt = after(doubt, replace(SILENT, position=5, venue_ms=SILENT_MS))
    assert doubt.absent_since_ms is None
    for _ in range(4):
        doubt = after(doubt, replace(SILENT, position=5))
    assert resolve(doubt, replace(SILENT, position=5)) == Freeze("position_moved", 6)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 10_000)), max_size=30),
)
def test_nothing_is_sent_again_without_an_unbroken_silence(looks: list[tuple[bool, int]]) -> None:
    doubt, now, quiet_since, quiet = DOUBT, 0, 0, 0
    for moved, step in looks:
        now += step
        quiet_since, quiet = (now, 0) if moved else (quiet_since if quiet else now, quiet + 1)
        outcome = resolve(doubt, Look(None, filled=False, position=int(moved), venue_ms=now))
        if isinstance(outcome, SendAgain):
            assert quiet >= SILENT_LOOKS
            assert now - quiet_since >= SILENT_MS
            return
        if isinstance(outcome, LookAgain):
            doubt = replace(doubt, looks=outcome.looks, absent_since_ms=outcome.absent_since_ms)
        elif isinstance(outcome, Freeze):
            return


def test_an_order_is_young_for_five_seconds_and_never_by_a_clock_that_was_set_back() -> None:
    assert is_young(10_000, 5_001)
    assert not is_young(10_000, 5_000)
    assert not is_young(10_000, 7_210_000)


@given(
    st.sampled_from(sorted(NEXT)),
    st.sampled_from(
        ["accepted", "partially_filled", "filled", "canceled", "expired", "rejected", "triggered"]
    ),
    st.integers(0, 10),
    st.integers(0, 10),
)
def test_what_a_venue_tells_never_asks_for_a_step_that_is_not_allowed(
    before: str, told: str, told_filled: int, booked: int
) -> None:
    if before not in {"accepted", "triggered", "partially_filled", "pending_cancel"}:
        return
    if before == "partially_filled" and (not booked or told == "rejected"):
        return
    if before == "pending_cancel" and told == "rejected":
        return
    after_it = state_seen(before, told, told_filled, booked, 10)
    if after_it != before:
        check_step("order", before, after_it)
    if after_it in {"canceled", "expired", "rejected"}:
        assert booked >= told_filled, "an end is recorded once all that was filled is booked"


@given(st.sampled_from(sorted(set(NEXT) - {"denied", "intent", "filled"})), st.integers(1, 10))
def test_every_fill_has_its_steps_late_ones_too(before: str, booked: int) -> None:
    state = before
    for step in steps_of_a_fill(before, booked, 10):
        if step != state or state == "partially_filled":
            check_step("order", state, step)
        state = step
    assert (state == "filled") == (booked == 10)


def test_an_order_that_was_never_sent_cannot_fill() -> None:
    for state in ("filled", "partially_filled", "accepted"):
        with pytest.raises(OrderStateError):
            check_step("order", "denied", state)
