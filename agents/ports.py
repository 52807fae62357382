"""What the arena asks of a decider."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from agents.domain.answers import Answer
from agents.domain.llm.exchange import Cost, Health, ModelRef, ModelRequest, ModelResponse, Usage
from trading.domain.observation import Observation

Shared = dict[Any, Any]
"""What agents worked out from the market alone in this round, by a key that names kind and configuration."""


class AgentError(Exception):
    """Base of what building an agent may raise; the text is one sentence for the operator.

    AgentError
     ├── AgentConfigError         the configuration cannot be used: mend the specification
     └── AgentNotAvailableError   no such kind in this version: the contestant waits
    """


class AgentConfigError(AgentError):
    """A configuration that its kind cannot play."""


class AgentNotAvailableError(AgentError):
    """A kind this version knows by name only."""


class Agent(Protocol):
    """Something that decides. One call a round; what it raises becomes a forced hold of its contestant."""

    @property
    def blocking(self) -> bool:
        """True if ``decide`` may wait (for a network, a person, a script): it then runs in its own thread."""

    def decide(self, observation: Observation) -> bytes:
        """Return the raw answer (agents.domain.answers says the form)."""


@runtime_checkable
class SharingAgent(Protocol):
    """An agent whose work on the market is the same for all contestants of its kind and configuration."""

    def decide_shared(self, observation: Observation, shared: Shared) -> bytes:
        """Return the same bytes as ``decide``, keeping in ``shared`` what the next contestant can reuse."""


class Provider(Protocol):
    """Where language models are asked: one adapter per dialect, on the one event loop of this process."""

    @property
    def name(self) -> str:
        """The catalogue's name of the provider."""

    async def complete(self, request: ModelRequest) -> ModelResponse:
        """Make one attempt. Never raises: what goes wrong is an outcome."""

    async def check(self, model: ModelRef, deadline_s: float) -> Health:
        """Look whether the key is accepted, the model is there and keeps the form. Never raises."""

    async def close(self) -> None:
        """Close the connections."""


class PriceBook(Protocol):
    """What tokens cost."""

    def cost_of(self, model: ModelRef, model_returned: str, usage: Usage, at_ms: int) -> Cost | None:
        """Return what a call at this wall time cost; None where no price is known."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What thinking may cost, in USD at 1e-8: a call, a model's UTC day, a contestant's season."""

    call: int
    day: int
    season: int


@dataclass(frozen=True, slots=True)
class ModelAgent:
    """A contestant that a language model decides for.

    ``key_id`` names the key without telling it (breaker and concurrency go by provider and key);
    ``custom_prompt`` is '' in the main division. ``is_free`` is True for models on this machine: their
    tokens cost nothing. ``most_symbols`` is 0 unless the model is too small to read the whole market in time.
    """

    model: ModelRef
    provider: Provider
    key_id: str
    caps: Caps
    custom_prompt: str = ""
    is_free: bool = False
    most_symbols: int = 0


@dataclass(frozen=True, slots=True)
class InboxAgent:
    """A contestant whose decisions are handed in from outside: ``kind`` is 'human' or 'external'.

    In a replay also 'installed': the tape hands in what the package answered.
    """

    kind: str


@runtime_checkable
class DerivedAgent(Protocol):
    """A contestant that decides after the deadline from what the others answered; flagged as derived."""

    def derive(self, observation: Observation, answers: Mapping[str, Answer]) -> bytes:
        """Return the raw answer. ``answers`` holds the readable answers of the others by seat."""


AnyAgent = Agent | ModelAgent | InboxAgent | DerivedAgent
"""Whatever may decide for a contestant."""
