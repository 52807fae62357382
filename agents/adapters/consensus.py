"""The contestant that does what the others decide together (agents.domain.consensus)."""

from collections.abc import Mapping

from agents.domain.answers import Answer
from agents.domain.consensus import vote
from agents.domain.specs import SpecConfig
from trading.domain.observation import Observation


class ConsensusAgent:
    """Counts the readable answers of the others after the deadline. Raises ValueError for any setting."""

    def __init__(self, spec: SpecConfig) -> None:
        if spec.config:
            raise ValueError(f"consensus: it has no settings; remove {', '.join(sorted(spec.config))}")

    def derive(self, observation: Observation, answers: Mapping[str, Answer]) -> bytes:
        """Return the raw answer."""
        symbols = [part.symbol for part in observation.market.snapshot.symbols]
        sides = {held.symbol: held.side for held in observation.portfolio.positions}
        return vote(answers.values(), symbols, sides)
