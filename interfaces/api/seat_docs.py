"""The seat's addresses in the OpenAPI document."""

from collections.abc import Callable
from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from interfaces.api.errors import PROBLEM_TYPE
from interfaces.api.openapi import LIMIT, View
from interfaces.api.seat_form import HANDED_SCHEMA, RECEIPT_SCHEMA, SEAT_SCHEMA
from interfaces.api.seat_waiting import MAX_WAIT_S
from interfaces.api.shape import Schema, object_schema


class SeatTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # untyped there
    """Tells the OpenAPI document how a seat's token is sent; drf-spectacular finds it by its base class."""

    target_class = "interfaces.api.seat_auth.SeatTokens"
    name = "seatToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - spectacular's signature
        """Return the scheme."""
        return {"type": "http", "scheme": "bearer"}


_FAILURES: Final = {
    400: "The request is wrong.",
    401: "Without a valid token.",
    404: "There is no such thing for this token.",
    409: "The turn is closed.",
    413: "The answer is too long.",
    429: "Too many requests.",
}

_OBSERVATION_SCHEMA: Final[Schema] = {
    "type": "object",
    "description": "Everything a contestant is shown; form observation-1, see docs/bring-your-own.md.",
    "properties": {
        "form": {"type": "string", "enum": ["observation-1"]},
        "turn": {"type": "string", "description": "Name it when you answer."},
        "round": {"type": "integer"},
        "deadline_ms": {"type": "integer", "format": "int64"},
        "market": {"type": "array", "items": {"type": "object"}},
        "answer_schema": {"type": "object", "description": "JSON Schema of the answer."},
    },
    "required": ["form", "turn", "round", "deadline_ms", "market", "answer_schema"],
}

_ANSWER_SCHEMA: Final[Schema] = {
    "type": "object",
    "description": "An answer in the form of the observation's answer_schema; at most 64 KiB.",
    "properties": {
        "summary": {"type": "string"},
        "decisions": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["decisions"],
}

_WAIT: Final = OpenApiParameter(
    "wait",
    {"type": "integer", "minimum": 0, "maximum": MAX_WAIT_S, "default": 0},
    description="Seconds to wait for a question that is not the one of If-None-Match.",
)
_TURN: Final = OpenApiParameter(
    "turn", {"type": "string"}, description="The turn this answers; the header Arena-Turn serves too."
)
_BEFORE: Final = OpenApiParameter(
    "before", {"type": "integer", "minimum": 0}, description="The ``next`` of the page before."
)


def _describe(
    operation: str, summary: str, answers: dict[int, OpenApiResponse], *failures: int, **more: Any
) -> Callable[[View], View]:
    problem = {"$ref": "#/components/schemas/Problem"}
    responses: dict[Any, Any] = dict(answers)
    for status in sorted({400, 401, 429, *failures}):
        responses[(status, PROBLEM_TYPE)] = OpenApiResponse(problem, _FAILURES[status])
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=summary,
        responses=responses,
        tags=["seat"],
        **more,
    )


def _data(schema: Schema) -> Schema:
    return object_schema({"data": schema}, "The answer.")


SEAT: Final = _describe(
    "seat", "Who this token decides for.", {200: OpenApiResponse(_data(SEAT_SCHEMA), "The seat.")}, 404
)

OBSERVATION: Final = _describe(
    "seatObservation",
    "What the contestant is shown in the round that is open now.",
    {
        200: OpenApiResponse(_OBSERVATION_SCHEMA, "The observation; its ETag names the turn."),
        204: OpenApiResponse(None, "Nothing is open."),
        304: OpenApiResponse(None, "Only the turn of If-None-Match is open."),
    },
    parameters=[_WAIT],
)

DECISIONS: Final = _describe(
    "seatDecisions",
    "Hand in decisions. An answer that cannot be read is stored too, and told as rejected.",
    {200: OpenApiResponse(_data(RECEIPT_SCHEMA), "Stored; what would count.")},
    404,
    409,
    413,
    parameters=[_TURN],
    request={"application/json": _ANSWER_SCHEMA},
)

_HISTORY_SCHEMA: Final = object_schema(
    {
        "data": {"type": "array", "items": HANDED_SCHEMA},
        "next": {"type": ["integer", "null"], "description": "Pass it as ``before`` for the next page."},
    },
    "One page, newest first.",
)

HISTORY: Final = _describe(
    "seatHistory",
    "What this seat handed in.",
    {200: OpenApiResponse(_HISTORY_SCHEMA, "One page.")},
    parameters=[_BEFORE, LIMIT],
)
