"""A contestant that plays a declarative strategy: the document is its whole configuration."""

from agents.domain.answers import encode_answer
from agents.domain.specs import SpecConfig
from agents.domain.strategy.deciding import decide, read_calls
from agents.domain.strategy.reading import read_strategy
from agents.ports import Shared
from trading.domain.observation import Observation


class StrategyAgent:
    """A pure decider. Raises StrategyError, a ValueError, for a document that cannot be played."""

    blocking = False

    def __init__(self, spec: SpecConfig) -> None:
        self._strategy = read_strategy(spec.config)
        self._key = ("strategy", self._strategy.sha256)

    def decide(self, observation: Observation) -> bytes:
        """Return the raw answer."""
        return self.decide_shared(observation, {})

    def decide_shared(self, observation: Observation, shared: Shared) -> bytes:
        """Return the same answer, reading each market view once for all contestants of one document."""
        # The view's identity is safe as a key: the asks hold every view for as long as ``shared`` lives.
        key = (id(observation.market), *self._key)
        if key not in shared:
            shared[key] = read_calls(observation.market, self._strategy)
        choice = decide(shared[key], observation, self._strategy)
        return encode_answer(choice.summary, choice.decisions)
