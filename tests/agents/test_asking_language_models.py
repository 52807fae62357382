"""Models are asked at once, under the round's deadline, once about each round; what fails is held by name."""

import asyncio
import os
import time
from collections.abc import Iterator, Mapping

import pytest

from agents.adapters.llm.scripted import Script, ScriptedProvider, Step
from agents.domain.answers import Answer
from agents.domain.llm.exchange import ModelRequest, Outcome
from agents.models import Budget, ModelCall, ModelTally, Reservation
from agents.ports import Caps, ModelAgent
from agents.selectors import calls_at, calls_of, recount_tallies, tallies
from agents.services import Ask, Reply, ask_all, record_replies, stop_loop
from agents.services.loop import run_on_loop, running_loop
from agents.services.model_round import abandon_models, start_models
from tests.factories.model_asks import (
    HOLD,
    SEASON,
    asks_of,
    fails,
    model_agent,
    model_ref,
    says,
    table_of,
)
from trading.domain.observation import Observation
from trading.selectors import blob_bodies

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_loop_left() -> Iterator[None]:
    yield
    stop_loop()


def asked(*agents: ModelAgent, deadline_s: float = 20.0) -> list[Reply]:
    return ask_all(asks_of(agents), table_of(deadline_s=deadline_s))


def asked_of(agent: ModelAgent) -> list[ModelRequest]:
    assert isinstance(agent.provider, ScriptedProvider)
    return agent.provider.asked


def test_an_answer_comes_back_as_the_bytes_the_model_said() -> None:
    reply = asked(model_agent(says(HOLD)))[0]
    assert (reply.raw, reply.reason) == (HOLD.encode(), "")
    assert reply.call is not None
    assert (reply.call.outcome, len(reply.call.notes)) == (Outcome.ANSWERED, 1)


def test_all_models_are_shown_the_same_market_and_each_its_own_account() -> None:
    agents = [model_agent() for _ in range(3)]
    asked(*agents)
    requests = [asked_of(agent)[0] for agent in agents]
    assert len({request.system for request in requests}) == 1
    assert len({request.seat_id for request in requests}) == 3
    assert {request.slot for request in requests} == {1}
    assert all(request.schema["type"] == "object" for request in requests)


def test_a_model_may_think_in_silence_until_the_deadline() -> None:
    agent = model_agent()
    asked(agent, deadline_s=45.0)
    request = asked_of(agent)[0]
    assert request.first_byte_s == request.deadline_s == pytest.approx(45, abs=2)


def test_a_hundred_models_wait_together() -> None:
    agents = [model_agent(says(delay_s=0.5)) for _ in range(100)]
    started = time.monotonic()
    replies = asked(*agents)
    assert {reply.reason for reply in replies} == {""}
    assert time.monotonic() - started < 10, "one after the other they would take 50 seconds"


@pytest.mark.parametrize(
    "outcome", [Outcome.NETWORK, Outcome.OVERLOADED, Outcome.RATE_LIMITED, Outcome.PROTOCOL]
)
def test_a_passing_failure_is_tried_once_more(outcome: Outcome) -> None:
    agent = model_agent(fails(outcome))
    reply = asked(agent)[0]
    assert reply.raw == HOLD.encode()
    assert [request.attempt for request in asked_of(agent)] == [1, 2]


def test_what_fails_twice_is_held_by_the_second_reason() -> None:
    agent = model_agent(fails(Outcome.OVERLOADED, Outcome.NETWORK))
    reply = asked(agent)[0]
    assert (reply.raw, reply.reason, len(asked_of(agent))) == (None, "network", 2)


@pytest.mark.parametrize(
    "outcome",
    [
        outcome
        for outcome in Outcome
        if outcome
        not in {
            Outcome.ANSWERED,
            Outcome.NETWORK,
            Outcome.OVERLOADED,
            Outcome.RATE_LIMITED,
            Outcome.PROTOCOL,
        }
    ],
)
def test_every_other_failure_is_final_and_gives_its_name(outcome: Outcome) -> None:
    agent = model_agent(fails(outcome))
    reply = asked(agent)[0]
    assert (reply.raw, reply.reason, len(asked_of(agent))) == (None, outcome.value, 1)


def test_a_provider_that_names_a_year_is_not_waited_for() -> None:
    def script(_request: ModelRequest) -> Step:
        return Step(outcome=Outcome.RATE_LIMITED, status=429, retry_after_s=31_536_000.0)

    agent = model_agent(script)
    started = time.monotonic()
    assert asked(agent)[0].reason == "rate_limited"
    assert len(asked_of(agent)) == 1
    assert time.monotonic() - started < 5


def test_who_is_not_done_at_the_deadline_is_a_timeout_and_the_others_stand() -> None:
    def hang(_request: ModelRequest) -> Step:
        return Step(hangs=True)

    started = time.monotonic()
    late, prompt = asked(model_agent(hang), model_agent(), deadline_s=0.5)
    assert (late.raw, late.reason) == (None, "timeout")
    assert prompt.raw == HOLD.encode()
    assert 0.5 <= time.monotonic() - started < 10
    assert late.call is not None
    assert late.call.cost_source == "estimate", "what was never answered may be billed"
    assert late.call.cost > 0


def test_an_adapter_that_raises_is_a_fault_of_its_contestant_only() -> None:
    def broken(_request: ModelRequest) -> Step:
        return Step(raises=True)

    faulty, sound = asked(model_agent(broken), model_agent())
    assert (faulty.reason, sound.reason) == ("fault", "")


@pytest.mark.parametrize(("text", "reason"), [("", "empty"), ("x" * 70_000, "too_long")])
def test_an_answer_that_is_none_says_why(text: str, reason: str) -> None:
    reply = asked(model_agent(says(text)))[0]
    assert (reply.raw, reply.reason) == (None, reason)


def test_a_deriver_is_told_the_readable_answers_of_the_others_by_seat() -> None:
    class Deriver:
        told: Mapping[str, Answer]

        def derive(self, observation: Observation, answers: Mapping[str, Answer]) -> bytes:
            """Keep what it was told."""
            assert observation is not None
            self.told = answers
            return HOLD.encode()

    deriver = Deriver()
    asks = asks_of([deriver, model_agent(), model_agent(says("no answer")), model_agent(fails(Outcome.AUTH))])
    replies = ask_all(asks, table_of())
    assert [reply.reason for reply in replies] == ["", "", "", "auth"]
    assert list(deriver.told) == [asks[1].seat_id]


def test_a_model_is_asked_once_about_a_round_whoever_asks_again() -> None:
    agent = model_agent()
    asks = asks_of([agent])
    ask_all(asks, table_of())
    again = ask_all(asks, table_of())[0]
    assert (again.raw, again.reason) == (None, "interrupted")
    assert len(asked_of(agent)) == 1


def test_an_open_reservation_is_settled_in_full_when_its_process_died() -> None:
    agent = model_agent()
    asks = asks_of([agent])
    abandon_models(start_models(asks, table_of(), time.monotonic() + 20))  # as far as the dead one came
    assert not Reservation.objects.get().settled
    reply = ask_all(asks, table_of())[0]
    assert reply.call is not None
    assert (reply.reason, reply.call.cost_source) == ("interrupted", "estimate")
    assert reply.call.cost == Reservation.objects.get().amount > 0
    assert set(Budget.objects.values_list("reserved", "spent")) == {(0, reply.call.cost)}
    assert Reservation.objects.get().settled


def test_over_a_cap_nobody_is_asked_and_the_reply_says_so() -> None:
    poor = model_agent(caps=Caps(call=1, day=10**12, season=10**12))
    rich = model_agent()
    replies = asked(poor, rich)
    assert [reply.reason for reply in replies] == ["budget", ""]
    assert asked_of(poor) == []
    assert replies[0].call is not None
    assert replies[0].call.cost == 0


def test_a_model_on_this_machine_costs_nothing_and_knows_no_cap() -> None:
    agent = model_agent(caps=Caps(0, 0, 0), is_free=True, model=model_ref(on_this_machine=True))
    reply = asked(agent)[0]
    assert reply.call is not None
    assert (reply.reason, reply.call.cost, reply.call.is_unpriced) == ("", 0, False)


def test_calls_are_recorded_with_their_prompts_and_sums() -> None:
    asks = asks_of([model_agent(fails(Outcome.NETWORK)), model_agent(fails(Outcome.REFUSED))])
    replies = ask_all(asks, table_of())
    record_replies(table_of(), asks, replies)
    calls = calls_at(SEASON, 1)
    first = calls[asks[0].contestant_id]
    assert (first.outcome, first.attempts, first.cost_source) == ("answered", 2, "flat")
    assert first.usage.input > 1_000
    assert first.cost == (first.usage.input + first.usage.output) * 1_000
    bodies = blob_bodies(first.parts_sha256)
    request = asked_of(asks[0].agent)[0]  # type: ignore[arg-type]  # it is a model
    assert bodies[first.parts_sha256[0]].decode() == request.system
    sums = tallies(SEASON)
    assert sums == recount_tallies(SEASON)
    assert (sums[asks[1].contestant_id].calls, sums[asks[1].contestant_id].answered) == (1, 0)
    assert [call.slot for call in calls_of(asks[0].contestant_id)] == [1]
    assert calls_of(asks[0].contestant_id, before_slot=1) == []


def test_sums_grow_round_by_round() -> None:
    agents = [model_agent(), model_agent()]
    for slot in (1, 2, 3):
        asks = asks_of(agents, slot)
        record_replies(table_of(slot), asks, ask_all(asks, table_of(slot)))
    assert ModelTally.objects.count() == 2
    assert {tally.calls for tally in tallies(SEASON).values()} == {3}
    assert tallies(SEASON) == recount_tallies(SEASON)


def test_a_price_nobody_knows_counts_nothing_and_says_so() -> None:
    asks = asks_of([model_agent()])
    table = table_of()
    unpriced = type(table)("s", "r", 1, 1, 20.0, table.wall_ms)
    replies = ask_all(asks, unpriced)
    record_replies(table, asks, replies)
    sums = tallies(SEASON)[asks[0].contestant_id]
    assert (sums.cost, sums.unpriced) == (0, 1)


def test_what_a_provider_says_of_itself_fits_its_columns() -> None:
    asks = asks_of([model_agent(fails(Outcome.BAD_REQUEST), model=model_ref("m" * 110))])
    replies = ask_all(asks, table_of())
    record_replies(table_of(), asks, replies)
    assert ModelCall.objects.get().model == "m" * 110


async def _loop_id() -> int:
    return id(asyncio.get_running_loop())


def test_one_loop_serves_the_process_until_it_is_stopped() -> None:
    first = run_on_loop(_loop_id())
    assert run_on_loop(_loop_id()) == first
    stopped = running_loop()
    stop_loop()
    assert running_loop() is not stopped


def test_work_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        run_on_loop(asyncio.sleep(60), 0.05)


def test_a_forked_child_starts_its_own_loop_and_leaves_the_parents_alone() -> None:
    asked(model_agent())
    reader, writer = os.pipe()
    child = os.fork()
    if not child:  # the child: nothing of pytest may run in it
        try:
            os.write(writer, b"asked" if run_on_loop(_loop_id(), 10) else b"?")
        finally:
            os._exit(0)
    os.close(writer)
    assert os.read(reader, 16) == b"asked"
    os.close(reader)
    os.waitpid(child, 0)
    assert run_on_loop(_loop_id(), 10), "the parent's loop still answers"


def _script_of(name: str) -> Script:
    return says('{"summary":"' + name + '","decisions":[]}')


def test_replies_stand_in_the_order_of_the_asks() -> None:
    asks: list[Ask] = asks_of([model_agent(_script_of(str(at))) for at in range(5)])
    replies = ask_all(list(reversed(asks)), table_of())
    assert [reply.contestant_id for reply in replies] == [ask.contestant_id for ask in reversed(asks)]
