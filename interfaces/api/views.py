"""The public reads, one class an address. Deriving from ``PublicRead`` is what allows them."""

from typing import ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from arena import selectors
from interfaces.api import openapi
from interfaces.api.answers import BOARDS, encode, respond
from interfaces.api.errors import ApiProblem
from interfaces.api.query import MAX_NUMBER, read_limit, read_whole
from interfaces.api.reading import PublicRead, find_season, respond_about, respond_page
from interfaces.api.shapes_board import BOARD, CONTESTANT, CURVE, PRICE_OF_SYMBOL, SEASON, STANDING
from interfaces.api.shapes_round import ROUND, ROUND_HEAD, RULES
from interfaces.api.shapes_trading import DECISION, FILL
from interfaces.api.shapes_turn import TURN_PAGE
from interfaces.clock import wall_ms


class Seasons(PublicRead):
    """Every season."""

    @openapi.describe("seasons", "Every season, newest first.", openapi.SEASONS_SCHEMA)
    def get(self, request: Request) -> HttpResponseBase:
        """Return every season."""
        seasons = selectors.seasons()
        newest = max((season.version for season in seasons), default=0)
        return respond(
            request, encode(newest, lambda: {"data": [SEASON.write(season) for season in seasons]})
        )


class Season(PublicRead):
    """One season's head."""

    @openapi.describe(
        "season", "A season's head.", openapi.season_answer(SEASON.kind.schema), openapi.SEASON_SLUG
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Return the head."""
        season = find_season(slug)
        return respond_about(request, season, lambda: {"data": SEASON.write(season)})


class BoardPart(PublicRead):
    """A part of the board, from bytes that are built once a version."""

    part: ClassVar[str]

    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Return the part."""
        return respond(request, BOARDS.answer(slug, self.part))


@openapi.describe_class("version", "A season's version.", openapi.VERSION_SCHEMA, openapi.SEASON_SLUG)
class Version(BoardPart):
    """A season's version: what a client polls that cannot hold a WebSocket."""

    part = "version"


@openapi.describe_class(
    "leaderboard",
    "The whole leaderboard: season, standings, curves, prices and newest activity.",
    openapi.season_answer(BOARD.kind.schema),
    openapi.SEASON_SLUG,
)
class Leaderboard(BoardPart):
    """The whole board."""

    part = "leaderboard"


@openapi.describe_class(
    "standings",
    "The standings; contestants that wait for a key come last.",
    openapi.season_answer({"type": "array", "items": STANDING.kind.schema}),
    openapi.SEASON_SLUG,
)
class Standings(BoardPart):
    """The board's table."""

    part = "standings"


@openapi.describe_class(
    "curves",
    "Equity curves of all contestants.",
    openapi.season_answer({"type": "array", "items": CURVE.kind.schema}),
    openapi.SEASON_SLUG,
)
class Curves(BoardPart):
    """The equity curves."""

    part = "curves"


@openapi.describe_class(
    "prices",
    "Newest marks with their change.",
    openapi.season_answer({"type": "array", "items": PRICE_OF_SYMBOL.kind.schema}),
    openapi.SEASON_SLUG,
)
class Prices(BoardPart):
    """The market strip."""

    part = "prices"


class Contestant(PublicRead):
    """One contestant."""

    @openapi.describe(
        "contestant",
        "One contestant with curve, positions, trades and the newest 50 decisions.",
        openapi.season_answer(CONTESTANT.kind.schema),
        openapi.SEASON_SLUG,
        openapi.CONTESTANT_SLUG,
    )
    def get(self, request: Request, slug: str, contestant: str) -> HttpResponseBase:
        """Return the contestant."""
        find_season(slug)
        view = selectors.contestant(slug, contestant, wall_ms())
        if view is None:
            raise ApiProblem("unknown_contestant", f"There is no contestant {contestant} in season {slug}.")
        return respond_about(request, view.season, lambda: {"data": CONTESTANT.write(view)})


class Rounds(PublicRead):
    """The list of rounds."""

    parameters = frozenset({"before", "limit"})

    @openapi.describe(
        "rounds",
        "Rounds, newest first.",
        openapi.season_page(ROUND_HEAD.kind.schema, {"type": "integer"}),
        openapi.SEASON_SLUG,
        openapi.BEFORE_ROUND,
        openapi.LIMIT,
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Return one page of rounds."""
        before, limit = read_whole(request.GET, "before", 1, MAX_NUMBER), read_limit(request.GET)
        season = find_season(slug)
        found = selectors.rounds(slug, before=before, limit=limit + 1)
        page = found[:limit]
        following = page[-1].number if len(found) > limit else None
        return respond_about(
            request,
            season,
            lambda: {"data": [ROUND_HEAD.write(row) for row in page], "next": following},
        )


class Round(PublicRead):
    """One round in full."""

    @openapi.describe(
        "round",
        "One round: every step, the frozen market and every contestant's answer.",
        openapi.season_answer(ROUND.kind.schema),
        openapi.SEASON_SLUG,
        openapi.ROUND_NUMBER,
    )
    def get(self, request: Request, slug: str, number: int) -> HttpResponseBase:
        """Return the round."""
        season = find_season(slug)
        view = selectors.round_view(slug, number) if number <= MAX_NUMBER else None
        if view is None:
            raise ApiProblem("unknown_round", f"There is no round {str(number)[:20]} in season {slug}.")
        return respond_about(request, season, lambda: {"data": ROUND.write(view)})


class Turn(PublicRead):
    """One contestant's turn in full."""

    @openapi.describe(
        "turn",
        "One turn in full: what was asked, what was answered to the byte, what was read, what it took.",
        openapi.season_answer(TURN_PAGE.kind.schema),
        openapi.SEASON_SLUG,
        openapi.ROUND_NUMBER,
        openapi.CONTESTANT_SLUG,
    )
    def get(self, request: Request, slug: str, number: int, contestant: str) -> HttpResponseBase:
        """Return the turn."""
        season = find_season(slug)
        view = selectors.turn_page(slug, number, contestant) if number <= MAX_NUMBER else None
        if view is None:
            at = f"in round {str(number)[:20]} of season {slug}"
            raise ApiProblem("unknown_turn", f"There is no turn of {contestant[:60]} {at}.")
        return respond_about(request, season, lambda: {"data": TURN_PAGE.write(view)})


class Decisions(PublicRead):
    """Decisions with their verdicts."""

    parameters = frozenset({"before", "limit", "contestant"})

    @openapi.describe(
        "decisions",
        "Decisions with every rule's verdict, newest first.",
        openapi.season_page(DECISION.kind.schema, {"type": "string"}),
        openapi.SEASON_SLUG,
        openapi.OF_CONTESTANT,
        openapi.BEFORE_MOMENT,
        openapi.LIMIT,
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Return one page of decisions."""
        return respond_page(request, slug, selectors.decisions, DECISION)


class Fills(PublicRead):
    """Executions."""

    parameters = frozenset({"before", "limit", "contestant"})

    @openapi.describe(
        "fills",
        "Executions as booked, newest first.",
        openapi.season_page(FILL.kind.schema, {"type": "string"}),
        openapi.SEASON_SLUG,
        openapi.OF_CONTESTANT,
        openapi.BEFORE_MOMENT,
        openapi.LIMIT,
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Return one page of fills."""
        return respond_page(request, slug, selectors.fills, FILL)


class Rules(PublicRead):
    """The rule book in force."""

    @openapi.describe(
        "rules", "The rule book in force.", openapi.season_answer(RULES.kind.schema), openapi.SEASON_SLUG
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Return the rule book."""
        season = find_season(slug)
        book = selectors.rule_book(slug)
        if book is None:
            raise ApiProblem("unknown_rule_book", f"Season {slug} has no rule book yet.")
        return respond_about(request, season, lambda: {"data": RULES.write(book)})
