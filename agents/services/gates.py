"""Who may ask, and what asking came to: one short transaction before a round's calls, and one after.

Money first, then the breaker: a contestant over its budget must not take the one look at a broken provider.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import InterfaceError, OperationalError, connection, transaction

from agents.domain.llm.budget import Claim, day_budget, estimated_usage, season_budget
from agents.domain.llm.exchange import Outcome
from agents.services.breakers import KeyName, admit, record_outcomes
from agents.services.budgets import (
    Before,
    asked_before,
    forgotten_turns,
    lock_budgets,
    release,
    reserve,
    settle_in_full,
    settle_reservations,
)
from agents.services.prompting import Question
from agents.services.questions import CallRecord, Table

PROBE_GRACE_MS: Final = 60_000

_SETTLE_TRIES: Final = 2

_log = logging.getLogger("arena.agents")

Estimates = Mapping[str, int | None]
"""What each turn's call may cost at most; None where no price is known."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A question that is not asked: why, and what was billed for it before."""

    outcome: Outcome
    detail: str
    cost: int = 0
    cost_source: str = ""


def estimates_of(questions: Sequence[Question], table: Table, wall_ms: int) -> dict[str, int | None]:
    """Return what each turn's call may cost at most: the longest prompt of its model in this round."""
    groups: dict[tuple[str, str, int], list[Question]] = defaultdict(list)
    for question in questions:
        model = question.agent.model
        groups[model.provider, model.model, model.max_output_tokens].append(question)
    found: dict[str, int | None] = {}
    for group in groups.values():
        model = group[0].agent.model
        usage = estimated_usage([item.prompt for item in group if item.prompt], model.max_output_tokens)
        price = table.prices.cost_of(model, model.model, usage, wall_ms)
        at_most = None if price is None else price.usd
        for question in group:
            found[question.ask.turn_id] = 0 if question.agent.is_free else at_most
    return found


def pass_gates(
    questions: Sequence[Question], table: Table, estimates: Estimates, wall_ms: int
) -> dict[str, Closed]:
    """Set money aside; return who may not ask and why. One transaction, before anybody is asked."""
    claims = {q.ask.turn_id: _claim(q, table, estimates[q.ask.turn_id] or 0, wall_ms) for q in questions}
    with transaction.atomic():
        forgotten = forgotten_turns(table.season_id, int(table.deadline_s * 1_000), wall_ms)
        lock_budgets(claims.values(), [*claims, *forgotten])
        before = asked_before(claims)
        settle_in_full(forgotten)
        allotted = reserve([claim for turn, claim in claims.items() if turn not in before], wall_ms)
        granted = {claim.turn_id for claim in allotted.granted}
        refused = _broken([q for q in questions if q.ask.turn_id in granted], table, wall_ms)
        release([claims[turn_id] for turn_id in refused])
    closed = {turn: _interrupted(item) for turn, item in before.items()}
    for turn, cap in allotted.over.items():
        closed[turn] = Closed(Outcome.BUDGET, f"over the cap of its {cap}")
    for turn in refused:
        closed[turn] = Closed(Outcome.BREAKER, "failed too often lately; left alone")
    return closed


def _broken(questions: Sequence[Question], table: Table, wall_ms: int) -> list[str]:
    """Return the turns whose provider is left alone for a while."""
    window_ms = int(table.deadline_s * 1_000) + PROBE_GRACE_MS
    admitted = admit([question.key for question in questions], wall_ms, window_ms, table.slot)
    return [q.ask.turn_id for q, may_ask in zip(questions, admitted, strict=True) if not may_ask]


def _interrupted(before: Before) -> Closed:
    source = "settled" if before.settled else "estimate"
    detail = "was asked before by a process that ended since"
    return Closed(Outcome.INTERRUPTED, detail, before.amount, source if before.amount else "")


def _claim(question: Question, table: Table, amount: int, wall_ms: int) -> Claim:
    ask, caps = question.ask, question.agent.caps
    day = day_budget(question.agent.model, wall_ms)
    season = season_budget(ask.contestant_id, table.season_id)
    return Claim(ask.turn_id, amount, day, season, (caps.call, caps.day, caps.season))


def settle_calls(asked: Sequence[tuple[Question, CallRecord]], table: Table) -> None:
    """Book what the calls of a round cost and what they say about their keys.

    Tried once more where the database gives up: answers that were paid for must not be lost to a deadlock.
    If it gives up again, what was set aside stays so until it counts as forgotten and is settled in full.
    """
    costs = {question.ask.turn_id: record.cost for question, record in asked}
    outcomes: dict[KeyName, list[Outcome]] = defaultdict(list)
    for question, record in asked:
        outcomes[question.key].append(record.outcome)
    interval_ms = table.interval_ms or asked[0][0].ask.observation.market.rules.interval_ms
    for _ in range(_SETTLE_TRIES):
        try:
            with transaction.atomic():
                settle_reservations(costs)
                record_outcomes(outcomes, table.wall_ms(), interval_ms)
        except (OperationalError, InterfaceError) as error:
            _log.warning("the bill of %s calls could not be booked: %s", len(costs), type(error).__name__)
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
        else:
            return
