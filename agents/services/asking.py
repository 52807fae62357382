"""Asking all agents of a round at once, under one deadline."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from agents.domain.answers import Answer
from agents.domain.llm.exchange import Outcome
from agents.domain.llm.playback import Playback
from agents.ports import DerivedAgent, InboxAgent, ModelAgent, Shared, SharingAgent
from agents.services.model_round import abandon_models, finish_models, start_models
from agents.services.questions import Ask, Reply, Table
from agents.services.reading import read_answers, reason_against
from agents.services.seats import invite, wait_for_submissions

_log = logging.getLogger("arena.agents")

Replies = dict[str, Reply]
"""Replies by contestant."""


def ask_all(asks: Sequence[Ask], table: Table) -> list[Reply]:
    """Ask everybody at once under one deadline; replies stand in the order of the asks, whoever was fastest.

    Seats are invited and models' calls started first; agents that may wait get a thread each. All of them
    are late after ``table.deadline_s`` seconds of wall time. Pure agents run here, one after the other,
    without a deadline: a slow machine must not change a season. Derived agents come last, from what the
    others answered. Never raises for an agent's sake.
    """
    until = time.monotonic() + table.deadline_s
    silent = _silent(asks, table)
    groups = _grouped([ask for ask in asks if ask.contestant_id not in silent])
    outside = _Played(table.playback, table.slot) if table.playback else _Outside(table, until)
    outside.invite(groups["inbox"])
    models = start_models(groups["model"], table, until)
    try:
        outside.start(groups["waits"])
        replies = silent | _ask_pure(groups["pure"])
        replies |= outside.collect()
        replies |= finish_models(models)
    except BaseException:
        abandon_models(models)
        raise
    replies |= _ask_derived(groups["derived"], asks, replies)
    return [replies[ask.contestant_id] for ask in asks]


def _silent(asks: Sequence[Ask], table: Table) -> Replies:
    """Return the replies of those whom the recorded season did not ask, though it could be done now."""
    reasons = table.playback.silent_at(table.slot) if table.playback else {}
    return {
        ask.contestant_id: Reply(ask.contestant_id, None, reasons[ask.seat_id], 0)
        for ask in asks
        if ask.seat_id in reasons
    }


def _grouped(asks: Sequence[Ask]) -> dict[str, list[Ask]]:
    groups: dict[str, list[Ask]] = {kind: [] for kind in ("model", "inbox", "derived", "waits", "pure")}
    for ask in asks:
        groups[_kind_of(ask)].append(ask)
    return groups


_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (ModelAgent, "model"),
    (InboxAgent, "inbox"),
    (DerivedAgent, "derived"),
)


def _kind_of(ask: Ask) -> str:
    for kind, name in _KINDS:
        if isinstance(ask.agent, kind):
            return name
    return "waits" if getattr(ask.agent, "blocking", False) else "pure"


_under_way: Final[dict[str, threading.Thread]] = {}
"""The latest thread of each contestant whose agent may wait, in this process."""


class _Outside:
    """Whoever answers from outside of this thread: people, programs, agents that may wait."""

    def __init__(self, table: Table, until: float) -> None:
        self._table, self._until = table, until
        self._seats: Sequence[Ask] = ()
        self._waiting: list[tuple[Ask, threading.Thread | None]] = []
        self._answered: Replies = {}

    def invite(self, asks: Sequence[Ask]) -> None:
        self._seats = asks
        if asks:
            invite(asks, self._table)

    def start(self, asks: Sequence[Ask]) -> None:
        self._waiting = [(ask, self._start(ask)) for ask in asks]  # who still hangs is late at once

    def _start(self, ask: Ask) -> threading.Thread | None:
        """Start asking; None while the agent hangs in an earlier round: it is never entered twice."""
        earlier = _under_way.get(ask.contestant_id)
        if earlier is not None and earlier.is_alive():
            _log.warning("agent of contestant %s still hangs in an earlier round", ask.contestant_id)
            return None

        def answer() -> None:
            self._answered[ask.contestant_id] = _reply_to(ask, {})

        # A daemon, so that an agent that never returns does not keep the process from ending.
        thread = threading.Thread(target=answer, name=f"agent-{ask.contestant_id}", daemon=True)
        thread.start()
        _under_way[ask.contestant_id] = thread
        return thread

    def collect(self) -> Replies:
        found = wait_for_submissions(self._seats, self._table, self._until) if self._seats else {}
        for ask, thread in self._waiting:
            if thread is None:
                continue
            thread.join(max(0.0, self._until - time.monotonic()))
            if not thread.is_alive():
                _under_way.pop(ask.contestant_id, None)
        in_time = dict(self._answered)  # a thread that finishes from here on changes nothing
        late_us = int(self._table.deadline_s * 1_000_000)
        for ask in (*self._seats, *(ask for ask, _thread in self._waiting)):
            who = ask.contestant_id
            found[who] = in_time.get(who) or found.get(who) or Reply(who, None, "late", late_us)
        return found


class _Played:
    """The same from a tape: at once, and whatever it does not hold is not made up."""

    def __init__(self, playback: Playback, slot: int) -> None:
        self._playback, self._slot = playback, slot
        self._asks: list[Ask] = []

    def invite(self, asks: Sequence[Ask]) -> None:
        self._asks += asks

    def start(self, asks: Sequence[Ask]) -> None:
        self._asks += asks

    def collect(self) -> Replies:
        found = {}
        for ask in self._asks:
            recorded = self._playback.reply_of(ask.seat_id, self._slot)
            raw, reason = recorded or (None, Outcome.NO_RECORDING.value)
            found[ask.contestant_id] = Reply(ask.contestant_id, raw, reason, 0)
        return found


def _ask_pure(asks: Sequence[Ask]) -> Replies:
    shared: Shared = {}
    return {ask.contestant_id: _reply_to(ask, shared) for ask in asks}


def _ask_derived(derived: Sequence[Ask], asks: Sequence[Ask], replies: Replies) -> Replies:
    if not derived:
        return {}
    voters = [ask for ask in asks if ask.contestant_id in replies and not ask.is_baseline]
    given = [(ask, replies[ask.contestant_id].raw) for ask in voters]
    answers = read_answers(sorted(given, key=lambda pair: pair[0].seat_id))
    seats = {ask.contestant_id: ask.seat_id for ask in asks}
    by_seat = {seats[who]: answer for who, answer in answers.items()}
    return {ask.contestant_id: _derived_reply(ask, by_seat) for ask in derived}


def _derived_reply(ask: Ask, answers: Mapping[str, Answer]) -> Reply:
    agent: Any = ask.agent
    return _timed(ask, lambda: agent.derive(ask.observation, answers))


def _reply_to(ask: Ask, shared: Shared) -> Reply:
    agent: Any = ask.agent
    if isinstance(agent, SharingAgent):
        return _timed(ask, lambda: agent.decide_shared(ask.observation, shared))
    return _timed(ask, lambda: agent.decide(ask.observation))


def _timed(ask: Ask, decide: Callable[[], object]) -> Reply:
    started = time.perf_counter_ns()
    raw: object = None
    reason = ""
    try:
        raw = decide()
    except Exception as error:  # noqa: BLE001 - whatever an agent raises concerns its contestant only
        _log.warning("agent of contestant %s raised %s", ask.contestant_id, type(error).__name__)
        reason = "raised"
    latency_us = (time.perf_counter_ns() - started) // 1_000
    reason = reason or reason_against(raw)
    answer = raw if isinstance(raw, bytes) and not reason else None
    return Reply(ask.contestant_id, answer, reason, latency_us)
