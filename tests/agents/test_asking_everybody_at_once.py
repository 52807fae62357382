"""One question, one deadline; what one agent does wrong concerns its contestant only."""

import threading
import time
from collections.abc import Callable

import pytest

from agents.ports import Agent
from agents.services import Ask, Reply, Table, ask_all
from trading.domain.market import MarketSnapshot
from trading.domain.observation import FieldStats, MarketView, Observation
from trading.domain.positions import Portfolio
from trading.domain.rules import RuleBook

VIEW = MarketView(MarketSnapshot(0, "test", 60_000, ()), "0" * 64, {}, RuleBook(), 0, FieldStats(0, 0, 0, 0))
SEEN = Observation(VIEW, Portfolio("account", 0, 0), 0, "contestant", 0)
HOLD = b'{"decisions":[]}'


class Answering:
    """An agent that does what it is told to."""

    def __init__(self, answer: Callable[[], bytes], *, blocking: bool = False) -> None:
        self._answer = answer
        self.blocking = blocking

    def decide(self, observation: Observation) -> bytes:
        """Return or raise as told."""
        assert observation is SEEN
        return self._answer()


class Sharing:
    """An agent that leaves a note for the next one of its kind."""

    blocking = False

    def decide(self, observation: Observation) -> bytes:
        """Return the answer of an agent asked alone."""
        return self.decide_shared(observation, {})

    def decide_shared(self, _observation: Observation, shared: dict[str, int]) -> bytes:
        """Return how many of its kind were asked so far."""
        shared["asked"] = shared.get("asked", 0) + 1
        return str(shared["asked"]).encode()


def refuse() -> bytes:
    raise RuntimeError("no")


def replies_of(*agents: Agent, deadline_s: float = 5.0) -> list[Reply]:
    return ask_all([Ask(f"c{i}", f"t{i}", agent, SEEN) for i, agent in enumerate(agents)], table(deadline_s))


def table(deadline_s: float) -> Table:
    return Table("season", "round", 0, 1, deadline_s, lambda: 0)


def pairs_of(replies: list[Reply]) -> list[tuple[str, bytes | None, str]]:
    return [(reply.contestant_id, reply.raw, reply.reason) for reply in replies]


def test_nobody_asked_answers_nothing() -> None:
    assert ask_all([], table(1.0)) == []


@pytest.mark.parametrize("blocking", [False, True])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refuse, "raised"),
        (lambda: b"", "empty"),
        (lambda: None, "empty"),
        (lambda: "text", "raised"),
        (lambda: b" " * (64 * 1024 + 1), "too_long"),
    ],
)
def test_a_broken_agent_is_held_alone(answer: Callable[[], bytes], reason: str, *, blocking: bool) -> None:
    replies = replies_of(
        Answering(lambda: HOLD), Answering(answer, blocking=blocking), Answering(lambda: HOLD)
    )
    assert pairs_of(replies) == [("c0", HOLD, ""), ("c1", None, reason), ("c2", HOLD, "")]


def test_an_answer_of_exactly_the_cap_is_taken() -> None:
    assert replies_of(Answering(lambda: b" " * (64 * 1024)))[0].reason == ""


def test_a_late_agent_is_held_and_the_others_stand() -> None:
    release, entered = threading.Event(), []

    def wait() -> bytes:
        entered.append(threading.current_thread())
        release.wait(30)
        return HOLD

    started = time.monotonic()
    late, prompt = Answering(wait, blocking=True), Answering(lambda: HOLD, blocking=True)
    replies = replies_of(late, prompt, deadline_s=0.2)
    release.set()
    entered[0].join(30)
    assert pairs_of(replies) == [("c0", None, "late"), ("c1", HOLD, "")]
    assert time.monotonic() - started < 20
    assert replies[0].latency_us == 200_000


def test_an_agent_that_hangs_is_late_again_and_never_entered_twice() -> None:
    release, entered = threading.Event(), []

    def hang() -> bytes:
        entered.append(threading.current_thread())
        release.wait(30)
        return HOLD

    hanging = Ask("hanging", "turn", Answering(hang, blocking=True), SEEN)
    sound = Ask("sound", "turn", Answering(lambda: HOLD, blocking=True), SEEN)
    for _ in range(3):
        replies = ask_all([hanging, sound], table(0.3))
        assert pairs_of(replies) == [("hanging", None, "late"), ("sound", HOLD, "")]
    assert len(entered) == 1
    release.set()
    entered[0].join(30)
    assert pairs_of(ask_all([hanging], table(5.0))) == [("hanging", HOLD, "")]


def test_a_round_does_not_wait_for_who_hangs_since_an_earlier_one() -> None:
    release, entered = threading.Event(), []

    def hang() -> bytes:
        entered.append(threading.current_thread())
        release.wait(30)
        return HOLD

    ask = Ask("stuck", "turn", Answering(hang, blocking=True), SEEN)
    ask_all([ask], table(0.1))
    started = time.monotonic()
    assert ask_all([ask], table(20.0))[0].reason == "late"
    assert time.monotonic() - started < 10
    release.set()
    entered[0].join(30)


def test_agents_that_wait_wait_together() -> None:
    together = threading.Barrier(8, timeout=30)

    def meet() -> bytes:
        together.wait()
        return HOLD

    replies = replies_of(*(Answering(meet, blocking=True) for _ in range(8)), deadline_s=30)
    assert {reply.reason for reply in replies} == {""}


def test_replies_stand_in_the_order_of_the_asks_whoever_was_fastest() -> None:
    first_may_answer = threading.Event()

    def first() -> bytes:
        first_may_answer.wait(30)
        return b"first"

    def second() -> bytes:
        first_may_answer.set()
        return b"second"

    replies = replies_of(Answering(first, blocking=True), Answering(second, blocking=True), deadline_s=30)
    assert [reply.raw for reply in replies] == [b"first", b"second"]


def test_pure_agents_are_asked_in_order_and_share_the_rounds_work() -> None:
    assert [reply.raw for reply in replies_of(Sharing(), Sharing(), Sharing())] == [b"1", b"2", b"3"]
    assert [reply.raw for reply in replies_of(Sharing())] == [b"1"]
