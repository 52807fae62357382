"""The language models of one round: questions, gates, calls, bills.

No transaction is open while a provider is asked: money is set aside in one short transaction before, and
settled in one after. Whoever finds money set aside for a turn knows that it was asked before, by a process
that died since; a model is never asked twice about one round.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Final

from agents.domain.answers import Answer
from agents.domain.llm.billing import Bill
from agents.domain.llm.citations import Citations, count_citations
from agents.domain.llm.exchange import ModelResponse, Outcome
from agents.domain.llm.tape import AttemptNote, answer_bytes, used_by
from agents.services.bills import FREE, bill_of
from agents.services.calls import CallResult, replay_calls, run_calls
from agents.services.gates import Closed, estimates_of, pass_gates, settle_calls
from agents.services.loop import LoopThread, running_loop
from agents.services.prompting import Question, questions_of
from agents.services.questions import Ask, CallRecord, Reply, Table
from agents.services.reading import read_answers, reason_against

STUCK_S: Final = 2.0
"""Beyond the deadline, after which the event loop itself is taken to be stuck."""


@dataclass(slots=True)
class ModelRound:
    """Questions that were started; ``finish_models`` waits for them."""

    table: Table
    until: float
    questions: list[Question]
    closed: dict[str, Closed]
    estimates: dict[str, int | None]
    started_wall_ms: int
    running: Future[list[CallResult]] | None = None

    @property
    def asked(self) -> list[Question]:
        """The questions that went out."""
        return [question for question in self.questions if question.ask.turn_id not in self.closed]


def start_models(asks: Sequence[Ask], table: Table, until: float) -> ModelRound:
    """Start every model's call; returns at once. ``until`` is the deadline on time.monotonic."""
    questions = questions_of(asks, table.slot)
    wall_ms = table.wall_ms() if questions else 0
    broken = Closed(Outcome.FAULT, "the prompt could not be rendered")
    closed = {question.ask.turn_id: broken for question in questions if question.prompt is None}
    estimates: dict[str, int | None] = {}
    sound = [question for question in questions if question.prompt is not None]
    if sound and table.playback is None:
        estimates = estimates_of(sound, table, wall_ms)
        closed |= pass_gates(sound, table, estimates, wall_ms)
    started = ModelRound(table, until, questions, closed, estimates, wall_ms)
    if started.asked:
        thread = running_loop()
        started.running = thread.submit(_calls(started, thread))
    return started


async def _calls(started: ModelRound, thread: LoopThread) -> list[CallResult]:
    if started.table.playback is not None:
        return await replay_calls(started.asked, started.table.playback)
    return await run_calls(started.asked, started.until, thread)


def finish_models(started: ModelRound) -> dict[str, Reply]:
    """Wait for the calls until their deadline, settle what they cost, and return contestant -> reply."""
    table = started.table
    results = dict(zip((q.ask.turn_id for q in started.asked), _results(started), strict=True))
    records = [_record(question, started, results) for question in started.questions]
    if started.asked and table.playback is None:
        pairs = zip(started.questions, records, strict=True)
        settle_calls([pair for pair in pairs if pair[0].ask.turn_id not in started.closed], table)
    answers = read_answers([(q.ask, _raw(r)) for q, r in zip(started.questions, records, strict=True)])
    replies = {}
    for question, record in zip(started.questions, records, strict=True):
        cited = replace(record, citations=_citations(record, answers.get(question.ask.contestant_id)))
        replies[question.ask.contestant_id] = _reply(question.ask, cited)
    return replies


def abandon_models(started: ModelRound) -> None:
    """Stop the calls of a round that failed for another reason."""
    if started.running is not None:
        started.running.cancel()


def _results(started: ModelRound) -> list[CallResult]:
    if started.running is None:
        return []
    left_s = None if started.table.playback else max(0.0, started.until - time.monotonic()) + STUCK_S
    try:
        return started.running.result(left_s)
    except TimeoutError:
        started.running.cancel()
        late_us = int(started.table.deadline_s * 1_000_000)
        response = ModelResponse(Outcome.FAULT, detail="the event loop did not come back in time")
        notes = (AttemptNote(1, 0, response),)
        return [CallResult(Outcome.FAULT, response.detail, notes, late_us) for _ in started.asked]


def _record(question: Question, started: ModelRound, results: Mapping[str, CallResult]) -> CallRecord:
    turn_id = question.ask.turn_id
    closed = started.closed.get(turn_id)
    result = CallResult(closed.outcome, closed.detail) if closed else results[turn_id]
    recorded = started.table.playback and started.table.playback.call_of(question.ask.seat_id, question.slot)
    record = CallRecord(
        model=question.agent.model,
        outcome=result.outcome,
        detail=result.detail,
        prompt=question.prompt,
        notes=result.notes,
        started_wall_ms=recorded.wall_ms if recorded else started.started_wall_ms,
        latency_us=result.latency_us,
        usage=used_by(result.notes),
    )
    if closed:
        return replace(record, cost=closed.cost, cost_source=closed.cost_source)
    bill = recorded.bill if recorded else None
    return _billed(record, _bill(record, question, started) if bill is None else bill)


def _bill(record: CallRecord, question: Question, started: ModelRound) -> Bill:
    if question.agent.is_free:
        return Bill(source=FREE.source)
    return bill_of(record, started.table.prices, started.estimates.get(question.ask.turn_id, 0))


def _billed(record: CallRecord, bill: Bill) -> CallRecord:
    return replace(record, cost=bill.cost, cost_source=bill.source, is_unpriced=bill.is_unpriced)


def _raw(record: CallRecord) -> bytes | None:
    if record.outcome is not Outcome.ANSWERED or record.response is None:
        return None
    return answer_bytes(record.response.text)


def _citations(record: CallRecord, answer: Answer | None) -> Citations:
    if answer is None or record.prompt is None:
        return record.citations
    return count_citations(answer, record.prompt)


def _reply(ask: Ask, record: CallRecord) -> Reply:
    raw = _raw(record)
    reason = record.outcome.value if raw is None else reason_against(raw)
    return Reply(ask.contestant_id, None if reason else raw, reason, record.latency_us, record)
