"""Strategies against what seasons hold: who plays one, and what it would have called in recorded rounds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from agents.domain.strategy.form import Strategy
from agents.domain.strategy.trial import Trial
from arena.models import Contestant, Round, Season
from trading import selectors as trading
from trading.domain.observation import FieldStats, MarketView

MAX_ROUNDS: Final = 1_000
"""Rounds one trial looks at: a second or two."""

_NO_FIELD: Final = FieldStats(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class StrategySeat:
    """A contestant that plays a strategy."""

    contestant_id: str
    slug: str
    season: str
    status: str


def seats_of(document: bytes) -> tuple[StrategySeat, ...]:
    """Return the contestants that play a document, in any season."""
    rows = Contestant.objects.filter(spec__kind="strategy", spec__config=document)
    found = rows.order_by("season__created_ms", "position").values_list(
        "id", "slug", "season__slug", "status"
    )
    return tuple(StrategySeat(*row) for row in found)


def season_symbols(season_id: str) -> tuple[str, ...]:
    """Return what can be traded in a season."""
    return trading.rule_book(Season.objects.get(id=season_id).rulebook_sha256).symbols


def try_strategy(
    strategy: Strategy, season_slug: str, limit: int, on_round: Callable[[int, int], None] | None = None
) -> Trial:
    """Return what a strategy would have called in a season's newest rounds that froze a market.

    ``on_round`` is told how many are looked at, and of how many.
    """
    rows = _recorded(season_slug, limit)
    trial = Trial(strategy)
    for number, view in enumerate(_views(rows), start=1):
        trial.look_at(view)
        if on_round is not None:
            on_round(number, len(rows))
    return trial


def _recorded(season_slug: str, limit: int) -> list[tuple[int, str, str]]:
    rows = Round.objects.filter(season__slug=season_slug).exclude(snapshot_sha256="")
    newest = rows.order_by("-number").values_list("slot", "snapshot_sha256", "rulebook_sha256")
    return list(reversed(newest[: min(limit, MAX_ROUNDS)]))


def _views(rows: list[tuple[int, str, str]]) -> Iterator[MarketView]:
    from trading.domain.features import compute_features  # noqa: PLC0415 - loads numpy, which no start needs

    for slot, snapshot_sha256, rules_sha256 in rows:
        snapshot = trading.snapshot(snapshot_sha256)
        rules = trading.rule_book(rules_sha256)
        yield MarketView(snapshot, snapshot_sha256, compute_features(snapshot), rules, slot, _NO_FIELD)
