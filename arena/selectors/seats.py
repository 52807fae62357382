"""The contestants that people and programs decide for, as their own faces need them."""

from collections.abc import Iterable
from dataclasses import dataclass

from arena.domain.clock import wall_ms_until
from arena.models import Contestant, Season
from arena.selectors.roster import clock_of
from kernel.time import slot_of, slot_start


@dataclass(frozen=True, slots=True)
class SeatedContestant:
    """Who a seat decides for."""

    contestant_id: str
    season_slug: str
    season_name: str
    season_status: str
    slug: str
    name: str
    status: str


def seated_contestants(contestant_ids: Iterable[str]) -> dict[str, SeatedContestant]:
    """Return these contestants by id; an unknown id is absent."""
    rows = Contestant.objects.filter(id__in=set(contestant_ids)).select_related("season")
    return {
        row.id: SeatedContestant(
            contestant_id=row.id,
            season_slug=row.season.slug,
            season_name=row.season.name,
            season_status=row.season.status,
            slug=row.slug,
            name=row.name,
            status=row.status,
        )
        for row in rows
    }


def next_round_wall_ms(season_slug: str, wall_ms: int) -> int | None:
    """Return the wall moment at which the next round opens; None where none is awaited at a known time."""
    row = Season.objects.filter(slug=season_slug, status="running").exclude(clock="tape").first()
    if row is None:
        return None
    clock = clock_of(row)
    is_wall = clock.kind == "wall"
    slot = slot_of(wall_ms, clock.interval_ms) + 1 if is_wall else clock.next_slot
    return wall_ms + wall_ms_until(clock, slot_start(slot, clock.interval_ms), wall_ms)
