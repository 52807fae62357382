"""With a tape in the player nobody outside is asked, nothing is spent, and nothing is made up."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.adapters.llm.scripted import Step
from agents.domain.llm.billing import Bill
from agents.domain.llm.exchange import ModelRequest, Outcome
from agents.domain.llm.playback import Playback
from agents.domain.llm.tape import CallNote, Line, call_line, seal_line
from agents.domain.llm.tape_check import Break, verify_tape
from agents.models import TapeLine
from agents.ports import AnyAgent, Caps, InboxAgent
from agents.selectors import tape_length, tape_lines
from agents.services import NO_PRICES, CallRecord, Reply, ask_all, record_replies, stop_loop
from kernel.canonical import GENESIS
from tests.factories.model_asks import (
    HOLD,
    SEASON,
    asks_of,
    fails,
    model_agent,
    playback_of,
    says,
    sealed,
    table_of,
)
from trading.domain.observation import Observation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_loop_left() -> Iterator[None]:
    yield
    stop_loop()


class Waiting:
    """An agent that may wait, and counts how often it was asked."""

    blocking = True

    def __init__(self) -> None:
        self.asked = 0

    def decide(self, _observation: Observation) -> bytes:
        """Count and hold."""
        self.asked += 1
        return HOLD.encode()


def hang(_request: ModelRequest) -> Step:
    return Step(hangs=True)


def cast(playback: Playback | None = None) -> list[AnyAgent]:
    """Return one of each: four models, a person, a program that waits."""
    poor = model_agent(caps=Caps(0, 0, 0), wire=playback)
    return [
        model_agent(says(), wire=playback),
        model_agent(fails(Outcome.OVERLOADED), wire=playback),
        model_agent(fails(Outcome.REFUSED), wire=playback),
        model_agent(hang, wire=playback),
        poor,
        InboxAgent("human"),
        Waiting(),
    ]


def recorded() -> tuple[list[Reply], Playback]:
    """Play a round with everybody and return its replies and its tape."""
    asks, table = asks_of(cast()), table_of(deadline_s=1.5)
    replies = ask_all(asks, table)
    record_replies(table, asks, replies, {"absent-seat": "no_agent"})
    return replies, playback_of(list(tape_lines(SEASON)))


def told(replies: list[Reply]) -> list[tuple[bytes | None, str]]:
    return [(reply.raw, reply.reason) for reply in replies]


def test_every_reply_comes_back_at_once_and_nothing_is_written() -> None:
    replies, playback = recorded()
    assert [reply.reason for reply in replies][:5] == ["", "", "refused", "timeout", "budget"]
    again = cast(playback)
    started = time.monotonic()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        played = ask_all(asks_of(again), table_of(playback=playback))
    assert told(played) == told(replies)
    assert time.monotonic() - started < 5
    assert list(queries) == []
    waiting = again[-1]
    assert isinstance(waiting, Waiting)
    assert waiting.asked == 0


def bill_of(call: CallRecord) -> tuple[int, str, bool]:
    return call.cost, call.cost_source, call.is_unpriced


def test_calls_keep_their_time_and_tokens_and_what_they_cost() -> None:
    replies, playback = recorded()
    late = replies[3].call
    assert late is not None
    assert (late.cost > 0, late.cost_source) == (True, "estimate"), "what no attempt on the tape tells"
    played = ask_all(asks_of(cast(playback)), table_of(playback=playback, wall_ms=lambda: 1))
    for before, after in zip(replies, played, strict=True):
        if before.call is not None and after.call is not None:
            assert after.call.started_wall_ms == before.call.started_wall_ms
            assert after.latency_us == before.latency_us
            assert after.call.usage == before.call.usage
            assert bill_of(after.call) == bill_of(before.call)
            assert after.call.prompt == before.call.prompt


def test_a_call_that_was_interrupted_keeps_its_cost_and_an_unpriced_one_its_mark() -> None:
    first, second = asks_of([model_agent()], 1), asks_of([model_agent()], 2)
    ask_all(first, table_of())
    unpriced = replace(table_of(2), prices=NO_PRICES)
    again, free = ask_all(first, table_of()), ask_all(second, unpriced)
    record_replies(table_of(), first, again)
    record_replies(unpriced, second, free)
    playback = playback_of(list(tape_lines(SEASON)))
    agent = model_agent(wire=playback)
    for slot, replies in ((1, again), (2, free)):
        played = ask_all(asks_of([agent], slot), table_of(slot, playback=playback))
        assert played[0].call is not None
        assert replies[0].call is not None
        assert bill_of(played[0].call) == bill_of(replies[0].call)
    assert again[0].call is not None
    assert again[0].call.cost > 0


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"cost": "1"}, "cost"),
        ({"cost": -1}, "cost"),
        ({"cost_source": 7}, "cost_source"),
        ({"unpriced": 2}, "unpriced"),
    ],
)
def test_a_tape_whose_bill_has_no_form_is_not_played(changed: Line, name: str) -> None:
    bill = Bill(5, "flat")
    line = call_line("seat", 7, CallNote(Outcome.TIMEOUT, 1, 1, "", bill), [])
    header = seal_line({"kind": "season"}, GENESIS)[0]
    assert verify_tape([header, *sealed([line])]) == Break(3, "is missing: the tape has no end")
    assert verify_tape([header, *sealed([{**line, **changed}])]) == Break(2, f"lacks a proper {name!r}")


def test_what_the_tape_does_not_hold_is_not_made_up() -> None:
    _replies, playback = recorded()
    played = ask_all(asks_of(cast(playback), slot=2), table_of(2, playback=playback))
    assert {reply.reason for reply in played} == {"no_recording"}


def test_another_question_than_the_recorded_one_is_not_answered() -> None:
    _replies, playback = recorded()
    asks = asks_of([model_agent(wire=playback)] * 2)
    swapped = [asks[0], type(asks[1])(asks[1].contestant_id, "t", asks[1].agent, asks[0].observation)]
    other = ask_all(swapped, table_of(playback=playback))
    assert other[0].reason == ""
    assert [len(reply.call.notes) for reply in other if reply.call] == [1, 1]
    changed = model_agent(model=None, wire=playback)
    changed = type(changed)(changed.model, changed.provider, "key", changed.caps, "Be bold.")
    assert ask_all(asks_of([changed]), table_of(playback=playback))[0].reason == "no_recording"


def test_who_was_not_asked_then_is_not_asked_now() -> None:
    asks = asks_of([model_agent(), model_agent()])
    table = table_of()
    record_replies(table, asks[:1], ask_all(asks[:1], table), {asks[1].seat_id: "no_agent"})
    playback = playback_of(list(tape_lines(SEASON)))
    played = ask_all(asks, table_of(playback=playback))
    assert played[1].reason == "no_agent"
    assert played[1].call is None


def test_a_tape_grows_round_by_round_in_one_chain() -> None:
    for slot in (1, 2, 3):
        asks = asks_of([model_agent()], slot)
        record_replies(table_of(slot), asks, ask_all(asks, table_of(slot)))
    assert tape_length(SEASON) == 6
    assert tape_length(SEASON, until_slot=2) == len(list(tape_lines(SEASON, until_slot=2))) == 4
    rows = list(TapeLine.objects.order_by("seq"))
    assert [row.prev_sha256 for row in rows[1:]] == [row.sha256 for row in rows[:-1]]


def test_a_round_of_pure_agents_leaves_no_line() -> None:
    class Pure:
        blocking = False

        def decide(self, _observation: Observation) -> bytes:
            """Hold."""
            return HOLD.encode()

    asks = asks_of([Pure()])
    record_replies(table_of(), asks, ask_all(asks, table_of()))
    assert tape_length(SEASON) == 0
