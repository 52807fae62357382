"""Addresses of the pages over hand-made values, through the real rendering, caching and headers."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from interfaces.site.answers import Page, answer
from interfaces.site.bar import Now, season_bar
from interfaces.site.board_page import board_context
from interfaces.site.contestant_page import contestant_context
from interfaces.site.round_page import round_context, rounds_context
from interfaces.site.rules_page import rules_context
from interfaces.site.turn_page import turn_context
from tests.factories.board import board, season
from tests.factories.minds_seen import minds_board, model_contestant, turn_page, waiting_contestant
from tests.factories.roster import START_MS
from tests.factories.rounds_seen import contestant, round_heads, round_view
from trading.domain.rules import RuleBook

NOW: Final = Now(START_MS)
VERSION: Final = 384

PAGES: Final = {
    "board": lambda: Page("site/board.html", board_context(board(), (), NOW)),
    "begun": lambda: Page("site/board.html", board_context(board(rounds=0), (), NOW)),
    "contestant": lambda: Page("site/contestant.html", contestant_context(contestant(), NOW)),
    "rounds": lambda: Page("site/rounds.html", rounds_context(season(), round_heads(), None, NOW)),
    "round": lambda: Page("site/round.html", round_context(season(), round_view(), NOW)),
    "model": lambda: Page("site/contestant.html", contestant_context(model_contestant(), NOW)),
    "key": lambda: Page("site/contestant.html", contestant_context(waiting_contestant(), NOW)),
    "turn": lambda: Page("site/turn.html", turn_context(season(), turn_page(), NOW)),
    "asked": lambda: Page("site/turn.html", turn_context(season(), turn_page(is_closed=False), NOW)),
    "house": lambda: Page("site/turn.html", turn_context(season(), turn_page(prompt=None), NOW)),
    "minds": lambda: Page("site/board.html", board_context(minds_board(), (), NOW)),
    "rules": lambda: Page("site/rules.html", rules_context(season(), RuleBook(), NOW)),
    "about": lambda: Page("site/about.html", {"here": "about", "bar": season_bar(season(), NOW)}),
    "empty": lambda: Page("site/empty.html", {}),
}
"""A page of each kind, by name."""


def page(request: HttpRequest, name: str = "board", **_: object) -> HttpResponse:
    """Answer with the page of this name."""
    return answer(request, VERSION, NOW.wall_ms, PAGES[name])


def version(_: HttpRequest, slug: str, **_more: object) -> HttpResponse:
    """Answer as the API does to those who poll."""
    return HttpResponse(f'{{"season":"{slug}","version":{VERSION}}}', content_type="application/json")


_site = [
    path("", page, name="home"),
    path("about/", page, {"name": "about"}, name="about"),
    path("empty/", page, {"name": "empty"}, name="empty"),
    path("begun/", page, {"name": "begun"}, name="begun"),
    path("seasons/<slug:slug>/", page, name="season"),
    path("seasons/<slug:slug>/rules/", page, {"name": "rules"}, name="rules"),
    path("seasons/<slug:slug>/rounds/", page, {"name": "rounds"}, name="rounds"),
    path("seasons/<slug:slug>/rounds/<int:number>/", page, {"name": "round"}, name="round"),
    path(
        "seasons/<slug:slug>/rounds/<int:number>/<slug:contestant_slug>/", page, {"name": "turn"}, name="turn"
    ),
    path("minds/", page, {"name": "minds"}, name="minds"),
    path("model/", page, {"name": "model"}, name="model"),
    path("key/", page, {"name": "key"}, name="key"),
    path("seasons/<slug:slug>/contestants/<slug:who>/", page, {"name": "contestant"}, name="contestant"),
]

urlpatterns = [
    path("api/v1/seasons/<slug:slug>/version", version),
    path("api/v1/docs/", page, name="api-docs"),
    path("api/v1/seasons/<slug:slug>/rounds/<int:number>/turns/<slug:contestant>/", version, name="api-turn"),
    path("", include((_site, "site"))),
]
