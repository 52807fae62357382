"""Pages as bytes: rendered once a version, kept compressed, answered with 304 where nothing changed."""

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from arena.domain.board import SeasonView
from interfaces.site.bar import Now, is_stale, stale_from_ms
from kernel.canonical import sha256_hex
from kernel.time import SECOND_MS

MOST_PAGES: Final = 128
"""Compressed pages a process keeps; at about 15 kB each this is 2 MB."""
STALE_REFRESH_MS: Final = 10 * SECOND_MS
"""A page that says how late a round is, is written again after this long."""
_LEVEL: Final = 5
_ETAG_LENGTH: Final = 24


class Key(NamedTuple):
    """What a page's bytes depend on, besides the time."""

    path: str
    before: int | None
    language: str | None
    fragment: bool
    version: int
    level: str = ""
    """How the kill switch stands: turned, it is shown at once."""


@dataclass(frozen=True, slots=True)
class Page:
    """A template with its values. ``season`` and ``now`` decide how long its words about time stay true."""

    template: str
    context: dict[str, Any]
    season: SeasonView | None = None
    now: Now | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A rendered page. ``until_ms`` is the wall time at which it must be written again; None for never."""

    etag: str
    body: bytes
    until_ms: int | None


class PageStore:
    """The newest pages of this process, least recently used out first. One page is rendered at a time."""

    def __init__(self, most: int = MOST_PAGES) -> None:
        self._most = most
        self._pages: OrderedDict[Key, Stored] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, wall_ms: int, build: Callable[[], Page]) -> Stored:
        """Return the stored page, rendering it if it is missing or its time is over."""
        with self._lock:
            stored = self._pages.get(key)
            if stored is None or (stored.until_ms is not None and wall_ms >= stored.until_ms):
                stored = store_page(build(), fragment=key.fragment)
                self._pages[key] = stored
            self._pages.move_to_end(key)
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)
            return stored

    def forget(self) -> None:
        """Drop what was rendered."""
        with self._lock:
            self._pages.clear()

    def __len__(self) -> int:
        return len(self._pages)


PAGES: Final = PageStore()


def render_page(page: Page, *, fragment: bool = False) -> str:
    """Return a page's HTML: the whole document, or only the parts that change while it is open."""
    layout = "site/fragment.html" if fragment else "site/base.html"
    return get_template(page.template).render({**page.context, "layout": layout})


def store_page(page: Page, *, fragment: bool) -> Stored:
    """Return a page rendered, compressed and named by its content."""
    html = render_page(page, fragment=fragment).encode()
    # mtime 0: the same page has the same bytes, whenever it was compressed.
    body = gzip.compress(html, _LEVEL, mtime=0)
    return Stored(f'W/"{sha256_hex(html)[:_ETAG_LENGTH]}"', body, _true_until(page))


def answer(
    request: HttpRequest, version: int, wall_ms: int, build: Callable[[], Page], level: str = ""
) -> HttpResponse:
    """Answer a page of this version from the store; 304 to whoever has it already."""
    key = Key(
        path=request.path,
        before=before_of(request),
        language=get_language(),
        fragment=request.GET.get("fragment") == "1",
        version=version,
        level=level,
    )
    return respond(request, PAGES.get(key, wall_ms, build))


def respond(request: HttpRequest, stored: Stored) -> HttpResponse:
    """Return a stored page as an answer, compressed for whoever takes it."""
    if stored.etag in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=304)
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(stored.body, headers={"Content-Encoding": "gzip"})
    else:
        response = HttpResponse(gzip.decompress(stored.body))
    response.headers["ETag"] = stored.etag
    response.headers["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def before_of(request: HttpRequest) -> int | None:
    """Return the round number a list starts below; None if none, or nothing that is one, was asked for."""
    text = request.GET.get("before", "")
    # Ten digits bound every round number there can be; int() alone would take thousands.
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None  # noqa: PLR2004 - see above


def _true_until(page: Page) -> int | None:
    if page.season is None or page.now is None:
        return None
    if is_stale(page.season, page.now):
        return page.now.wall_ms + STALE_REFRESH_MS
    since = stale_from_ms(page.season, page.now)
    return None if since is None else since + 1
