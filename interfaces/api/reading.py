"""What every public read has in common: who may ask, how a season is found, how an answer is built."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from arena import selectors
from arena.domain.board import SeasonView
from interfaces.api.answers import encode, respond
from interfaces.api.errors import ApiProblem
from interfaces.api.paging import Momentary, page_of
from interfaces.api.query import check_names, read_cursor, read_limit, read_slug
from interfaces.api.shape import Shape
from interfaces.api.shapes_board import market_of
from interfaces.api.throttle import PublicThrottle
from interfaces.clock import wall_ms


class PublicRead(APIView):
    """A read for anybody. It looks at no cookie, so what it answers is the same for everybody.

    ``parameters`` names the query parameters it reads; any other is refused.
    """

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (PublicThrottle,)
    http_method_names = ["get", "head", "options"]
    parameters: ClassVar[frozenset[str]] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse unknown parameters before anything is read."""
        super().initial(request, *args, **kwargs)
        check_names(request.GET, self.parameters)


def find_season(slug: str) -> SeasonView:
    """Return a season's head; raises ApiProblem if there is none."""
    season = selectors.season_view(slug, wall_ms())
    if season is None:
        raise ApiProblem("unknown_season", f"There is no season {slug}.")
    return season


def head_of(season: SeasonView) -> dict[str, Any]:
    """Return what every answer about a season begins with."""
    return {"season": season.slug, "version": season.version, "market": market_of(season)}


def respond_about(
    request: Request, season: SeasonView, build: Callable[[], dict[str, Any]]
) -> HttpResponseBase:
    """Return the answer that holds the season's head and what ``build`` returns."""
    return respond(request, encode(season.version, lambda: {**head_of(season), **build()}))


def respond_page(
    request: Request,
    slug: str,
    fetch: Callable[..., Sequence[Any]],
    shape: Shape[Any],
) -> HttpResponseBase:
    """Return one page of rows that have moments, of all contestants or of one."""
    cursor, limit = read_cursor(request.GET), read_limit(request.GET)
    of_contestant = read_slug(request.GET, "contestant")
    season = find_season(slug)

    def rows(before_ms: int | None, wanted: int) -> Sequence[Momentary]:
        return fetch(slug, contestant_slug=of_contestant, before_ms=before_ms, limit=wanted)

    page, following = page_of(rows, cursor, limit)
    return respond_about(
        request,
        season,
        lambda: {
            "data": [shape.write(row) for row in page],
            "next": None if following is None else str(following),
        },
    )
