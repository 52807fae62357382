"""Pages about language models, over hand-made values, in a real browser."""

import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser

PATHS = [
    "/minds/",
    "/model/",
    "/key/",
    "/seasons/season-1/rounds/128/",
    "/seasons/season-1/rounds/128/chatgpt/",
]


class Quiet(WSGIRequestHandler):
    """Serves without a line a request."""

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def sample(settings: Any) -> Iterator[str]:
    """Serve the pages over hand-made values with the real headers; return their address."""
    settings.ROOT_URLCONF = "tests.factories.sample_site"
    server = make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_about_models_fits_and_runs_nothing_it_should_not(
    sample: str, chromium: Browser, path: str, width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        # There is no live feed here: the page asks instead, which is not what is looked at.
        lambda message: complaints.append(message.text) if "WebSocket" not in message.text else None,
    )
    answer = page.goto(sample + path)
    assert answer is not None
    assert answer.status == 200
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    context.close()


def test_on_a_phone_what_is_left_after_thinking_stands_below_net(sample: str, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 900})
    page = context.new_page()
    page.goto(f"{sample}/minds/")
    left = page.locator("td.net small.after").first
    expect(left).to_be_visible()
    box = left.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360
    context.close()


def test_the_question_unfolds_without_scripts(sample: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{sample}/seasons/season-1/rounds/128/chatgpt/")
    expect(page.get_by_text("ETH 3476.12")).to_be_hidden()
    page.get_by_text("The market").click()
    expect(page.get_by_text("ETH 3476.12")).to_be_visible()
    context.close()
