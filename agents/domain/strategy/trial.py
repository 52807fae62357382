"""A strategy held against recorded markets: what it would have called, never what it would have earned."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from agents.domain.house.trader import parts_in_play
from agents.domain.strategy.deciding import called_side
from agents.domain.strategy.explaining import needs_position
from agents.domain.strategy.form import Strategy
from agents.domain.strategy.judging import judge, market_figures
from trading.domain.observation import MarketView

COUNTED: Final = ("long", "short", "exit_long", "exit_short")


@dataclass(slots=True)
class Trial:
    """How often each symbol was called. ``exit_long`` counts moments that would have closed a long.

    ``looks_at_position`` says that some exits ask for an open position, which no market tells: those
    conditions count as not met. ``unplayable`` names symbols that the markets did not hold.
    """

    strategy: Strategy
    rounds: int = 0
    first_ms: int | None = None
    last_ms: int | None = None
    calls: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def looks_at_position(self) -> bool:
        """Whether exits ask for more than a market tells."""
        return needs_position(self.strategy.exit.long) or needs_position(self.strategy.exit.short)

    @property
    def unplayable(self) -> tuple[str, ...]:
        """Symbols of the strategy that none of the markets held."""
        return tuple(symbol for symbol in self.strategy.symbols or () if symbol not in self.calls)

    @property
    def total(self) -> int:
        """All calls for a position."""
        return sum(counts["long"] + counts["short"] for counts in self.calls.values())

    def look_at(self, view: MarketView) -> None:
        """Count one recorded moment; moments come oldest first."""
        moment = view.snapshot.market_ms
        self.first_ms = moment if self.first_ms is None else self.first_ms
        self.last_ms = moment
        self.rounds += 1
        wanted = self.strategy.symbols
        for part in parts_in_play(view):
            if wanted is None or part.symbol in wanted:
                figures = market_figures(part, view.features.get(part.symbol, {}))
                self.calls.setdefault(part.symbol, Counter()).update(_called(self.strategy, figures))


def _called(strategy: Strategy, figures: dict[str, int]) -> Iterable[str]:
    side, _fired = called_side(strategy, figures)
    if side:
        yield "long" if side > 0 else "short"
    if judge(strategy.exit.long, figures) is not None:
        yield "exit_long"
    if judge(strategy.exit.short, figures) is not None:
        yield "exit_short"
