"""Asking all agents of a round at once, and storing what identifies them."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agents.domain.registry import KINDS
from agents.domain.specs import SpecConfig
from agents.domain.strict_json import MAX_BYTES
from agents.models import AgentSpec
from agents.ports import Agent, Shared, SharingAgent
from trading.domain.observation import Observation

REPLY_REASONS: Final = frozenset({"", "late", "raised", "empty", "too_long"})
"""'' for an answer; else why there is none. 'raised' also stands for an agent that returned no bytes."""

_log = logging.getLogger("arena.agents")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: this agent, about this observation, for this contestant."""

    contestant_id: str
    agent: Agent
    observation: Observation


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. ``raw`` is None exactly if ``reason`` (of ``REPLY_REASONS``) says why."""

    contestant_id: str
    raw: bytes | None
    reason: str
    latency_us: int


def ask_all(asks: Sequence[Ask], deadline_s: float) -> list[Reply]:
    """Ask everybody at once under one deadline; replies stand in the order of the asks, whoever was fastest.

    Agents that may wait get a thread each and are late after ``deadline_s`` seconds of wall time; pure
    agents run here, one after the other, without a deadline: a slow machine must not change a season.
    Never raises for an agent's sake.
    """
    deadline = time.monotonic() + deadline_s
    replies: dict[int, Reply] = {}
    waiting = {index: _start(ask, index, replies) for index, ask in enumerate(asks) if ask.agent.blocking}
    shared: Shared = {}
    for index, ask in enumerate(asks):
        if index not in waiting:
            replies[index] = _reply_to(ask, shared)
    for thread in waiting.values():
        thread.join(max(0.0, deadline - time.monotonic()))
    late_us = int(deadline_s * 1_000_000)
    in_time = dict(replies)  # a thread that finishes from here on changes nothing
    return [in_time.get(i) or Reply(ask.contestant_id, None, "late", late_us) for i, ask in enumerate(asks)]


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
        if isinstance(ask.agent, SharingAgent):
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


def ensure_specs(configs: Sequence[SpecConfig]) -> dict[str, str]:
    """Return the spec id of each name, storing a next version where the kind or configuration changed.

    The versions in ``configs`` are ignored. Safe to run twice and by two processes at once: the second
    finds the rows of the first. Raises ValueError for a kind that the registry does not hold.
    """
    for config in configs:
        if config.kind not in KINDS:
            raise ValueError(
                f"agent {config.name!r}: kind {config.kind!r} is unknown; use one of {', '.join(KINDS)}"
            )
    newest = _newest_versions([config.name for config in configs])
    wanted = {config.name: _versioned(config, newest.get(config.name)) for config in configs}
    rows = [
        AgentSpec(id=spec.id, kind=spec.kind, name=name, version=spec.version, config=spec.to_bytes())
        for name, spec in wanted.items()
    ]
    AgentSpec.objects.bulk_create(rows, ignore_conflicts=True)
    return {name: spec.id for name, spec in wanted.items()}


def _newest_versions(names: Sequence[str]) -> dict[str, AgentSpec]:
    rows = AgentSpec.objects.filter(name__in=names).order_by("version")
    return {row.name: row for row in rows}


def _versioned(config: SpecConfig, newest: AgentSpec | None) -> SpecConfig:
    version = 1
    if newest is not None:
        same = newest.kind == config.kind and bytes(newest.config) == config.to_bytes()
        version = newest.version + (0 if same else 1)
    return SpecConfig(config.kind, config.name, version, config.config)


def missing_key(config: SpecConfig, environ: Mapping[str, str]) -> str | None:
    """Return the first environment variable this kind still needs (NAME or NAME_FILE), or None."""
    for name in KINDS[config.kind].needs_key:
        if not environ.get(name) and not environ.get(f"{name}_FILE"):
            return name
    return None
