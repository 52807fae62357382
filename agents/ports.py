"""What the arena asks of a decider."""

from typing import Any, Protocol, runtime_checkable

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
