"""One attempt at a provider, from a question to an outcome. Nothing is retried here, and nothing raised."""

import asyncio
import time
from dataclasses import replace

from agents.adapters.llm.credentials import reach_of
from agents.adapters.llm.dialects import Dialect, make_dialect
from agents.adapters.llm.health import WallMs, look_at
from agents.adapters.llm.outcomes import (
    Reading,
    classify,
    read_complaint,
    read_document,
    read_error,
    retry_after_s,
    sentence,
    unusable,
)
from agents.adapters.llm.transport import Transport
from agents.adapters.llm.wire import CURRENT, Exchange, WireSource, read_broken
from agents.domain.llm.exchange import Health, ModelRef, ModelRequest, ModelResponse, Outcome, Wire

_REQUEST_IDS = ("x-request-id", "request-id", "x-amzn-requestid")


class ModelProvider:
    """One key at one address, shared by all contestants that ask there; used by one thread at a time."""

    def __init__(
        self, name: str, dialect: Dialect, transport: Transport, wall_ms: WallMs | None = None
    ) -> None:
        self._name = name
        self._dialect = dialect
        self._transport = transport
        self._wall_ms = wall_ms

    @property
    def name(self) -> str:
        """The catalogue's name of the provider."""
        return self._name

    async def complete(self, request: ModelRequest) -> ModelResponse:
        """Make one attempt. A call that is cancelled was too late for whoever asked: a timeout."""
        began = time.perf_counter_ns()
        exchange = open_exchange(request)
        fault = await self._attempt(request, exchange)
        response = self._response(request, exchange, fault)
        return replace(response, latency_us=(time.perf_counter_ns() - began) // 1000, sdk=self._dialect.sdk)

    async def check(self, model: ModelRef, deadline_s: float) -> Health:
        """Look whether the key is accepted, the model is there and keeps the form."""
        return await look_at(self, self._dialect, model, deadline_s, self._wall_ms)

    async def close(self) -> None:
        """Close the connections of this loop; a later question opens new ones."""
        await self._transport.close()

    async def _attempt(self, request: ModelRequest, exchange: Exchange) -> str:
        """Send the question; the answer stands on the exchange. Return what went wrong on our side, or ''."""
        token = CURRENT.set(exchange)
        try:
            await self._dialect.send(request)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
        except Exception as error:  # noqa: BLE001 - the port never raises; what came over the wire decides
            return type(error).__name__
        finally:
            CURRENT.reset(token)
        return ""

    def _response(self, request: ModelRequest, exchange: Exchange, fault: str) -> ModelResponse:
        wire = exchange.wire
        if exchange.is_unrecorded:
            where = f"seat {request.seat_id}, slot {request.slot}, attempt {request.attempt}"
            return ModelResponse(Outcome.NO_RECORDING, detail=f"the tape holds no such question ({where})")
        if wire is None:
            if not fault:
                return ModelResponse(Outcome.TIMEOUT, detail=f"{self._name}: cancelled before it was asked")
            return ModelResponse(Outcome.FAULT, detail=f"{self._name} could not be asked: {fault} in its SDK")
        if wire.error:
            outcome, why = read_broken(wire.error)
            return _came_to(Reading(outcome, detail=f"{self._name}: {why}"), wire)
        return _came_to(self._read(request, wire), wire)

    def _read(self, request: ModelRequest, wire: Wire) -> Reading:
        if not 200 <= wire.status < 300:  # noqa: PLR2004 - the successes of HTTP
            return self._refused(wire)
        document = read_document(wire.response_body)
        if document is None:
            return unusable(f"{self._name} answered {wire.status}, but not with a JSON object")
        tool = request.schema_name if request.model.structured == "tool_strict" else ""
        reading = self._dialect.read(document, tool)
        if document.get("error") and document.get("status") != "failed":
            return unusable(sentence(self._name, wire.status, read_complaint(document)), reading)
        return reading._replace(detail=f"{self._name}: {reading.detail}") if reading.detail else reading

    def _refused(self, wire: Wire) -> Reading:
        complaint = read_error(wire.response_body)
        wait_s = retry_after_s(dict(wire.response_headers))
        return Reading(
            classify(wire.status, complaint, wait_s),
            detail=sentence(self._name, wire.status, complaint),
            wait_s=complaint.wait_s,
        )


def _came_to(reading: Reading, wire: Wire) -> ModelResponse:
    """Return the response: a break after the head of an answer keeps its status, for it may be billed."""
    headers = dict(wire.response_headers)
    wait_s = retry_after_s(headers)
    return ModelResponse(
        reading.outcome,
        text=reading.text if reading.outcome is Outcome.ANSWERED else "",
        detail=reading.detail,
        refusal=reading.refusal,
        finish_reason=reading.finish_reason,
        model_returned=reading.model,
        provider_request_id=next((headers[name] for name in _REQUEST_IDS if name in headers), ""),
        fingerprint=reading.fingerprint,
        usage=reading.usage,
        status=wire.status,
        retry_after_s=reading.wait_s if wait_s is None else wait_s,
        wire=wire,
    )


def open_exchange(request: ModelRequest) -> Exchange:
    """Return the exchange of an attempt that begins now, on the running loop's clock."""
    now = asyncio.get_running_loop().time()
    return Exchange(
        seat_id=request.seat_id,
        slot=request.slot,
        attempt=request.attempt,
        ends_at=now + request.deadline_s,
        first_byte_by=now + min(request.first_byte_s, request.deadline_s),
        extra_headers=frozenset(name.lower() for name in request.model.extra_headers),
    )


def make_provider(
    model: ModelRef,
    key: str,
    recordings: WireSource | None = None,
    *,
    loopback: bool = False,
    wall_ms: WallMs | None = None,
) -> ModelProvider:
    """Return who asks at a model's address, or from ``recordings``. Raises AddressRefusedError."""
    transport = Transport(reach_of(model, key, loopback=loopback), recordings)
    dialect = make_dialect(model.dialect, model.base_url, transport)
    return ModelProvider(model.provider, dialect, transport, wall_ms)
