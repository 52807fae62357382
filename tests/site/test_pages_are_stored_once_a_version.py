"""Bytes of a page: rendered once a version, compressed, 304 where nothing changed."""

import gzip

import pytest
from django.test import Client

from interfaces.site.answers import Key, Page, PageStore
from interfaces.site.bar import Now, season_bar
from tests.factories.board import season
from tests.factories.roster import START_MS

pytestmark = pytest.mark.urls("tests.factories.sample_site")


def key(version: int = 1, path: str = "/") -> Key:
    return Key(path, None, "en", False, version)


class Counted:
    """Builds the page about the numbers and counts how often it was asked to."""

    def __init__(self, now: Now) -> None:
        self.calls = 0
        self.now = now

    def __call__(self) -> Page:
        """Build the page."""
        self.calls += 1
        view = season()
        return Page("site/about.html", {"bar": season_bar(view, self.now)}, view, self.now)


def test_a_version_is_rendered_once() -> None:
    store, build = PageStore(), Counted(Now(START_MS))
    first = store.get(key(), START_MS, build)
    assert store.get(key(), START_MS, build) is first
    assert build.calls == 1
    store.get(key(version=2), START_MS, build)
    assert build.calls == 2


def test_the_store_keeps_the_most_recently_used_pages() -> None:
    store, build = PageStore(most=2), Counted(Now(START_MS))
    for path in ("/a", "/b", "/a", "/c"):
        store.get(key(path=path), START_MS, build)
    assert len(store) == 2
    store.get(key(path="/a"), START_MS, build)
    assert build.calls == 3


def test_a_page_is_written_again_once_its_season_falls_silent() -> None:
    store, build = PageStore(), Counted(Now(START_MS, START_MS))
    store.get(key(), START_MS, build)
    silent_from = START_MS + 3 * 60_000
    store.get(key(), silent_from, build)
    assert build.calls == 1
    build.now = Now(silent_from + 1, START_MS)
    page = store.get(key(), silent_from + 1, build)
    assert b"The last round was closed 3" in gzip.decompress(page.body)
    store.get(key(), silent_from + 10_000, build)
    assert build.calls == 2
    store.get(key(), silent_from + 10_001, build)
    assert build.calls == 3


def test_who_has_the_page_already_gets_304(client: Client) -> None:
    first = client.get("/")
    again = client.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert again.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"


def test_a_page_travels_compressed_to_who_takes_it(client: Client) -> None:
    plain = client.get("/")
    packed = client.get("/", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.content) < 15_000


def test_the_policy_forbids_everything_inline(client: Client) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_fragment_is_another_page(client: Client) -> None:
    whole, part = client.get("/"), client.get("/?fragment=1")
    assert whole.headers["ETag"] != part.headers["ETag"]
    assert len(part.content) < len(whole.content)
