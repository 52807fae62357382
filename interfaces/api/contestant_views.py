"""Operators enter model contestants and have them tested: for signed-in staff with that right."""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.domain.llm.entry import EntryError
from agents.domain.registry import KINDS
from agents.selectors.errands import errand
from arena import selectors
from arena.selectors.entering import SeatFacts, open_season_slugs, seat_facts
from arena.services.entering import ask_test, enter_models
from interfaces.api.body import BoundedJSON
from interfaces.api.contestant_form import (
    BODY_SCHEMA,
    ENTERED_SCHEMA,
    ERRAND_SCHEMA,
    errand_form,
    read_form,
)
from interfaces.api.errors import PROBLEM_TYPE, ApiProblem
from interfaces.api.openapi import View
from interfaces.api.query import check_slug, is_id, read_slug
from interfaces.api.shape import Schema, object_schema
from interfaces.clock import wall_ms

_TEXTS: Final = {
    400: "The request holds wrong values.",
    403: "Only for signed-in staff with the right to do this.",
    404: "There is no such thing.",
    409: "It cannot be done as things stand; nothing was booked.",
    422: "The Idempotency-Key was used for another request.",
}
_SLUG: Final = OpenApiParameter(
    "slug", {"type": "string"}, OpenApiParameter.PATH, description="Slug of a contestant."
)
_SEASON: Final = OpenApiParameter(
    "season", {"type": "string"}, description="Slug of its season; left out: the current one."
)
_ERRAND: Final = OpenApiParameter(
    "errand_id", {"type": "string"}, OpenApiParameter.PATH, description="Id of an errand."
)


def describe_operator(
    operation: str, summary: str, status: int, data: Schema, *failures: int, **more: Any
) -> Callable[[View], View]:
    """Return a decorator that writes an operator's address into the OpenAPI document."""
    problem = {"$ref": "#/components/schemas/Problem"}
    answer = object_schema({"data": data}, "The answer.")
    responses: dict[Any, Any] = {status: OpenApiResponse(answer, "The answer.")}
    for code in (403, *failures):
        responses[(code, PROBLEM_TYPE)] = OpenApiResponse(problem, _TEXTS[code])
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=summary,
        responses=responses,
        tags=["operator"],
        **more,
    )


class MayEnter(IsAdminUser):
    """Staff who may enter contestants."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return whether this person may."""
        return bool(super().has_permission(request, view) and request.user.has_perm("arena.add_contestant"))


class OperatorView(APIView):
    """What the operator's addresses have in common. Nothing they answer may be kept by anybody."""

    permission_classes: tuple[type[IsAdminUser], ...] = (MayEnter,)
    parser_classes = (BoundedJSON,)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Forbid keeping the answer."""
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        final.headers["Cache-Control"] = "no-store"
        return final


class EnterContestant(OperatorView):
    """Entering a model contestant."""

    @describe_operator(
        "enterContestant",
        "Enter a language model, or replicas of it, into a season that is open.",
        201,
        ENTERED_SCHEMA,
        400,
        request={"application/json": BODY_SCHEMA},
    )
    def post(self, request: Request) -> Response:
        """Enter it; the answer says whether a key was stored, never which."""
        form, season, key = read_form(request.data)
        if season:
            check_slug(season, "season")
        season = season or next(iter(open_season_slugs()), "")
        try:
            entered = enter_models(season, form, key, wall_ms=wall_ms(), keyring=settings.ARENA_KEYRING)
        except EntryError as problem:
            raise ApiProblem("invalid", str(problem), problem.field) from None
        data = {
            "season": entered.season,
            "contestants": list(entered.slugs),
            "key": "stored" if key else "not_given",
        }
        return Response({"data": data}, 201)


class TryContestant(OperatorView):
    """Having a contestant's model tested."""

    @describe_operator(
        "testContestant",
        "Have the runner ask a contestant's model one tiny question.",
        202,
        ERRAND_SCHEMA,
        400,
        404,
        parameters=[_SLUG, _SEASON],
        request=None,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Leave the errand; its address is in ``Location``."""
        seat = _find_seat(read_slug(request.GET, "season"), slug)
        asked = errand(ask_test(seat, str(request.user), wall_ms()))
        if asked is None:
            raise ApiProblem("unknown_errand", "The errand is gone; ask again.")
        location = {"Location": f"/api/v1/errands/{asked.id}"}
        return Response({"data": errand_form(asked)}, 202, headers=location)


class Errand(OperatorView):
    """What came of an errand."""

    @describe_operator("errand", "What came of an errand.", 200, ERRAND_SCHEMA, 404, parameters=[_ERRAND])
    def get(self, request: Request, errand_id: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the errand as it stands."""
        found = errand(errand_id) if is_id(errand_id) else None
        if found is None:
            raise ApiProblem("unknown_errand", f"There is no errand {errand_id[:40]}.")
        return Response({"data": errand_form(found)})


def _find_seat(season: str | None, slug: str) -> SeatFacts:
    chosen = season or selectors.current_season_slug() or ""
    seat = seat_facts(chosen, slug)
    if seat is None:
        raise ApiProblem("unknown_contestant", f"There is no contestant {slug[:60]} in season {chosen[:40]}.")
    if KINDS[seat.kind].how != "model":
        raise ApiProblem("invalid", f"{seat.slug} is no language model; there is nothing to test.", "slug")
    return seat
