"""The SDK clients, one way to make each, and what they are asked for; their environment stays out.

Both SDKs read addresses, keys, headers, organisations and profiles from variables and files: every such value
is given here, and the headers they add all the same do not pass the transport.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx2

from agents.adapters.llm import anthropic_messages, openai_chat, openai_responses
from agents.adapters.llm.credentials import region_of
from agents.adapters.llm.outcomes import Reading
from agents.adapters.llm.transport import Transport
from agents.domain.llm.exchange import ModelRequest

NO_KEY: Final = "none"
"""What the SDKs get for a key: the transport sets the real one, so that no SDK can log or copy it."""

_SDK_TIMEOUT_S: Final = 3600.0
"""Never reached: the transport keeps the time. At the default value the SDKs would work one out."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one SDK is asked, and its answer read.

    ``send`` makes the one request of an attempt; ``models_path`` is where models are listed, or ''.
    """

    sdk: str
    client: Any
    send: Callable[[ModelRequest], Awaitable[object]]
    read: Callable[[Mapping[str, Any], str], Reading]
    models_path: str

    async def get(self, path: str) -> None:
        """Ask for a document about models; the answer is on the exchange's wire."""
        await self.client.get(path, cast_to=httpx2.Response)

    def model_path(self, model: str) -> str:
        """Return where one model is described."""
        return f"{self.models_path}/{quote(model, safe='/:')}"


def make_dialect(name: str, base_url: str, transport: Transport) -> Dialect:
    """Return a client of the dialect over this transport."""
    http = httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False)
    if name in {"chat", "responses"}:
        return _openai(name, base_url, http)
    return _anthropic(base_url, http) if name == "messages" else _bedrock(base_url, http)


def _openai(name: str, base_url: str, http: httpx2.AsyncClient) -> Dialect:
    import openai  # noqa: PLC0415 - 57 MB that no other process needs

    client = openai.AsyncOpenAI(
        api_key=NO_KEY,
        admin_api_key="",
        organization="",
        project="",
        webhook_secret="",
        base_url=base_url,
        timeout=_SDK_TIMEOUT_S,
        max_retries=0,
        http_client=http,
    )
    module = openai_chat if name == "chat" else openai_responses
    raw = client.chat.completions.with_raw_response if name == "chat" else client.responses.with_raw_response

    async def send(request: ModelRequest) -> object:
        headers = dict(request.model.extra_headers)
        return await raw.create(**module.arguments(request), extra_headers=headers)

    return Dialect(f"openai {openai.__version__}", client, send, module.read, "/models")


def _anthropic(base_url: str, http: httpx2.AsyncClient) -> Dialect:
    import anthropic  # noqa: PLC0415 - 83 MB that no other process needs

    client = anthropic.AsyncAnthropic(
        api_key=NO_KEY,
        webhook_key="",
        base_url=base_url,
        timeout=_SDK_TIMEOUT_S,
        max_retries=0,
        open_telemetry=False,
        http_client=http,
    )
    return _messages(client, anthropic.__version__, "/v1/models")


def _bedrock(base_url: str, http: httpx2.AsyncClient) -> Dialect:
    """Return a client of Bedrock. Its own signing would read profiles: the transport signs instead."""
    import anthropic  # noqa: PLC0415 - as above

    client = anthropic.AsyncAnthropicBedrock(
        api_key=NO_KEY,
        aws_region=region_of(base_url),
        base_url=base_url,
        timeout=_SDK_TIMEOUT_S,
        max_retries=0,
        open_telemetry=False,
        http_client=http,
    )
    return _messages(client, anthropic.__version__, "")


def _messages(client: Any, version: str, models_path: str) -> Dialect:
    raw = client.messages.with_raw_response

    async def send(request: ModelRequest) -> object:
        headers = dict(request.model.extra_headers)
        return await raw.create(**anthropic_messages.arguments(request), extra_headers=headers)

    return Dialect(f"anthropic {version}", client, send, anthropic_messages.read, models_path)
