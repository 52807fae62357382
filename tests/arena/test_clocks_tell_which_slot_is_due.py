"""A season's clock says which market moment it is and which slot is due: wall, scaled and tape."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.domain.clock import SeasonClock, due_slot, market_now, wall_interval_ms, wall_ms_until
from kernel.time import slot_start

INTERVAL_MS = 180_000
FIRST_SLOT = 1_000
FIRST_MS = FIRST_SLOT * INTERVAL_MS
WALL_MS = 5_000_000_000

WALL = SeasonClock("wall", 1, FIRST_MS, FIRST_MS, INTERVAL_MS, FIRST_SLOT, None)
SCALED = SeasonClock("scaled", 12, FIRST_MS, WALL_MS, INTERVAL_MS, FIRST_SLOT, None)
TAPE = SeasonClock("tape", 1, FIRST_MS, WALL_MS, INTERVAL_MS, FIRST_SLOT, None)

walls = st.integers(0, 10**13)
slots = st.none() | st.integers(FIRST_SLOT, FIRST_SLOT + 500)


@given(walls)
def test_on_the_wall_clock_market_time_is_the_time(wall_ms: int) -> None:
    assert market_now(WALL, wall_ms) == wall_ms


def test_on_the_wall_clock_a_slot_is_due_from_its_first_moment_on() -> None:
    assert due_slot(WALL, FIRST_MS - 1) is None
    assert due_slot(WALL, FIRST_MS) == FIRST_SLOT
    assert due_slot(WALL, FIRST_MS + INTERVAL_MS - 1) == FIRST_SLOT


def test_on_the_wall_clock_missed_slots_stay_missed() -> None:
    late = replace(WALL, last_slot=FIRST_SLOT)
    assert due_slot(late, FIRST_MS + 7 * INTERVAL_MS) == FIRST_SLOT + 7
    assert due_slot(replace(late, last_slot=FIRST_SLOT + 7), FIRST_MS + 7 * INTERVAL_MS) is None


def test_a_wall_clock_that_is_set_back_opens_no_slot_twice() -> None:
    played = replace(WALL, last_slot=FIRST_SLOT + 7)
    assert due_slot(played, FIRST_MS + 3 * INTERVAL_MS) is None


def test_scaled_time_runs_so_many_times_the_wall() -> None:
    played = replace(SCALED, last_slot=FIRST_SLOT)
    assert market_now(played, WALL_MS + 1_000) == FIRST_MS + 12_000


@given(walls, slots)
def test_scaled_time_stands_still_at_the_next_slot(wall_ms: int, last_slot: int | None) -> None:
    clock = replace(SCALED, last_slot=last_slot)
    assert market_now(clock, wall_ms) <= slot_start(clock.next_slot, INTERVAL_MS)


@given(walls, slots)
def test_scaled_time_skips_no_slot(wall_ms: int, last_slot: int | None) -> None:
    clock = replace(SCALED, last_slot=last_slot)
    assert due_slot(clock, wall_ms) in {None, clock.next_slot}


def test_scaled_time_does_not_run_backwards_before_its_anchor() -> None:
    played = replace(SCALED, last_slot=FIRST_SLOT)
    assert market_now(played, WALL_MS - 60_000) == FIRST_MS


@given(walls, slots)
def test_on_a_tape_the_next_slot_is_always_due(wall_ms: int, last_slot: int | None) -> None:
    clock = replace(TAPE, last_slot=last_slot)
    assert due_slot(clock, wall_ms) == clock.next_slot
    assert market_now(clock, wall_ms) == clock.next_slot * INTERVAL_MS


@given(walls, st.integers(1, 10**6))
def test_a_wait_on_the_scaled_clock_ends_at_its_moment(wall_ms: int, gap_ms: int) -> None:
    clock = replace(SCALED, last_slot=FIRST_SLOT + 10_000, anchor_wall_ms=wall_ms)
    goal_ms = FIRST_MS + gap_ms
    wait_ms = wall_ms_until(clock, goal_ms, wall_ms)
    assert market_now(clock, wall_ms + wait_ms) >= goal_ms
    assert market_now(clock, wall_ms + wait_ms - 1) < goal_ms


@pytest.mark.parametrize("clock", [WALL, SCALED, TAPE])
def test_nobody_waits_for_what_has_passed(clock: SeasonClock) -> None:
    assert wall_ms_until(clock, 0, WALL_MS) == 0


def test_waits_are_wall_time_on_the_wall_clock_and_nothing_on_a_tape() -> None:
    assert wall_ms_until(WALL, FIRST_MS + 5_000, FIRST_MS) == 5_000
    assert wall_ms_until(TAPE, FIRST_MS + 10 * INTERVAL_MS, WALL_MS) == 0


def test_the_wall_time_of_a_round_goes_by_the_clock() -> None:
    assert wall_interval_ms(WALL) == INTERVAL_MS
    assert wall_interval_ms(SCALED) == INTERVAL_MS // 12
    assert wall_interval_ms(TAPE) == 1_000
    assert wall_interval_ms(replace(SCALED, speed=INTERVAL_MS * 2)) == 1
