"""What a face needs to know to enter a model contestant and to have it tested."""

from dataclasses import dataclass

from arena.models import Contestant, Season


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """A contestant's seat in one season, and what decides in it."""

    contestant_id: str
    slug: str
    name: str
    status: str
    season: str
    season_id: str
    spec_id: str
    kind: str
    interval_ms: int


def seat_facts(season_slug: str, contestant_slug: str) -> SeatFacts | None:
    """Return a contestant's seat, or None."""
    row = (
        Contestant.objects.filter(season__slug=season_slug, slug=contestant_slug)
        .select_related("season", "spec")
        .first()
    )
    if row is None:
        return None
    return SeatFacts(
        contestant_id=row.id,
        slug=row.slug,
        name=row.name,
        status=row.status,
        season=row.season.slug,
        season_id=row.season_id,
        spec_id=row.spec_id,
        kind=row.spec.kind,
        interval_ms=row.season.interval_ms,
    )


def open_season_slugs() -> tuple[str, ...]:
    """Return the seasons that still take contestants, newest first."""
    rows = Season.objects.exclude(status="finished").order_by("-created_ms", "id")
    return tuple(rows.values_list("slug", flat=True))


def season_id_of_open(slug: str) -> str | None:
    """Return the id of a season that still takes contestants, or None."""
    rows = Season.objects.exclude(status="finished").filter(slug=slug)
    return rows.values_list("id", flat=True).first()
