"""Public reads of measures of performance."""

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from arena.selectors.measures import NEVER_MS, contestant_measures, measures_page
from interfaces.api import openapi
from interfaces.api.errors import ApiProblem
from interfaces.api.query import MAX_MOMENT_MS, MAX_NUMBER, read_limit, read_whole
from interfaces.api.reading import PublicRead, find_season, respond_about
from interfaces.api.shapes_measures import MEASURES_SHAPE


def _until(request: Request) -> int:
    at = read_whole(request.GET, "at", 0, MAX_MOMENT_MS)
    return NEVER_MS if at is None else at


class SeasonMeasures(PublicRead):
    """Everybody's measures."""

    parameters = frozenset({"at", "after", "limit"})

    @openapi.describe(
        "measures",
        "Measures of performance of all contestants in the order of the roster.",
        openapi.season_page(MEASURES_SHAPE.kind.schema, {"type": "integer"}, "after"),
        openapi.SEASON_SLUG,
        openapi.AT_MOMENT,
        openapi.AFTER_PLACE,
        openapi.LIMIT,
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Return one page."""
        after, limit = read_whole(request.GET, "after", 0, MAX_NUMBER), read_limit(request.GET)
        until_ms, season = _until(request), find_season(slug)
        page, following = measures_page(
            slug, until_ms=until_ms, after=-1 if after is None else after, limit=limit
        )
        return respond_about(
            request, season, lambda: {"data": [MEASURES_SHAPE.write(row) for row in page], "next": following}
        )


class ContestantMeasures(PublicRead):
    """One contestant's measures."""

    parameters = frozenset({"at"})

    @openapi.describe(
        "contestantMeasures",
        "Measures of performance of one contestant, now or as they stood at a moment.",
        openapi.season_answer(MEASURES_SHAPE.kind.schema),
        openapi.SEASON_SLUG,
        openapi.CONTESTANT_SLUG,
        openapi.AT_MOMENT,
    )
    def get(self, request: Request, slug: str, contestant: str) -> HttpResponseBase:
        """Return the measures."""
        until_ms, season = _until(request), find_season(slug)
        found = contestant_measures(slug, contestant, until_ms)
        if found is None:
            raise ApiProblem("unknown_contestant", f"There is no contestant {contestant} in season {slug}.")
        return respond_about(request, season, lambda: {"data": MEASURES_SHAPE.write(found)})
