"""The pages of a running arena in a real browser."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

SEASON = "/seasons/season-1/"
PATHS = [
    "/",
    f"{SEASON}rounds/",
    f"{SEASON}rounds/5/",
    f"{SEASON}rounds/5/scoring/",
    f"{SEASON}rules/",
    f"{SEASON}contestants/scoring/",
    f"{SEASON}contestants/chatgpt/",
    "/about/",
]
WIDTHS = [360, 768, 1440]


@dataclass
class Visit:
    """An open page and what the browser complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Open a page that writes down every error, warning and failed request."""
    context = chromium.new_context(timezone_id="Asia/Jakarta", color_scheme="dark")
    found = Visit(context.new_page())
    found.page.on("console", lambda message: _complain(found, message.type, message.text))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    yield found
    context.close()


def _complain(found: Visit, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        found.complaints.append(text)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_loads_without_errors_or_policy_reports(arena: str, visit: Visit, path: str) -> None:
    answer = visit.page.goto(arena + path)
    assert answer is not None
    assert answer.status == 200
    visit.page.wait_for_load_state("networkidle")
    assert visit.complaints == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PATHS)
def test_no_page_scrolls_sideways(arena: str, visit: Visit, path: str, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 800})
    visit.page.goto(arena + path)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_missing_page_says_where_to_go(arena: str, visit: Visit) -> None:
    answer = visit.page.goto(f"{arena}{SEASON}contestants/nobody/")
    assert answer is not None
    assert answer.status == 404
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("There is nothing at this address")


def test_the_board_follows_the_season_without_a_reload(arena: str, visit: Visit) -> None:
    visit.page.goto(arena)
    visit.page.evaluate("window.same = true")
    expect(visit.page.locator("#link")).to_have_text("· live")
    before = visit.page.locator('[data-k="round"]').inner_text()
    expect(visit.page.locator('[data-k="round"]')).not_to_have_text(before, timeout=40_000)
    assert visit.page.evaluate("window.same") is True
    assert visit.complaints == []


def test_an_update_moves_nothing_that_did_not_change(arena: str, visit: Visit) -> None:
    visit.page.goto(arena)
    visit.page.evaluate(
        """() => { window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach(
        entry => { window.shift += entry.value; })).observe({ type: "layout-shift", buffered: true }); }"""
    )
    before = visit.page.locator('[data-k="round"]').inner_text()
    expect(visit.page.locator('[data-k="round"]')).not_to_have_text(before, timeout=40_000)
    assert visit.page.evaluate("window.shift") < 0.1


def test_without_a_socket_the_page_asks_again(arena: str, visit: Visit) -> None:
    visit.page.add_init_script(
        "window.WebSocket = class extends EventTarget { constructor() { super();"
        " setTimeout(() => this.dispatchEvent(new Event('close'))); } };"
    )
    visit.page.goto(arena)
    expect(visit.page.locator("#link")).to_have_text("· asking every 10 seconds")
    before = visit.page.locator('[data-k="round"]').inner_text()
    expect(visit.page.locator('[data-k="round"]')).not_to_have_text(before, timeout=60_000)


def test_the_theme_switch_is_remembered(arena: str, visit: Visit) -> None:
    visit.page.goto(arena)
    dark = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    visit.page.get_by_role("button", name="Light").click()
    light = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    visit.page.reload()
    assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == light
    expect(visit.page.get_by_role("button", name="Dark")).to_be_visible()


def test_times_are_in_the_viewers_zone_with_utc_on_hover(arena: str, visit: Visit) -> None:
    visit.page.goto(f"{arena}{SEASON}rounds/")
    moment = visit.page.locator("tbody time").first
    shown, title = moment.inner_text(), moment.get_attribute("title") or ""
    hour_utc, hour_shown = int(title[11:13]), int(shown[-5:-3])
    assert (hour_shown - hour_utc) % 24 == 7
    expect(visit.page.locator("#zone")).to_have_text("Times in Asia/Jakarta")


def test_everything_is_read_without_scripts(arena: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(arena)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("table.board tbody tr").first).to_be_visible()
    expect(page.locator("svg.chart.wide")).to_be_visible()
    expect(page.locator("#zone")).to_have_text("Times in UTC")
    expect(page.locator("#theme")).to_be_hidden()
    page.get_by_role("link", name="Rounds").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rounds")
    context.close()


def test_the_keyboard_reaches_content_and_scrolled_tables(arena: str, visit: Visit) -> None:
    visit.page.goto(arena)
    visit.page.keyboard.press("Tab")
    expect(visit.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    reached = set()
    for _ in range(40):
        visit.page.keyboard.press("Tab")
        reached.add(visit.page.evaluate("document.activeElement.className || document.activeElement.tagName"))
    assert "scroll" in reached
    assert "strip" in reached
