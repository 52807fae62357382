"""Asking all agents of a round at once, under one deadline."""

import logging
import threading
import time
from collections.abc import Sequence

from agents.domain.strict_json import MAX_BYTES
from agents.ports import DerivedAgent, InboxAgent, ModelAgent, Shared, SharingAgent
from agents.services.questions import Ask, Reply, Table

_log = logging.getLogger("arena.agents")


def ask_all(asks: Sequence[Ask], table: Table) -> list[Reply]:
    """Ask everybody at once under one deadline; replies stand in the order of the asks, whoever was fastest.

    Agents that may wait get a thread each and are late after ``table.deadline_s`` seconds of wall time; pure
    agents run here, one after the other, without a deadline: a slow machine must not change a season.
    Never raises for an agent's sake.
    """
    deadline = time.monotonic() + table.deadline_s
    replies: dict[int, Reply] = {}
    waiting = {index: _start(ask, index, replies) for index, ask in enumerate(asks) if _waits(ask)}
    shared: Shared = {}
    for index, ask in enumerate(asks):
        if index not in waiting:
            replies[index] = _reply_to(ask, shared)
    for thread in waiting.values():
        thread.join(max(0.0, deadline - time.monotonic()))
    late_us = int(table.deadline_s * 1_000_000)
    in_time = dict(replies)  # a thread that finishes from here on changes nothing
    return [in_time.get(i) or Reply(ask.contestant_id, None, "late", late_us) for i, ask in enumerate(asks)]


def _waits(ask: Ask) -> bool:
    return not isinstance(ask.agent, ModelAgent | InboxAgent | DerivedAgent) and ask.agent.blocking


def _start(ask: Ask, index: int, replies: dict[int, Reply]) -> threading.Thread:
    def answer() -> None:
        replies[index] = _reply_to(ask, {})

    # A daemon, so that an agent that never returns does not keep the process from ending.
    thread = threading.Thread(target=answer, name=f"agent-{ask.contestant_id}", daemon=True)
    thread.start()
    return thread


def _reply_to(ask: Ask, shared: Shared) -> Reply:
    started = time.perf_counter_ns()
    raw: object = None
    reason = ""
    try:
        if isinstance(ask.agent, ModelAgent | InboxAgent | DerivedAgent):
            reason = "empty"
        elif isinstance(ask.agent, SharingAgent):
            raw = ask.agent.decide_shared(ask.observation, shared)
        else:
            raw = ask.agent.decide(ask.observation)
    except Exception as error:  # noqa: BLE001 - whatever an agent raises concerns its contestant only
        _log.warning("agent of contestant %s raised %s", ask.contestant_id, type(error).__name__)
        reason = "raised"
    latency_us = (time.perf_counter_ns() - started) // 1_000
    reason = reason or _reason_against(raw)
    answer = raw if isinstance(raw, bytes) and not reason else None
    return Reply(ask.contestant_id, answer, reason, latency_us)


def _reason_against(raw: object) -> str:
    if not isinstance(raw, bytes):
        return "empty" if raw is None else "raised"
    if not raw:
        return "empty"
    return "too_long" if len(raw) > MAX_BYTES else ""
