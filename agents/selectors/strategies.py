"""The library of strategies, read."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from agents.domain.strategy.explaining import explain
from agents.domain.strategy.form import Strategy
from agents.domain.strategy.reading import parse_strategy
from agents.models import Strategy as StrategyRow

EXAMPLES: Final = Path(__file__).resolve().parent.parent / "strategies"


@dataclass(frozen=True, slots=True)
class StrategyView:
    """One version in the library. ``status``: 'draft', 'active' or 'retired'; ``document``: its bytes."""

    name: str
    version: int
    status: str
    sentence: str
    author: str
    sha256: str
    document: bytes
    created_wall_ms: int

    @property
    def strategy(self) -> Strategy:
        """What the document says."""
        return parse_strategy(self.document)

    @property
    def explanation(self) -> tuple[str, ...]:
        """What the document says, in sentences."""
        return explain(self.strategy)


def strategies() -> tuple[StrategyView, ...]:
    """Return every version, by name, the newest version first."""
    return tuple(_view(row) for row in StrategyRow.objects.order_by("name", "-version"))


def find_strategy(name: str, version: int | None = None) -> StrategyView | None:
    """Return a version of a strategy, the newest unless told; None if there is none."""
    rows = StrategyRow.objects.filter(name=name)
    if version is not None:
        rows = rows.filter(version=version)
    row = rows.order_by("-version").first()
    return None if row is None else _view(row)


def free_name(wanted: str, sha256: str) -> str:
    """Return a name that no other strategy has: the wanted one, else with a number behind it.

    A name is free for the document that it already has, whatever its version.
    """
    taken = set(StrategyRow.objects.filter(name__startswith=wanted[:30]).values_list("name", flat=True))
    same = StrategyRow.objects.filter(name=wanted, sha256=sha256).exists()
    if wanted not in taken or same:
        return wanted
    numbers = (f"{wanted[:36].rstrip('-')}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in numbers if name not in taken)


@lru_cache(maxsize=1)
def example_strategies() -> tuple[Strategy, ...]:
    """Return the strategies that come with the arena."""
    return tuple(parse_strategy(path.read_bytes()) for path in sorted(EXAMPLES.glob("*.json")))


def _view(row: StrategyRow) -> StrategyView:
    return StrategyView(
        name=row.name,
        version=row.version,
        status=row.status,
        sentence=row.sentence,
        author=row.author,
        sha256=row.sha256,
        document=bytes(row.document),
        created_wall_ms=row.created_wall_ms,
    )
