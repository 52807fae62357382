"""A look at a model before it plays: key accepted, model there, form kept."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final, Protocol

from agents.adapters.llm.dialects import Dialect
from agents.adapters.llm.outcomes import classify, read_date_ms, read_document, read_error, sentence
from agents.adapters.llm.wire import CURRENT, Exchange
from agents.domain.llm.exchange import Health, ModelRef, ModelRequest, ModelResponse, Outcome, Wire

_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["ready"]}},
    "required": ["answer"],
    "additionalProperties": False,
}
_SYSTEM: Final = 'Answer with exactly this JSON object and nothing else: {"answer": "ready"}'
_SEAT: Final = "check"
"""No contestant has this id; a check is never on a tape."""

WallMs = Callable[[], int]


class Asks(Protocol):
    """Something that makes one attempt."""

    async def complete(self, request: ModelRequest) -> ModelResponse:
        """Make one attempt."""


async def look_at(
    asker: Asks, dialect: Dialect, model: ModelRef, deadline_s: float, wall_ms: WallMs | None = None
) -> Health:
    """Look for the model, then ask it one tiny question in the form that the rounds ask for. Never raises."""
    began = time.perf_counter_ns()
    ends_at = asyncio.get_running_loop().time() + deadline_s
    found = (
        await _find_model(dialect, model, ends_at) if dialect.models_path else Health(None, None, None, 0, "")
    )
    if found.key_accepted is False or found.model_alive is False:
        return replace(found, latency_us=(time.perf_counter_ns() - began) // 1000)
    left = max(0.05, ends_at - asyncio.get_running_loop().time())
    sent_at = wall_ms() if wall_ms is not None else None
    response = await asker.complete(_tiny_question(model, left))
    return _health(found, response, _skew(response, sent_at))


def _tiny_question(model: ModelRef, left_s: float) -> ModelRequest:
    return ModelRequest(
        seat_id=_SEAT,
        slot=0,
        attempt=1,
        model=model,
        system=_SYSTEM,
        user="Are you ready? Answer as JSON.",
        schema=_SCHEMA,
        schema_name="readiness",
        deadline_s=left_s,
        first_byte_s=left_s,
    )


async def _find_model(dialect: Dialect, model: ModelRef, ends_at: float) -> Health:
    """Ask for the model's own page, then for the list where there is none; None = not known."""
    wire = await _fetch(dialect, dialect.model_path(model.model), ends_at)
    if wire is not None and wire.status == HTTPStatus.NOT_FOUND:
        wire = await _fetch(dialect, dialect.models_path, ends_at)
        if wire is not None and wire.status == HTTPStatus.OK:
            return _in_list(model, wire)
    if wire is None:
        return Health(None, None, None, 0, "")
    if wire.status == HTTPStatus.OK:
        return Health(True, True, None, 0, "")
    complaint = read_error(wire.response_body)
    if classify(wire.status, complaint) is Outcome.AUTH:
        return Health(False, None, None, 0, sentence(model.provider, wire.status, complaint))
    return Health(None, None, None, 0, "")


def _in_list(model: ModelRef, wire: Wire) -> Health:
    """Read a list of models; an empty or paged one says nothing against a model that is not on it."""
    document = read_document(wire.response_body) or {}
    entries = document.get("data")
    names = (
        [str(entry.get("id")) for entry in entries if isinstance(entry, dict)]
        if isinstance(entries, list)
        else []
    )
    if any(name in {model.model, f"models/{model.model}"} for name in names):
        return Health(True, True, None, 0, "")
    if not names or document.get("has_more"):
        return Health(True, None, None, 0, "")
    return Health(True, False, None, 0, f"{model.provider} lists {len(names)} models, but no {model.model!r}")


async def _fetch(dialect: Dialect, path: str, ends_at: float) -> Wire | None:
    exchange = Exchange(_SEAT, 0, 0, ends_at, ends_at)
    token = CURRENT.set(exchange)
    try:
        await dialect.get(path)
    except Exception:  # noqa: BLE001, S110 - what came over the wire decides; a check never raises
        pass
    finally:
        CURRENT.reset(token)
    return None if exchange.wire is None or exchange.wire.error else exchange.wire


def _health(found: Health, response: ModelResponse, skew_ms: int | None) -> Health:
    outcome = response.outcome
    answered = outcome in {Outcome.ANSWERED, Outcome.REFUSED, Outcome.TRUNCATED, Outcome.CONTENT_FILTER}
    missing = response.status == HTTPStatus.NOT_FOUND
    return Health(
        key_accepted=False
        if outcome is Outcome.AUTH
        else (True if answered or missing else found.key_accepted),
        model_alive=False if missing else (True if answered else found.model_alive),
        structured_honoured=_keeps_form(response.text) if outcome is Outcome.ANSWERED else None,
        latency_us=response.latency_us,
        detail="" if outcome is Outcome.ANSWERED else f"{outcome}: {response.detail}",
        clock_skew_ms=skew_ms,
        usage=response.usage,
    )


def _keeps_form(text: str) -> bool:
    try:
        return bool(json.loads(text) == {"answer": "ready"})
    except (ValueError, RecursionError):
        return False


def _skew(response: ModelResponse, sent_at_ms: int | None) -> int | None:
    """Return how far our clock is ahead of the provider's in ms. Its Date has whole seconds."""
    if response.wire is None or sent_at_ms is None:
        return None
    date_ms = read_date_ms(dict(response.wire.response_headers).get("date", ""))
    if date_ms is None:
        return None
    return sent_at_ms + response.latency_us // 1000 - (date_ms + 500)
