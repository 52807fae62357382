"""Whatever the order of reserving and settling, in one process or many: no cap is ever exceeded."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.domain.llm.budget import Balance, Claim, allot, day_budget, season_budget
from agents.models import Budget, Reservation
from agents.selectors import budgets
from agents.services.budgets import asked_before, reserve, settle_reservations
from kernel.ids import derive_id
from tests.factories.model_asks import WALL_MS, model_ref

DAY = day_budget(model_ref(), WALL_MS)


def claim(
    turn: object, amount: int, *, who: str = "a", caps: tuple[int, int, int] = (100, 300, 200)
) -> Claim:
    return Claim(derive_id("turn", str(turn)), amount, DAY, season_budget(who, "season"), caps)


def test_a_day_ends_at_midnight_utc() -> None:
    assert DAY == ("day", "scripted/toy", "2026-11-18")
    assert day_budget(model_ref(), 0).period == "1970-01-01"
    assert day_budget(model_ref(), 86_400_000 - 1).period == "1970-01-01"
    assert day_budget(model_ref(), 86_400_000).period == "1970-01-02"


@pytest.mark.parametrize(
    ("amount", "balance", "cap"),
    [
        (101, (0, 0), "call"),
        (100, (150, 51), "day"),
        (100, (0, 0), ""),
        (100, (100, 100), ""),
        (0, (900, 900), ""),
    ],
)
def test_each_cap_is_named_and_reached_exactly(amount: int, balance: tuple[int, int], cap: str) -> None:
    made = claim(1, amount)
    result = allot([made], {DAY.id: Balance(*balance)})
    assert result.over.get(made.turn_id, "") == cap


def test_a_claim_counts_for_those_behind_it() -> None:
    claims = [claim(turn, 80) for turn in range(3)]
    result = allot(claims, {})
    assert [item.turn_id for item in result.granted] == [item.turn_id for item in claims[:2]]
    assert result.over == {claims[2].turn_id: "season"}


Wanted = list[tuple[int, str, int]]

CLAIMS = st.lists(
    st.tuples(st.integers(0, 130), st.sampled_from("abc"), st.integers(0, 100)), min_size=1, max_size=12
)


@pytest.mark.django_db(transaction=True)
@settings(deadline=None, max_examples=25)
@given(st.lists(CLAIMS, min_size=1, max_size=4))
def test_no_cap_is_exceeded_by_rounds_that_reserve_and_settle(
    rounds: list[list[tuple[int, str, int]]],
) -> None:
    Reservation.objects.all().delete()
    Budget.objects.all().delete()
    for number, wanted in enumerate(rounds):
        claims = [claim((number, at), amount, who=who) for at, (amount, who, _) in enumerate(wanted)]
        with transaction.atomic():
            granted = reserve(claims, WALL_MS).granted
        check_caps()
        spent = {claims[at].turn_id: min(cost, claims[at].amount) for at, (_, _, cost) in enumerate(wanted)}
        with transaction.atomic():
            settle_reservations({item.turn_id: spent[item.turn_id] for item in granted})
        check_caps()
    assert set(Budget.objects.values_list("reserved", flat=True)) <= {0}


def check_caps() -> None:
    for row in Budget.objects.all():
        assert row.reserved + row.spent <= (300 if row.kind == "day" else 200)


def together(*works: Callable[[], None]) -> None:
    problems: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as problem:  # noqa: BLE001 - told to the test below
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []


@pytest.mark.django_db(transaction=True)
def test_rounds_of_many_threads_share_a_cap_and_none_exceeds_it() -> None:
    granted: list[str] = []

    def ask_and_pay(number: int) -> Callable[[], None]:
        def work() -> None:
            for turn in range(6):
                made = claim((number, turn), 10, who=f"w{turn}", caps=(10, 200, 60))
                with transaction.atomic():
                    mine = reserve([made], WALL_MS).granted
                granted.extend(item.turn_id for item in mine)
                with transaction.atomic():
                    settle_reservations({item.turn_id: 10 for item in mine})

        return work

    together(*(ask_and_pay(number) for number in range(8)))
    assert len(granted) == 20, "480 units were asked for, and the day's cap is 200"
    assert [(row.reserved, row.spent) for row in budgets("day", DAY.period)] == [(0, 200)]
    assert all(row.spent <= 60 and not row.reserved for row in budgets("season", "season"))


@pytest.mark.django_db
def test_a_turn_is_settled_once() -> None:
    made = claim(1, 50)
    reserve([made], WALL_MS)
    settle_reservations({made.turn_id: 30})
    settle_reservations({made.turn_id: 30})
    assert [(row.reserved, row.spent) for row in budgets("day", DAY.period)] == [(0, 30)]


@pytest.mark.django_db
def test_a_turn_that_was_asked_before_is_told_with_what_it_may_have_cost() -> None:
    made = claim(1, 50)
    reserve([made], WALL_MS)
    assert asked_before([made.turn_id, "another"]) == {made.turn_id: (50, False)}
    assert [(row.reserved, row.spent) for row in budgets("season", "season")] == [(0, 50)]
    assert asked_before([made.turn_id]) == {made.turn_id: (50, True)}
    assert [(row.reserved, row.spent) for row in budgets("season", "season")] == [(0, 50)]


@pytest.mark.django_db
def test_a_turn_that_was_settled_before_is_told_with_what_it_did_cost() -> None:
    made = claim(1, 50)
    reserve([made], WALL_MS)
    settle_reservations({made.turn_id: 7})
    assert asked_before([made.turn_id]) == {made.turn_id: (7, True)}
    assert [(row.reserved, row.spent) for row in budgets("season", "season")] == [(0, 7)]


@pytest.mark.django_db
def test_a_bill_above_the_estimate_is_kept_and_blocks_the_next_call() -> None:
    reserve([claim(1, 100)], WALL_MS)
    settle_reservations({claim(1, 100).turn_id: 190})
    assert reserve([claim(2, 100)], WALL_MS).over == {claim(2, 100).turn_id: "season"}
