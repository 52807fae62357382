"""A round moves along its stages in one direction."""

from itertools import pairwise

import pytest

from arena.domain.stages import CLOSED, OPENED, STAGES, next_stage, reached


def test_each_stage_has_one_next_and_the_last_has_none() -> None:
    assert [next_stage(stage) for stage in STAGES[:-1]] == list(STAGES[1:])
    with pytest.raises(ValueError, match=r"^a closed round has no next stage$"):
        next_stage(CLOSED)


def test_a_round_has_been_through_what_stands_before_it() -> None:
    assert all(reached(later, earlier) for earlier, later in pairwise(STAGES))
    assert not any(reached(earlier, later) for earlier, later in pairwise(STAGES))
    assert all(reached(stage, stage) for stage in STAGES)
    assert STAGES[0] == OPENED


def test_an_unknown_stage_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        reached("napping", OPENED)
