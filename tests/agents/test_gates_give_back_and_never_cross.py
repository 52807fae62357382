"""The gates before a round: money, then the breaker, in one order of locks; what is forgotten is settled."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from agents.domain.llm.breaker import BreakerState
from agents.domain.llm.budget import Claim, day_budget, season_budget
from agents.domain.llm.exchange import Outcome
from agents.models import Breaker, Budget, Reservation
from agents.ports import Caps, ModelAgent
from agents.services import Reply, ask_all, stop_loop
from agents.services.breakers import breaker_id, record_outcomes
from agents.services.budgets import reserve
from agents.services.model_round import abandon_models, finish_models, start_models
from kernel.ids import derive_id
from tests.factories.model_asks import SEASON, WALL_MS, asks_of, model_agent, model_ref, says, table_of

MINUTE = 60_000
DAY_MS = 24 * 60 * MINUTE
KEY = ("scripted", "key")


@pytest.fixture(autouse=True)
def _no_loop_left() -> Iterator[None]:
    yield
    stop_loop()


def opened(until_ms: int) -> None:
    """Open the breaker of the key that all these questions share."""
    state = BreakerState(3, "network", until_ms)
    Breaker.objects.create(id=breaker_id(KEY), provider=KEY[0], key_id=KEY[1], **state._asdict())


def asked(agents: list[ModelAgent], slot: int, wall_ms: int = WALL_MS) -> list[Reply]:
    return ask_all(asks_of(agents, slot), table_of(slot, wall_ms=lambda: wall_ms))


@pytest.mark.django_db
@pytest.mark.parametrize("slot", range(1, 5))
def test_who_is_over_its_budget_never_takes_the_one_look_at_a_broken_provider(slot: int) -> None:
    opened(WALL_MS - 1)
    poor, rich = model_agent(caps=Caps(1, 1, 1)), model_agent()
    assert [reply.reason for reply in asked([poor, rich], slot)] == ["budget", ""]
    assert not Breaker.objects.get().reason, "the look found it well"


@pytest.mark.django_db
def test_who_waits_for_the_breaker_gets_its_money_back_and_may_be_asked_about_the_turn_again() -> None:
    opened(WALL_MS + MINUTE)
    agent = model_agent()
    assert asked([agent], 1)[0].reason == "breaker"
    assert set(Budget.objects.values_list("reserved", "spent")) == {(0, 0)}
    assert not Reservation.objects.exists()
    assert asked([agent], 1, WALL_MS + MINUTE)[0].reason == "", "nobody was asked about it before"


@pytest.mark.django_db
def test_a_turn_whose_process_died_after_the_bill_costs_what_the_bill_said() -> None:
    asks = asks_of([model_agent()])
    first, again = (ask_all(asks, table_of())[0].call for _ in range(2))
    assert first is not None
    assert again is not None
    assert again.outcome is Outcome.INTERRUPTED
    assert again.cost == first.cost > 0
    assert again.cost_source == "settled"
    assert set(Budget.objects.values_list("reserved", "spent")) == {(0, first.cost)}


def forgotten(season: str, created_wall_ms: int) -> int:
    """Leave money set aside as a process does that dies; return how much."""
    who = season_budget(derive_id("gone", season), season)
    made = Claim(derive_id("turn", "gone", season), 700, day_budget(model_ref("gone"), 0), who, (10**9,) * 3)
    reserve([made], created_wall_ms)
    return made.amount


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("season", "age_ms", "is_settled"),
    [
        (SEASON, 10 * MINUTE, False),
        (SEASON, 10 * MINUTE + 20_001, True),
        ("another", 10 * MINUTE + 20_001, False),
        ("another", DAY_MS, False),
        ("another", DAY_MS + 1, True),
    ],
)
def test_what_was_set_aside_and_forgotten_is_settled_in_full(
    season: str, age_ms: int, *, is_settled: bool
) -> None:
    amount = forgotten(season, WALL_MS - age_ms)
    assert asked([model_agent()], 1)[0].reason == ""
    held = Budget.objects.filter(holder__in=["scripted/gone", derive_id("gone", season)])
    assert set(held.values_list("reserved", "spent")) == {(0, amount) if is_settled else (amount, 0)}


def statements_of(work: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        work()
    return [query["sql"] for query in queries]


@pytest.mark.django_db
def test_gate_and_bill_take_budgets_before_breakers() -> None:
    opened(WALL_MS - 1)
    asks, table = asks_of([model_agent(), model_agent(key_id="other")]), table_of()
    started = []
    for statements in (
        statements_of(lambda: started.append(start_models(asks, table, time.monotonic() + 20))),
        statements_of(lambda: finish_models(started[0])),
    ):
        touched = [name for sql in statements for name in ("budget", "breaker") if f'"agents_{name}"' in sql]
        assert {"budget", "breaker"} == set(touched)
        assert touched == sorted(touched, reverse=True), "a lock on a budget after one on a breaker may cross"


@pytest.mark.django_db(transaction=True)
def test_seasons_that_share_a_key_and_a_model_never_lose_an_answer() -> None:
    """Of use on PostgreSQL, which locks row by row; a breaker's row is there from the first failure on."""
    with transaction.atomic():
        record_outcomes({KEY: [Outcome.NETWORK]}, 0, MINUTE)
    replies: list[Reply] = []
    problems: list[BaseException] = []

    def season(number: int) -> None:
        try:
            for slot in range(1, 9):
                agents = [model_agent(says(delay_s=0.005 * number))] * 2
                asks = [
                    replace(
                        ask,
                        contestant_id=derive_id("w", number, at),
                        turn_id=derive_id("t", number, slot, at),
                    )
                    for at, ask in enumerate(asks_of(agents, slot))
                ]
                replies.extend(ask_all(asks, table_of(slot)))
        except BaseException as problem:  # noqa: BLE001 - told to the test below
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=season, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    assert [reply.reason for reply in replies] == [""] * 64
    assert set(Budget.objects.values_list("reserved", flat=True)) == {0}


class _Failing:
    """A database that gives up on statements about breakers, so many times, as it does with a deadlock."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """Raise instead of executing."""
        if '"agents_breaker"' in sql and self.left:
            self.left -= 1
            raise OperationalError("deadlock detected")
        return execute(sql, *rest)


@pytest.mark.django_db
@pytest.mark.parametrize(("times", "held"), [(1, {0}), (2, None)])
def test_a_bill_that_the_database_gives_up_on_is_tried_again_and_no_answer_is_lost(
    times: int, held: set[int] | None
) -> None:
    started = start_models(asks_of([model_agent()]), table_of(), time.monotonic() + 20)
    with connection.execute_wrapper(_Failing(times)):
        replies = finish_models(started)
    assert [reply.reason for reply in replies.values()] == [""]
    reserved = set(Budget.objects.values_list("reserved", flat=True))
    assert reserved == held if held else 0 not in reserved, "unpaid, it stays set aside"


@pytest.mark.django_db
def test_the_same_turn_forgotten_by_its_own_process_is_interrupted_however_old() -> None:
    asks = asks_of([model_agent()])
    abandon_models(start_models(asks, table_of(), time.monotonic() + 20))
    reply = ask_all(asks, table_of(wall_ms=lambda: WALL_MS + 2 * DAY_MS))[0]
    assert reply.call is not None
    assert (reply.reason, reply.call.cost_source) == ("interrupted", "estimate")
