"""The house agents: one literal table of pure deciders, each a reading of the market and an act on it."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from agents.domain.answers import encode_answer
from agents.domain.house.coin import draw, read_tempo
from agents.domain.house.holders import hold_on, keep_equal, read_nothing, read_purchases, stay_flat
from agents.domain.house.knobs import Knobs, read_knobs
from agents.domain.house.mean_reversion import read_stretches
from agents.domain.house.momentum import read_trends
from agents.domain.house.scoring import read_scores
from agents.domain.house.trader import Choice, trade_on
from agents.domain.specs import SpecConfig
from agents.ports import Shared
from trading.domain.observation import MarketView, Observation


class Decider(NamedTuple):
    """``read`` sees the market alone, so its result serves every contestant of the kind; ``act`` decides."""

    read: Callable[[MarketView, Knobs], Any]
    act: Callable[[Any, Observation, Knobs], Choice]


DECIDERS: Final[dict[str, Decider]] = {
    "scoring": Decider(read_scores, trade_on),
    "momentum": Decider(read_trends, trade_on),
    "mean_reversion": Decider(read_stretches, trade_on),
    "buy_and_hold": Decider(read_purchases, hold_on),
    "equal_weight": Decider(read_purchases, keep_equal),
    "random": Decider(read_tempo, draw),
    "always_flat": Decider(read_nothing, stay_flat),
}


class HouseAgent:
    """A pure decider with its settings. Raises ValueError for settings its kind does not take."""

    blocking = False

    def __init__(self, spec: SpecConfig) -> None:
        self._decider = DECIDERS[spec.kind]
        self._knobs = read_knobs(spec.kind, spec.config)
        self._key = (spec.kind, tuple(self._knobs.items()))

    def decide(self, observation: Observation) -> bytes:
        """Return the raw answer."""
        return self.decide_shared(observation, {})

    def decide_shared(self, observation: Observation, shared: Shared) -> bytes:
        """Return the same answer, reading each market view once for all agents of equal settings."""
        # The view's identity is safe as a key: the asks hold every view for as long as ``shared`` lives.
        key = (id(observation.market), *self._key)
        if key not in shared:
            shared[key] = self._decider.read(observation.market, self._knobs)
        choice = self._decider.act(shared[key], observation, self._knobs)
        return encode_answer(choice.summary, choice.decisions)
