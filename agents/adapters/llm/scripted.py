"""A provider that says what a script says: answers and faults without a network, for shows and tests.

It keeps the port to the letter, wire included, so a season played with it goes onto the tape and comes back
from it like any other.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from agents.domain.llm.exchange import (
    Health,
    ModelRef,
    ModelRequest,
    ModelResponse,
    Outcome,
    Usage,
    Wire,
)
from agents.domain.llm.playback import Playback
from agents.domain.llm.prompt import estimate_tokens
from kernel.canonical import canonical_bytes

SDK: Final = "scripted 1"


class ScriptedFailureError(RuntimeError):
    """Raised because the script says so: what no adapter may do."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one attempt comes to. ``outcome`` ANSWERED says ``text``; ``delay_s`` passes before.

    ``hangs`` waits until it is cancelled and keeps no deadline; ``raises`` raises.
    """

    text: str = ""
    outcome: Outcome = Outcome.ANSWERED
    delay_s: float = 0.0
    retry_after_s: float | None = None
    status: int = 200
    hangs: bool = False
    raises: bool = False


Script = Callable[[ModelRequest], Step]
"""Returns the step of an attempt; the same request gets the same step."""


class ScriptedProvider:
    """Plays a script; ``asked`` holds the requests that came, in order."""

    def __init__(self, script: Script, name: str = "scripted", wire: Playback | None = None) -> None:
        self.name = name
        self.asked: list[ModelRequest] = []
        self._script = script
        self._wire = wire

    async def complete(self, request: ModelRequest) -> ModelResponse:
        """Make one attempt as the script says, or as the tape says where there is one."""
        body = canonical_bytes({"model": request.model.model, "system": request.system, "user": request.user})
        if self._wire is not None:
            wire = self._wire.find(request.seat_id, request.slot, request.attempt, body)
            return ModelResponse(Outcome.NO_RECORDING) if wire is None else _read(wire)
        self.asked.append(request)
        started = time.perf_counter_ns()
        response = _read(await self._send(request, body))
        return replace(response, latency_us=(time.perf_counter_ns() - started) // 1_000)

    async def _send(self, request: ModelRequest, body: bytes) -> Wire:
        step = self._script(request)
        if step.raises:
            raise ScriptedFailureError("the script says: raise")
        if step.hangs:
            await asyncio.Event().wait()
        await asyncio.sleep(min(step.delay_s, max(0.0, request.deadline_s)))
        if step.delay_s > request.deadline_s:
            step = Step(outcome=Outcome.TIMEOUT, status=0)
        used = [estimate_tokens(request.system + request.user), estimate_tokens(step.text)]
        said = {"outcome": step.outcome.value, "text": step.text, "used": used, "model": request.model.model}
        later = () if step.retry_after_s is None else (("retry-after", str(step.retry_after_s)),)
        headers = (("content-type", "application/json"), *later)
        return Wire("POST", "/script", headers[:1], body, step.status, headers, canonical_bytes(said), "")

    async def check(self, _model: ModelRef, _deadline_s: float) -> Health:
        """Say that all is well: nothing can be wrong with a script."""
        return Health(
            key_accepted=True, model_alive=True, structured_honoured=True, latency_us=0, detail="a script"
        )

    async def close(self) -> None:
        """Close nothing."""


def _read(wire: Wire) -> ModelResponse:
    said = json.loads(wire.response_body)
    outcome = Outcome(said["outcome"])
    prompt, answer = said["used"]
    later = dict(wire.response_headers).get("retry-after")
    return ModelResponse(
        outcome,
        text=said["text"],
        detail="" if outcome is Outcome.ANSWERED else "the script says so",
        model_returned=said["model"],
        usage=Usage(input=prompt, output=answer) if outcome is Outcome.ANSWERED else Usage(),
        status=wire.status,
        retry_after_s=None if later is None else float(later),
        sdk=SDK,
        wire=wire,
    )
