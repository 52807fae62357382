"""Questions to models on the loopback server, through the real SDKs."""

from dataclasses import replace
from typing import Any, Final

from agents.adapters.llm.provider import ModelProvider, make_provider
from agents.adapters.llm.wire import WireSource
from agents.domain.llm.exchange import ModelRef, ModelRequest, ModelResponse, Wire
from tests.factories.provider_server import ProviderServer

DIALECTS: Final = ("chat", "responses", "messages", "bedrock")
KEY: Final = "sk-arena-canary-0123456789"
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"summary": {"type": "string"}},
    "required": ["summary"],
    "additionalProperties": False,
}


def model_at(server: ProviderServer, dialect: str, **changes: Any) -> ModelRef:
    """Return a model of the loopback server."""
    url = server.openai_url if dialect in {"chat", "responses"} else server.url
    usual = ModelRef("loopback", url, "test-model", dialect, "json_schema", on_this_machine=True)
    return replace(usual, **changes)


def question(model: ModelRef, **changes: Any) -> ModelRequest:
    """Return a question that has five seconds."""
    usual = ModelRequest(
        seat_id="seat-1",
        slot=7,
        attempt=1,
        model=model,
        system="You trade. Answer as JSON.",
        user="BTC 100",
        schema=SCHEMA,
        schema_name="arena_answer",
        deadline_s=5.0,
        first_byte_s=5.0,
    )
    return replace(usual, **changes)


def provider_of(model: ModelRef, recordings: WireSource | None = None, key: str = KEY) -> ModelProvider:
    """Return the provider of a model on this machine."""
    return make_provider(model, key, recordings, loopback=True)


async def ask(model: ModelRef, key: str = KEY, **changes: Any) -> ModelResponse:
    """Make one attempt and close the connections."""
    provider = provider_of(model, key=key)
    try:
        return await provider.complete(question(model, **changes))
    finally:
        await provider.close()


class Recordings:
    """A tape in memory, strict to the byte; ``asked`` counts look-ups."""

    def __init__(self) -> None:
        self.asked = 0
        self._wires: dict[tuple[str, int, int], Wire] = {}

    def keep(self, request: ModelRequest, response: ModelResponse) -> None:
        """Keep what crossed the wire in an attempt."""
        assert response.wire is not None
        self._wires[request.seat_id, request.slot, request.attempt] = response.wire

    def find(self, seat_id: str, slot: int, attempt: int, request_body: bytes) -> Wire | None:
        """Return the recorded attempt if its question was the same to the byte."""
        self.asked += 1
        wire = self._wires.get((seat_id, slot, attempt))
        return wire if wire is not None and wire.request_body == request_body else None
