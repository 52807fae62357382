"""The pages. A view reads selectors, hands the values to a page and answers with bytes; it writes nothing."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arena import selectors
from arena.domain.board import SeasonView
from arena.selectors.measures import contestant_measures
from interfaces.clock import wall_ms
from interfaces.site.answers import Page, answer, before_of
from interfaces.site.bar import Now, season_bar
from interfaces.site.board_page import board_context
from interfaces.site.contestant_page import contestant_context
from interfaces.site.round_page import round_context, rounds_context
from interfaces.site.rules_page import rules_context
from interfaces.site.turn_page import turn_context
from trading.selectors import trading_level

ROUNDS_A_PAGE = 50
MOST_ROUNDS = 2**31 - 1
"""Round numbers are 32-bit; a larger one would overflow the database's parameter."""
CURVE_POINTS = 240
FEED_ITEMS = 14


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Answer with the current season's leaderboard, or say that there is none yet."""
    slug = selectors.current_season_slug()
    if slug is None:
        return answer(request, 0, wall_ms(), lambda: Page("site/empty.html", {}))
    return _about_season(request, slug, lambda now: _board(slug, now))


@require_safe
def season(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with one season's leaderboard."""
    return _about_season(request, slug, lambda now: _board(slug, now))


@require_safe
def contestant(request: HttpRequest, slug: str, contestant_slug: str) -> HttpResponse:
    """Answer with one contestant's page."""

    def build(now: Now) -> Page:
        view = selectors.contestant(slug, contestant_slug, now.wall_ms)
        if view is None:
            raise Http404(f"no contestant {contestant_slug} in season {slug}")
        measures = contestant_measures(slug, contestant_slug)
        return Page("site/contestant.html", contestant_context(view, now, measures), view.season, now)

    return _about_season(request, slug, build)


@require_safe
def rounds(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with the list of rounds, newest first."""
    before = before_of(request)

    def build(now: Now) -> Page:
        head = _season(slug, now)
        found = selectors.rounds(slug, before=before, limit=ROUNDS_A_PAGE)
        return Page("site/rounds.html", rounds_context(head, found, before, now), head, now)

    return _about_season(request, slug, build)


@require_safe
def round_page(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Answer with one round, step by step."""

    def build(now: Now) -> Page:
        head = _season(slug, now)
        view = selectors.round_view(slug, number) if number <= MOST_ROUNDS else None
        if view is None:
            raise Http404(f"no round {number} in season {slug}")
        return Page("site/round.html", round_context(head, view, now), head, now)

    return _about_season(request, slug, build)


@require_safe
def turn(request: HttpRequest, slug: str, number: int, contestant_slug: str) -> HttpResponse:
    """Answer with one contestant's turn: what was asked, what was answered, what was made of it."""

    def build(now: Now) -> Page:
        head = _season(slug, now)
        view = selectors.turn_page(slug, number, contestant_slug) if number <= MOST_ROUNDS else None
        if view is None:
            raise Http404(f"no turn of {contestant_slug} in round {number} of season {slug}")
        return Page("site/turn.html", turn_context(head, view, now), head, now)

    return _about_season(request, slug, build)


@require_safe
def rules(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with the rule book of a season."""

    def build(now: Now) -> Page:
        head, book = _season(slug, now), selectors.rule_book(slug)
        if book is None:
            raise Http404(f"season {slug} has no rule book")
        return Page("site/rules.html", rules_context(head, book, now), head, now)

    return _about_season(request, slug, build)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Answer with the definitions of every figure, under the current season's state if there is one."""
    slug = selectors.current_season_slug()
    if slug is None:
        return answer(request, 0, wall_ms(), lambda: Page("site/about.html", {"here": "about"}))

    def build(now: Now) -> Page:
        head = _season(slug, now)
        return Page("site/about.html", {"here": "about", "bar": season_bar(head, now)}, head, now)

    return _about_season(request, slug, build)


def _about_season(request: HttpRequest, slug: str, build: Callable[[Now], Page]) -> HttpResponse:
    version = selectors.season_version(slug)
    if version is None:
        raise Http404(f"no season {slug}")
    now = wall_ms()

    # The newest close is read only where a page is rendered: a page from the store costs one read.
    def page() -> Page:
        return build(Now(now, selectors.last_closed_wall_ms(slug)))

    return answer(request, version, now, page, trading_level())


def _board(slug: str, now: Now) -> Page:
    board = selectors.board(slug, now.wall_ms, curve_points=CURVE_POINTS, feed=FEED_ITEMS)
    if board is None:
        raise Http404(f"no season {slug}")
    return Page("site/board.html", board_context(board, selectors.seasons(), now), board.season, now)


def _season(slug: str, now: Now) -> SeasonView:
    view = selectors.season_view(slug, now.wall_ms)
    if view is None:
        raise Http404(f"no season {slug}")
    return view
