"""What thinking took, as the faces show it. Money in units of 1e-8, USD counted as USDT; ratios likewise."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MindView:
    """Everything the calls of one language model took, and how much of what it said could be used.

    ``after_thinking`` is the net result less the thinking, as a ratio of the starting capital.
    """

    calls: int
    answered: int
    attempts: int
    mean_latency_us: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost: int
    is_lower_bound: bool
    """True where some calls have no known price."""
    thinking: int
    """Cost as a ratio of the starting capital, rounded up."""
    after_thinking: int
    break_even: int | None
    """Account size at which the net result would have paid for the thinking; None without a profit."""
    cited: int
    fabricated: int
    fabrication: int | None
    """Fabricated figures over cited ones; None where nothing was cited."""


@dataclass(frozen=True, slots=True)
class CallView:
    """One question to a model and what it took. ``outcome``: agents.domain.llm.exchange.Outcome."""

    turn_id: str
    slot: int
    model: str
    model_returned: str
    outcome: str
    detail: str
    finish_reason: str
    provider_request_id: str
    fingerprint: str
    prompt_version: str
    prompt_sha256: str
    attempts: int
    latency_us: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost: int
    cost_source: str
    cited: int
    fabricated: int


@dataclass(frozen=True, slots=True)
class PromptView:
    """A prompt as it was sent, in its three parts, with their hashes."""

    version: str
    sha256: str
    parts_sha256: tuple[str, str, str]
    """Of the system, market and account text."""
    system: str
    market: str
    account: str
