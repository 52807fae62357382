"""A thousand house agents asked at once: the market read once a kind, against each agent reading it itself.

.venv/bin/python -m bench.features_asking
"""

import os
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from agents.adapters.house import DECIDERS, HouseAgent  # noqa: E402 - services need Django's registry first
from agents.domain.answers import AnswerContext, parse_answer  # noqa: E402 - as above
from agents.domain.specs import SpecConfig  # noqa: E402 - as above
from agents.services import Ask, Reply, Table, ask_all  # noqa: E402 - as above
from bench.features import SYMBOLS, bench_snapshot  # noqa: E402 - as above
from bench.measure import median_cpu_s  # noqa: E402 - as above
from kernel.units import SCALE  # noqa: E402 - as above
from trading.domain.features import compute_features  # noqa: E402 - as above
from trading.domain.observation import FieldStats, MarketView, Observation  # noqa: E402 - as above
from trading.domain.positions import Portfolio  # noqa: E402 - as above
from trading.domain.rules import RuleBook  # noqa: E402 - as above

CONTESTANTS = 1_000
REPEATS = 15


TABLE = Table("season", "round", 1, 1, 60.0, lambda: 0)


class Loner:
    """The same agent without anything shared: the usual way."""

    blocking = False

    def __init__(self, agent: HouseAgent) -> None:
        self._agent = agent

    def decide(self, observation: Observation) -> bytes:
        """Return the raw answer, worked out from the beginning."""
        return self._agent.decide(observation)


def _observations() -> list[Observation]:
    snapshot = bench_snapshot()
    view = MarketView(snapshot, "0" * 64, compute_features(snapshot), RuleBook(), 1, FieldStats(0, 0, 0, 0))
    capital = 10_000 * SCALE
    return [
        Observation(view, Portfolio(f"c{i}", capital, 0), capital, f"c{i}", 0) for i in range(CONTESTANTS)
    ]


def _cpu_ms(call: Callable[[], object]) -> float:
    return median_cpu_s(call, REPEATS) * 1e3


def main() -> None:
    """Print the medians, their ratio, and what reading the answers costs."""
    kinds = list(DECIDERS)
    agents = [HouseAgent(SpecConfig(kinds[i % len(kinds)], "bench")) for i in range(CONTESTANTS)]
    seen = _observations()
    together = [Ask(o.contestant_id, "", agent, o) for agent, o in zip(agents, seen, strict=True)]
    alone = [Ask(o.contestant_id, "", Loner(agent), o) for agent, o in zip(agents, seen, strict=True)]
    replies: list[Reply] = ask_all(together, TABLE)
    raws = [reply.raw for reply in replies]
    assert raws == [reply.raw for reply in ask_all(alone, TABLE)]
    shared, each = _cpu_ms(lambda: ask_all(together, TABLE)), _cpu_ms(lambda: ask_all(alone, TABLE))
    reading = _cpu_ms(lambda: [parse_answer(raw or b"", AnswerContext(SYMBOLS)) for raw in raws])
    print(f"{CONTESTANTS} house agents of {len(kinds)} kinds asked at once, median CPU of {REPEATS} runs")
    print(f"  market read once a kind      {shared:8.1f} ms")
    print(f"  each agent for itself        {each:8.1f} ms")
    print(f"  ratio                        {each / shared:8.2f}")
    print(f"  reading the {CONTESTANTS} answers     {reading:8.1f} ms")


if __name__ == "__main__":
    main()
