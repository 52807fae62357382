"""The OpenAPI 3.1 document: operations from the views, schemas from the shapes."""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from interfaces.api.errors import CODES, PROBLEM_TYPE
from interfaces.api.query import DEFAULT_LIMIT, MAX_LIMIT
from interfaces.api.shape import Schema, Shape, object_schema
from interfaces.api.shapes_board import (
    BOARD,
    CONTESTANT,
    CURVE,
    FEED_ITEM,
    MARKET_SCHEMA,
    PRICE_OF_SYMBOL,
    SEASON,
    STANDING,
)
from interfaces.api.shapes_measures import DAY_RESULT, MEASURES_SHAPE
from interfaces.api.shapes_minds import CALL, MIND, PROMPT
from interfaces.api.shapes_round import BLACKOUT, LIMITS, ROUND, ROUND_HEAD, RULES, STAGE, SYMBOL_FRAME, TURN
from interfaces.api.shapes_trading import DECISION, FILL, POSITION, TRADE, VERDICT, WAITING_ORDER, WATCH
from interfaces.api.shapes_turn import TURN_LINE, TURN_PAGE
from interfaces.api.shapes_wallet import ASSET, MOVED, TRADED, TRANSACTION, WALLET

View = TypeVar("View", bound=Callable[..., Any])

SHAPES: Final[Sequence[Shape[Any]]] = (
    CALL,
    MIND,
    PROMPT,
    WATCH,
    TURN_LINE,
    TURN_PAGE,
    SEASON,
    STANDING,
    CURVE,
    PRICE_OF_SYMBOL,
    FEED_ITEM,
    BOARD,
    CONTESTANT,
    VERDICT,
    FILL,
    DECISION,
    POSITION,
    TRADE,
    STAGE,
    SYMBOL_FRAME,
    TURN,
    ROUND_HEAD,
    ROUND,
    LIMITS,
    RULES,
    DAY_RESULT,
    MEASURES_SHAPE,
    ASSET,
    WALLET,
    TRANSACTION,
    MOVED,
    TRADED,
    BLACKOUT,
    WAITING_ORDER,
)

PROBLEM_SCHEMA: Final[Schema] = {
    "type": "object",
    "description": "Every error, as RFC 9457 problem details.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": list(CODES)},
        "detail": {"type": "string", "description": "One sentence about this request."},
        "errors": {
            "type": "array",
            "items": object_schema(
                {"field": {"type": "string"}, "detail": {"type": "string"}}, "What is wrong with one field."
            ),
        },
    },
    "required": ["type", "title", "status", "code", "detail"],
}

SEASON_SLUG: Final = OpenApiParameter(
    "slug",
    {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    OpenApiParameter.PATH,
    description="Slug of a season, from seasons/.",
)
CONTESTANT_SLUG: Final = OpenApiParameter(
    "contestant",
    {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    OpenApiParameter.PATH,
    description="Slug of a contestant, from standings/.",
)
ROUND_NUMBER: Final = OpenApiParameter(
    "number", {"type": "integer", "minimum": 1}, OpenApiParameter.PATH, description="Number of a round."
)
LIMIT: Final = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    description="Rows of one page.",
)
BEFORE_ROUND: Final = OpenApiParameter(
    "before", {"type": "integer", "minimum": 1}, description="Only rounds with a smaller number."
)
BEFORE_MOMENT: Final = OpenApiParameter(
    "before",
    {"type": "string", "pattern": r"^[0-9]{1,15}(\.[0-9]{1,6})?$"},
    description="Milliseconds since 1970 UTC, or the ``next`` of the page before.",
)
OF_CONTESTANT: Final = OpenApiParameter(
    "contestant",
    {"type": "string", "pattern": "^[-a-zA-Z0-9_]{1,60}$"},
    description="Only rows of this contestant (a slug).",
)

AT_MOMENT: Final = OpenApiParameter(
    "at", {"type": "integer", "minimum": 0}, description="As it stood then: milliseconds since 1970 UTC."
)
AFTER_PLACE: Final = OpenApiParameter(
    "after", {"type": "integer", "minimum": 0}, description="The ``next`` of the page before."
)

_SEASON_FIELDS: Final[dict[str, Schema]] = {
    "season": {"type": "string", "description": "Slug of the season."},
    "version": {"type": "integer", "description": "The season's version this answer shows."},
    "market": {"$ref": "#/components/schemas/Market"},
}


def season_answer(data: Schema) -> Schema:
    """Return the schema of an answer about one season."""
    return object_schema({**_SEASON_FIELDS, "data": data}, "An answer about one season.")


def season_page(data: Schema, cursor: Schema, name: str = "before") -> Schema:
    """Return the schema of one page of a season's rows; ``name`` is the parameter of the next one."""
    cursor = {
        "anyOf": [cursor, {"type": "null"}],
        "description": f"Pass it as ``{name}`` for the next page; null on the last.",
    }
    fields = {**_SEASON_FIELDS, "data": {"type": "array", "items": data}, "next": cursor}
    return object_schema(fields, "One page, newest first." if name == "before" else "One page.")


VERSION_SCHEMA: Final = object_schema(_SEASON_FIELDS, "A season's published version.")
SEASONS_SCHEMA: Final = object_schema(
    {"data": {"type": "array", "items": SEASON.kind.schema}}, "Every season, newest first."
)


def describe(
    operation: str,
    summary: str,
    schema: Schema,
    *parameters: OpenApiParameter,
) -> Callable[[View], View]:
    """Return a decorator that writes a GET into the OpenAPI document."""
    failures = {400: "A parameter is wrong or unknown.", 429: "Too many requests."}
    if parameters:
        failures[404] = "There is no such thing."
    problem = {"$ref": "#/components/schemas/Problem"}
    responses: dict[Any, Any] = {200: OpenApiResponse(schema, "The answer.")}
    responses[304] = OpenApiResponse(None, "The client has these bytes (If-None-Match).")
    for status, text in sorted(failures.items()):
        responses[(status, PROBLEM_TYPE)] = OpenApiResponse(problem, text)
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=summary,
        parameters=list(parameters),
        responses=responses,
        auth=[],
        tags=["arena"],
    )


def describe_class(
    operation: str, summary: str, schema: Schema, *parameters: OpenApiParameter
) -> Callable[[View], View]:
    """Return a decorator of a class that inherits its GET, for `describe`."""
    return extend_schema_view(get=describe(operation, summary, schema, *parameters))


class ArenaSchemaGenerator(SchemaGenerator):
    """drf-spectacular's generator with the shapes as components and the caching headers on answers."""

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - spectacular's
        """Return the document."""
        document: dict[str, Any] = super().get_schema(request, public)  # type: ignore[no-untyped-call] # untyped there
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update({shape.name: shape.schema for shape in SHAPES})
        schemas.update({"Market": MARKET_SCHEMA, "Problem": PROBLEM_SCHEMA})
        for operations in document["paths"].values():
            if "get" in operations:
                _add_headers(operations["get"]["responses"]["200"])
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        return document


def _add_headers(response: dict[str, Any]) -> None:
    text = {"type": "string"}
    response["headers"] = {
        "ETag": {"description": "Version and hash; send it back as If-None-Match.", "schema": text},
        "Cache-Control": {"description": "Keep it, but ask every time.", "schema": text},
    }


@lru_cache(maxsize=1)
def document_bytes() -> bytes:
    """Return the document as JSON; it is made once a process."""
    document = ArenaSchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call] # untyped there
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
