"""One question to a language model and what came of it, as values. No provider's word stands in here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

DIALECTS: Final = ("responses", "chat", "messages", "bedrock")
"""OpenAI Responses, OpenAI Chat Completions, Anthropic Messages, Anthropic Messages on AWS Bedrock."""

STRUCTURED_MODES: Final = ("json_schema", "tool_strict", "json_object", "text")
"""How a provider is made to answer in form; chosen from the catalogue, never by trial in a round."""


class Outcome(StrEnum):
    """What became of one attempt, or of a whole call. Every value but ANSWERED is a forced hold's reason."""

    ANSWERED = "answered"
    AUTH = "auth"
    BILLING = "billing"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    NETWORK = "network"
    TIMEOUT = "timeout"
    BAD_REQUEST = "bad_request"
    PROMPT_TOO_LONG = "prompt_too_long"
    CONTENT_FILTER = "content_filter"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    PROTOCOL = "protocol"
    ADDRESS = "address"
    """The address may not be asked (it points inside, or redirects): no socket was opened to it."""
    BUDGET = "budget"
    BREAKER = "breaker"
    """The provider failed so often, or refused this key, that it is not asked for a while."""
    INTERRUPTED = "interrupted"
    """This process died while the model was being asked; it is not asked twice about one round."""
    NO_RECORDING = "no_recording"
    """A replay met a question that its tape does not hold; the network is never asked instead."""
    FAULT = "fault"
    """An error of our own; logged."""


class Usage(NamedTuple):
    """Tokens of one call, normalised: ``input`` includes the cached ones, ``output`` the reasoning."""

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0


NO_USAGE: Final = Usage()


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Where a model is asked and how: a line of the catalogue with a contestant's own choices on top.

    ``effort`` is '' where the model has none. ``extra_body`` and ``extra_headers`` hold no secret.
    ``on_this_machine`` allows a loopback address, and nothing else that is not public.
    ``max_tokens_field`` is how the Chat dialect names the limit of output at this provider.
    """

    provider: str
    base_url: str
    model: str
    dialect: str
    structured: str
    effort: str = ""
    max_output_tokens: int = 4096
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    extra_headers: Mapping[str, str] = field(default_factory=dict)
    on_this_machine: bool = False
    max_tokens_field: str = "max_completion_tokens"


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One question. ``seat_id``, ``slot`` and ``attempt`` (from 1) name it on the tape.

    ``deadline_s`` is what is left for the whole attempt, connection and last byte included; ``first_byte_s``
    bounds the wait for the first byte of the answer.
    """

    seat_id: str
    slot: int
    attempt: int
    model: ModelRef
    system: str
    user: str
    schema: Mapping[str, Any]
    schema_name: str
    deadline_s: float
    first_byte_s: float


class Wire(NamedTuple):
    """What crossed the wire in one attempt: all a replay needs, and by construction no secret.

    Headers are those of an allow-list. ``error`` names what broke where no whole answer came back, and
    ``status`` is 0 where not even its head did; bodies are the exact bytes.
    """

    method: str
    path: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    status: int
    response_headers: tuple[tuple[str, str], ...]
    response_body: bytes
    error: str


@dataclass(frozen=True, slots=True)
class ModelResponse:
    """What one attempt came to. ``text`` is the model's answer, unread, where the outcome is ANSWERED.

    ``detail`` is one sentence for the operator without any secret; ``retry_after_s`` is None unless the
    provider named a time. ``wire`` is None where nothing was sent.
    """

    outcome: Outcome
    text: str = ""
    detail: str = ""
    refusal: str = ""
    finish_reason: str = ""
    model_returned: str = ""
    provider_request_id: str = ""
    fingerprint: str = ""
    usage: Usage = NO_USAGE
    status: int = 0
    retry_after_s: float | None = None
    latency_us: int = 0
    sdk: str = ""
    wire: Wire | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """What a look at a model found: is the key accepted, does the model exist, does it keep the form."""

    key_accepted: bool | None
    model_alive: bool | None
    structured_honoured: bool | None
    latency_us: int
    detail: str
    clock_skew_ms: int | None = None
    usage: Usage = NO_USAGE


class Cost(NamedTuple):
    """What tokens cost, in USD at 1e-8; ``source`` names the price list and its entry, '' where unknown."""

    usd: int
    source: str
