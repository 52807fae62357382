"""The library of strategies for operators: save, draft in words, try, apply, retire."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from agents.domain.llm.entry import EntryError
from agents.domain.strategy.drafting import checked_sentence
from agents.domain.strategy.fields import StrategyError
from agents.domain.strategy.reading import parse_strategy
from agents.selectors.errands import errand
from agents.selectors.strategies import StrategyView, find_strategy, strategies
from agents.services.strategies import save_strategy
from arena import selectors
from arena.selectors.entering import open_season_slugs
from arena.selectors.strategies import MAX_ROUNDS, try_strategy
from arena.services.strategies import apply_strategy, ask_draft, retire_strategy
from interfaces.api.contestant_form import ERRAND_SCHEMA, errand_form
from interfaces.api.contestant_views import OperatorView, describe_operator
from interfaces.api.errors import ApiProblem
from interfaces.api.query import check_names, read_slug, read_whole
from interfaces.api.strategy_form import (
    APPLIED_SCHEMA,
    APPLY_SCHEMA,
    ASK_SCHEMA,
    DOCUMENT_SCHEMA,
    RETIRED_SCHEMA,
    STRATEGY_SCHEMA,
    TRIAL_SCHEMA,
    read_body,
    strategy_form,
    trial_form,
)
from interfaces.clock import wall_ms

MAX_VERSION: Final = 2**31 - 1
_NAME: Final = OpenApiParameter(
    "name", {"type": "string"}, OpenApiParameter.PATH, description="Name of a strategy."
)
_VERSION: Final = OpenApiParameter(
    "version", {"type": "integer", "minimum": 1}, description="Left out: the newest."
)
_SEASON: Final = OpenApiParameter(
    "season", {"type": "string"}, description="Slug of a season; left out: the current one."
)
_ROUNDS: Final = OpenApiParameter(
    "rounds",
    {"type": "integer", "minimum": 1, "maximum": MAX_ROUNDS, "default": 100},
    description="How many of its newest rounds are looked at.",
)


class Strategies(OperatorView):
    """The library."""

    @describe_operator(
        "strategies",
        "Every strategy in every version, by name, newest first.",
        200,
        {"type": "array", "items": STRATEGY_SCHEMA},
    )
    def get(self, request: Request) -> Response:
        """Return the library."""
        check_names(request.GET, ())
        return Response({"data": [strategy_form(view) for view in strategies()]})

    @describe_operator(
        "saveStrategy",
        "Store a document as a draft; one that is there already is returned as it is.",
        201,
        STRATEGY_SCHEMA,
        400,
        request={"application/json": DOCUMENT_SCHEMA},
    )
    def post(self, request: Request) -> Response:
        """Read the body to the byte: a key that is there twice would be lost otherwise."""
        if not (request.content_type or "").startswith("application/json"):
            raise UnsupportedMediaType(request.content_type or "")
        try:
            strategy = parse_strategy(request.body)
        except StrategyError as problem:
            raise ApiProblem("invalid", str(problem), problem.path) from None
        view = save_strategy(strategy, sentence="", author=str(request.user), wall_ms=wall_ms())
        return Response({"data": strategy_form(view)}, 201)


class Draft(OperatorView):
    """Having a strategy drafted."""

    @describe_operator(
        "draftStrategy",
        "Have the runner ask a model to turn a sentence into a draft; nothing is applied.",
        202,
        ERRAND_SCHEMA,
        400,
        request={"application/json": ASK_SCHEMA},
    )
    def post(self, request: Request) -> Response:
        """Leave the errand; its address is in ``Location``."""
        body = read_body(request.data, ASK_SCHEMA)
        try:
            sentence = checked_sentence(body["sentence"])
        except StrategyError as problem:
            raise ApiProblem("invalid", str(problem), problem.path) from None
        asked = errand(ask_draft(sentence, body["model"][:60], str(request.user), wall_ms()))
        if asked is None:
            raise ApiProblem("unknown_errand", "The errand is gone; ask again.")
        location = {"Location": f"/api/v1/errands/{asked.id}"}
        return Response({"data": errand_form(asked)}, 202, headers=location)


class Strategy(OperatorView):
    """One strategy."""

    @describe_operator(
        "strategy",
        "One strategy: its document, what it does in sentences, and who plays it.",
        200,
        STRATEGY_SCHEMA,
        400,
        404,
        parameters=[_NAME, _VERSION],
    )
    def get(self, request: Request, name: str) -> Response:
        """Return it."""
        check_names(request.GET, ("version",))
        return Response({"data": strategy_form(_find(name, _version(request)))})


class Try(OperatorView):
    """A strategy held against recorded rounds."""

    @describe_operator(
        "tryStrategy",
        "What a strategy would have called in a season's recorded rounds.",
        200,
        TRIAL_SCHEMA,
        400,
        404,
        parameters=[_NAME, _VERSION, _SEASON, _ROUNDS],
    )
    def get(self, request: Request, name: str) -> Response:
        """Return the counts."""
        check_names(request.GET, ("version", "season", "rounds"))
        view = _find(name, _version(request))
        season = read_slug(request.GET, "season") or selectors.current_season_slug() or ""
        if selectors.season_view(season, wall_ms()) is None:
            raise ApiProblem("unknown_season", f"There is no season {season[:40]}.")
        rounds = read_whole(request.GET, "rounds", 1, MAX_ROUNDS) or 100
        return Response({"data": trial_form(try_strategy(view.strategy, season, rounds), season)})


class Apply(OperatorView):
    """A strategy applied to a season."""

    @describe_operator(
        "applyStrategy",
        "Enter a strategy into a season that is open, as a contestant.",
        201,
        APPLIED_SCHEMA,
        400,
        404,
        parameters=[_NAME],
        request={"application/json": APPLY_SCHEMA},
    )
    def post(self, request: Request, name: str) -> Response:
        """Enter it."""
        body = read_body(request.data, APPLY_SCHEMA)
        view = _find(name, body.get("version"))
        season = body.get("season") or next(iter(open_season_slugs()), "")
        try:
            applied = apply_strategy(
                view, season, name=body.get("name", ""), profile=body.get("profile", "moderate")
            )
        except EntryError as problem:
            raise ApiProblem("invalid", str(problem), problem.field) from None
        return Response({"data": {"season": applied.season, "contestant": applied.slug}}, 201)


class Retire(OperatorView):
    """A strategy retired."""

    @describe_operator(
        "retireStrategy",
        "Retire a strategy with every contestant that plays it; their record stays.",
        200,
        RETIRED_SCHEMA,
        400,
        404,
        parameters=[_NAME, _VERSION],
        request=None,
    )
    def post(self, request: Request, name: str) -> Response:
        """Retire it."""
        check_names(request.GET, ("version",))
        return Response({"data": {"contestants": list(retire_strategy(_find(name, _version(request))))}})


def _version(request: Request) -> int | None:
    return read_whole(request.GET, "version", 1, MAX_VERSION)


def _find(name: str, version: Any) -> StrategyView:
    found = find_strategy(name, version) if version is None or 0 < version <= MAX_VERSION else None
    if found is None:
        raise ApiProblem("unknown_strategy", f"There is no strategy {name[:40]} of that version.")
    return found
