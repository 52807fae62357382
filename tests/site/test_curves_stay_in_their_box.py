"""The geometry of the drawn curves."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces.site.curves import Scale, path_of, spread, ticks, value_range
from kernel.units import MAX_UNITS

VALUES = st.lists(st.integers(-MAX_UNITS, MAX_UNITS), min_size=1, max_size=60)


def drawn_points(path: str) -> list[tuple[int, int]]:
    """Follow a path's steps to the points it goes through."""
    numbers = [int(text) for text in re.findall(r"-?\d+", path)]
    x, y = numbers[:2]
    points = [(x, y)]
    for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
        x, y = x + dx, y + dy
        points.append((x, y))
    return points


@given(VALUES)
def test_every_point_of_a_path_lies_in_the_box(values: list[int]) -> None:
    low, high = value_range(values)
    across, down = Scale(0, max(len(values) - 1, 1), 0, 2000), Scale(low, high, 1000, 0)
    points = drawn_points(path_of(list(enumerate(values)), across, down))
    assert all(0 <= x <= 2000 and 0 <= y <= 1000 for x, y in points)
    assert points[0] == (across.at(0), down.at(values[0]))
    assert points[-1][0] == across.at(len(values) - 1)
    assert points[-1][1] == down.at(values[-1])


@given(VALUES)
def test_more_equity_is_never_drawn_lower(values: list[int]) -> None:
    low, high = value_range(values)
    down = Scale(low, high, 1000, 0)
    assert all(down.at(a) >= down.at(b) for a, b in pairwise(sorted(values)))


def test_a_line_that_never_moves_is_drawn_in_the_middle() -> None:
    low, high = value_range([500, 500])
    assert low < 500 < high
    assert Scale(low, high, 1000, 0).at(500) == 500


def test_no_points_are_no_path() -> None:
    assert path_of([], Scale(0, 1, 0, 10), Scale(0, 1, 10, 0)) == ""


@given(st.lists(st.integers(-50, 450), min_size=1, max_size=20), st.integers(1, 18))
def test_labels_keep_their_distance_and_stay_in_the_box(wanted: list[int], gap: int) -> None:
    low, high = 8, 400
    placed = spread(wanted, gap, low, high)
    assert all(low <= place <= high for place in placed)
    assert all(b - a >= gap for a, b in pairwise(sorted(placed)))


@given(st.lists(st.integers(0, 400), min_size=1, max_size=20))
def test_labels_keep_the_order_of_their_lines(wanted: list[int]) -> None:
    placed = spread(wanted, 12, 0, 400)
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    assert [placed[index] for index in order] == sorted(placed)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=10, unique=True))
def test_labels_that_do_not_collide_are_not_moved(slots: list[int]) -> None:
    wanted = [slot * 20 + 10 for slot in slots]
    assert spread(wanted, 20, 0, 210) == tuple(wanted)


def test_too_many_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="3 labels 10 apart do not fit between 0 and 19"):
        spread([1, 2, 3], 10, 0, 19)


@given(st.integers(-MAX_UNITS, MAX_UNITS), st.integers(1, MAX_UNITS), st.integers(1, 8))
def test_ticks_are_few_even_and_inside(low: int, width: int, most: int) -> None:
    found = ticks(low, low + width, most)
    assert len(found) <= most
    assert all(low <= value <= low + width for value in found)
    assert len({b - a for a, b in pairwise(found)}) <= 1


def test_ticks_are_round_numbers() -> None:
    assert ticks(9_731, 11_310, 5) == (10_000, 10_500, 11_000)
