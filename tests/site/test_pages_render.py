"""Every page over hand-made values: whole, inert, linked, light."""

import gzip
import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.template.loader import get_template
from django.urls import Resolver404, resolve

from interfaces.site.answers import Page, render_page
from interfaces.site.bar import Now
from interfaces.site.board_page import board_context
from interfaces.site.contestant_page import contestant_context
from interfaces.site.round_page import round_context
from tests.factories.board import board, season, standing
from tests.factories.decisions_seen import decision
from tests.factories.markup import Reading, read_page
from tests.factories.roster import HOSTILE, START_MS
from tests.factories.rounds_seen import contestant, round_view, turn
from tests.factories.sample_site import PAGES

NOW = Now(START_MS)
STATIC = Path("interfaces/static/arena")


def read(page: Page) -> Reading:
    return read_page(render_page(page))


def board_page(**changes: object) -> Page:
    return Page("site/board.html", board_context(board(**changes), (), NOW))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_has_a_language_a_title_and_one_heading(name: str) -> None:
    html = render_page(PAGES[name]())
    assert '<html lang="en">' in html
    assert re.search(r"<title>[^<]*The Arena</title>", html)
    assert read_page(html).tags.count("h1") == 1


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_holds_nothing_inline_and_nothing_from_elsewhere(name: str) -> None:
    reading = read(PAGES[name]())
    assert reading.inline == []
    assert all(source.startswith("/static/arena/") for source in reading.sources)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_ids_are_unique(name: str) -> None:
    ids = read(PAGES[name]()).ids
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_link_leads_somewhere(name: str) -> None:
    reading = read(PAGES[name]())
    anchors = {"/about/": set(read(PAGES["about"]()).ids), "": set(reading.ids)}
    for link in reading.links:
        path, _, anchor = link.partition("#")
        if path:
            try:
                resolve(path.partition("?")[0])
            except Resolver404:
                pytest.fail(f"{name} links to {link}, which no address answers")
        if path in anchors and anchor:
            assert anchor in anchors[path], link


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_minus_is_a_true_minus(name: str) -> None:
    found = [word for word in read(PAGES[name]()).words if re.search(r"(^|[\s(])-\d", word)]
    assert found == []


@pytest.mark.parametrize("name", ["404.html", "500.html"])
def test_an_error_page_says_what_to_do_next(name: str) -> None:
    reading = read_page(get_template(name).render({}))
    assert reading.tags.count("h1") == 1
    assert reading.inline == []


def test_the_board_shows_gross_costs_net_and_refusals_of_everybody() -> None:
    text = read(board_page()).text
    assert "DeepSeek leads by 0.1 points" in text
    assert "No test of luck has been made yet" in text
    assert "Position 22\u202f% of equity, limit 20\u202f%. Nothing was sent." in text
    assert "The answer is not JSON, or was cut off; not guessed at." in text
    assert "ANTHROPIC_API_KEY" in text
    assert "paper money" in text


def test_before_the_first_round_the_board_says_so() -> None:
    text = read(board_page(rounds=0)).text
    assert "No round is closed yet" in text
    assert "The curves begin with the first closed round." in text


def test_after_one_round_the_board_draws_what_there_is() -> None:
    html = render_page(board_page(rounds=1))
    assert "after 1 round," in html
    assert html.count('<path class="ln') == 24


def test_two_who_stand_equal_share_the_lead() -> None:
    pair = tuple(standing(position, equity=1, net=5, rank=1) for position in range(2))
    text = read(board_page(standings=pair, finding="tie")).text
    assert "ChatGPT and Claude share the lead" in text


def test_a_leading_baseline_is_called_one() -> None:
    text = read(board_page(finding="baseline_leads")).text
    assert "A baseline leads: DeepSeek, by 0.1 points" in text


def test_a_thousand_contestants_make_a_page_that_is_still_light() -> None:
    html = render_page(board_page(contestants=1000))
    assert html.count('<tr><td class="rank">') == 100
    assert "900 more contestants are in the API." in html
    assert len(gzip.compress(html.encode())) < 40_000


def test_a_board_of_twelve_with_style_and_scripts_weighs_less_than_100_kb() -> None:
    static = sum(file.stat().st_size for file in STATIC.iterdir())
    assert len(render_page(board_page()).encode()) + static < 100_000
    assert (STATIC / "arena.css").stat().st_size <= 20_000


def test_hostile_text_stays_text() -> None:
    row = standing(0, name=HOSTILE, subtitle=HOSTILE)
    made = decision(0, contestant_name=HOSTILE, reasoning=HOSTILE, invalidation=HOSTILE)
    answers = replace(
        round_view(), turns=(turn(0, contestant_name=HOSTILE, summary=HOSTILE, decisions=(made,)),)
    )
    view = contestant(standing=row, spec_config=HOSTILE, decisions=(made,))
    pages = (
        board_page(standings=(row,), season=season(name=HOSTILE, market_label=HOSTILE)),
        Page("site/contestant.html", contestant_context(view, NOW)),
        Page("site/round.html", round_context(season(), answers, NOW)),
    )
    for page in pages:
        html = render_page(page)
        reading = read_page(html)
        assert "<script>alert" not in html
        assert reading.inline == []
        assert "img" not in reading.tags
        assert "<script>alert(1)</script>\ufffdevil\ufffd\ufffd" in reading.text
        assert not set("\u202e\u2066\u200b") & set(html)


def test_a_season_that_fell_silent_says_since_when() -> None:
    last = START_MS
    late = Now(last + 12 * 60_000, last)
    html = render_page(Page("site/board.html", board_context(board(), (), late)))
    assert "The last round was closed 12\u202fmin ago" in html
    fresh = Now(last + 2 * 60_000, last)
    assert "The last round was closed" not in render_page(
        Page("site/board.html", board_context(board(), (), fresh))
    )


def test_books_that_do_not_balance_are_not_lit() -> None:
    broken = season(books_balance=False, books_problem="entry 7 does not sum to zero")
    html = render_page(board_page(season=broken))
    assert "books do not balance" in html
    assert 'title="entry 7 does not sum to zero"' in html
    assert 'class="true"' not in html


def test_the_countdown_is_the_wall_time_to_the_next_round() -> None:
    html = render_page(
        board_page(season=season(speed=12, market_ms=START_MS, next_round_ms=START_MS + 180_000))
    )
    assert '<time id="due" datetime="2026-11-18T11:06:55Z">0:15</time>' in html


def test_a_fragment_holds_the_regions_of_its_page_and_no_frame() -> None:
    page = board_page()
    whole, part = render_page(page), render_page(page, fragment=True)
    regions = re.findall(r'data-live="(\w+)"', part)
    assert regions == re.findall(r'data-live="(\w+)"', whole)
    assert "<script" not in part
    assert "<header" not in part
