"""Calls to language models on the event loop: one coroutine a question, one retry at most, one deadline."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agents.domain.llm.exchange import NO_USAGE, ModelRequest, ModelResponse, Outcome
from agents.domain.llm.playback import NOT_REPLAYED, Playback
from agents.domain.llm.retry import retry_wait_s, usual_latency_s
from agents.domain.llm.tape import AttemptNote
from agents.ports import ModelAgent
from agents.services.loop import LoopThread
from agents.services.prompting import Question, request_of
from kernel.ids import derive_seed

OVERDUE_S: Final = 0.25
"""What an adapter gets beyond the deadline to say itself that it is late, with what crossed the wire."""

REMEMBERED_ANSWERS: Final = 64

_log = logging.getLogger("arena.agents")

_latencies: Final[dict[tuple[str, str], deque[int]]] = defaultdict(lambda: deque(maxlen=REMEMBERED_ANSWERS))
"""How long each model's latest answers took in this process, in microseconds; touched on the loop only."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """What the attempts of one question came to."""

    outcome: Outcome
    detail: str = ""
    notes: tuple[AttemptNote, ...] = ()
    latency_us: int = 0


async def run_calls(questions: Sequence[Question], until: float, thread: LoopThread) -> list[CallResult]:
    """Ask all at once; ``until`` is the deadline on the loop's clock (time.monotonic). Never raises."""
    return await asyncio.gather(*(_Call(question, until, thread).run() for question in questions))


class _Call:
    """One question under way."""

    def __init__(self, question: Question, until: float, thread: LoopThread) -> None:
        self._question = question
        self._until = until
        self._thread = thread
        self._clock = thread.loop.time
        self._began = self._clock()
        self._notes: list[AttemptNote] = []
        self._attempt_began: float | None = None

    async def run(self) -> CallResult:
        """Make the attempts; whatever is not there at the deadline is a timeout."""
        self._thread.remember(self._question.agent.provider)
        try:
            async with asyncio.timeout_at(self._until + OVERDUE_S), self._thread.slot_of(*self._question.key):
                outcome, detail = await self._attempts()
        except TimeoutError:
            outcome, detail = Outcome.TIMEOUT, "no whole answer before the deadline"
            self._note_unfinished(outcome, detail)
        except Exception as error:  # noqa: BLE001 - an adapter's own fault concerns its contestant only
            _log.warning("provider %s raised %s", self._question.key[0], type(error).__name__)
            outcome, detail = Outcome.FAULT, f"the adapter raised {type(error).__name__}"
            self._note_unfinished(outcome, detail)
        return CallResult(outcome, detail, tuple(self._notes), _micros(self._clock() - self._began))

    async def _attempts(self) -> tuple[Outcome, str]:
        while True:
            response = await self._attempt()
            if self._clock() > self._until:
                return Outcome.TIMEOUT, response.detail or "the answer came after the deadline"
            wait_s = self._wait_before_next(response)
            if wait_s is None:
                return response.outcome, response.detail
            await asyncio.sleep(wait_s)

    async def _attempt(self) -> ModelResponse:
        self._attempt_began = self._clock()
        response = await self._question.agent.provider.complete(self._request())
        self._notes.append(AttemptNote(len(self._notes) + 1, self._offset_ms(), response))
        took_us = _micros(self._clock() - self._attempt_began)
        self._attempt_began = None
        if response.outcome is Outcome.ANSWERED:
            _latencies[self._model_key].append(took_us)
        return response

    def _request(self) -> ModelRequest:
        return request_of(self._question, len(self._notes) + 1, self._until - self._clock())

    def _wait_before_next(self, response: ModelResponse) -> float | None:
        if response.usage != NO_USAGE:
            return None  # paid for once already, whatever became of it
        ask, left_s = self._question.ask, self._until - self._clock()
        usual_s = usual_latency_s(tuple(_latencies[self._model_key]), self._until - self._began)
        seed = derive_seed("call", ask.seat_id, self._question.slot)
        made = len(self._notes)
        return retry_wait_s(response.outcome, made, left_s, usual_s, response.retry_after_s, seed)

    @property
    def _model_key(self) -> tuple[str, str]:
        return self._question.agent.model.provider, self._question.agent.model.model

    def _note_unfinished(self, outcome: Outcome, detail: str) -> None:
        if self._attempt_began is not None:
            took_us = _micros(self._clock() - self._attempt_began)
            response = ModelResponse(outcome, detail=detail, latency_us=took_us)
            self._notes.append(AttemptNote(len(self._notes) + 1, self._offset_ms(), response))

    def _offset_ms(self) -> int:
        began = self._began if self._attempt_began is None else self._attempt_began
        return int((began - self._began) * 1_000)


def _micros(seconds: float) -> int:
    return int(seconds * 1_000_000)


PLAYED_DEADLINE_S: Final = 3_600.0
"""A slow machine must not change what is played back: adapters get an hour for what needs no time."""


async def replay_calls(questions: Sequence[Question], playback: Playback) -> list[CallResult]:
    """Answer each question from the tape through its adapter, one after the other. No wait, no network."""
    return [await _replay(question, playback) for question in questions]


async def _replay(question: Question, playback: Playback) -> CallResult:
    seat, slot = question.ask.seat_id, question.slot
    call = playback.call_of(seat, slot)
    if call is None:
        return CallResult(Outcome.NO_RECORDING, "the tape does not hold this question")
    notes = []
    for attempt in range(1, playback.attempts_of(seat, slot) + 1):
        request = request_of(question, attempt, PLAYED_DEADLINE_S)
        notes.append(AttemptNote(attempt, 0, await _replayed(question.agent, request)))
    outcome, detail = call.outcome, "as recorded"
    if call.outcome not in NOT_REPLAYED:
        last = (
            notes[-1].response if notes else ModelResponse(Outcome.NO_RECORDING, detail="no attempt on tape")
        )
        outcome, detail = last.outcome, last.detail
    return CallResult(outcome, detail, tuple(notes), call.latency_us)


async def _replayed(agent: ModelAgent, request: ModelRequest) -> ModelResponse:
    try:
        return await agent.provider.complete(request)
    except Exception as error:  # noqa: BLE001 - as in a call that is made
        _log.warning("provider %s raised %s", agent.model.provider, type(error).__name__)
        return ModelResponse(Outcome.FAULT, detail=f"the adapter raised {type(error).__name__}")
