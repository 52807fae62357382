"""Encoded answers: bytes with an ETag, 304 for who has them, and the board's bytes built once a version."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import get_conditional_response

from arena import selectors
from arena.domain.board import BoardView
from interfaces.api.errors import ApiProblem
from interfaces.api.shapes_board import BOARD, CURVE, PRICE_OF_SYMBOL, STANDING, market_of
from interfaces.clock import wall_ms
from kernel.canonical import sha256_hex

BOARD_MAX_AGE_MS: Final = 10_000
"""The version does not count the kill switch and the books' badge; they show after this long at most."""

MAX_BOARDS: Final = 16
"""Seasons whose bytes are kept at once; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of an answer and their ETag: the season's version and the start of the bytes' hash."""

    body: bytes
    etag: str


def encode(version: int, build: Callable[[], dict[str, Any]]) -> Answer:
    """Return a payload's bytes. Its sentences are English: data does not follow the reader's language."""
    with translation.override("en"):
        payload = build()
    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    return Answer(body, f'"{version}-{sha256_hex(body)[:12]}"')


def respond(request: HttpRequest, answer: Answer) -> HttpResponseBase:
    """Return the answer, or 304 if the client has these bytes."""
    response = HttpResponse(answer.body, content_type="application/json")
    response.headers["ETag"] = answer.etag
    # Keep it, but ask every time: an unchanged version costs one indexed read and no body.
    response.headers["Cache-Control"] = "public, no-cache"
    return get_conditional_response(request, etag=answer.etag, response=response) or response


PARTS: Final[dict[str, Callable[[BoardView], dict[str, Any]]]] = {
    "version": lambda _board: {},
    "leaderboard": lambda board: {"data": BOARD.write(board)},
    "standings": lambda board: {"data": [STANDING.write(row) for row in (*board.standings, *board.waiting)]},
    "curves": lambda board: {"data": [CURVE.write(curve) for curve in board.curves]},
    "prices": lambda board: {"data": [PRICE_OF_SYMBOL.write(price) for price in board.prices]},
}
"""What of the board an address shows."""


@dataclass
class _Entry:
    board: BoardView
    built_ms: int
    parts: dict[str, Answer] = field(default_factory=dict)


class BoardBytes:
    """The encoded boards of this process: each version is read and encoded once, for everybody.

    ``now_ms`` is the wall clock.
    """

    def __init__(self, now_ms: Callable[[], int] = wall_ms) -> None:
        self._now_ms = now_ms
        self._entries: dict[str, _Entry] = {}
        # One builder at a time: a thousand readers of a new version must not build it a thousand times.
        self._lock = Lock()

    def answer(self, slug: str, part: str) -> Answer:
        """Return one part of a season's board; raises ApiProblem if there is no such season."""
        version = selectors.season_version(slug)
        if version is None:
            self._entries.pop(slug, None)
            raise ApiProblem("unknown_season", f"There is no season {slug}.")
        entry = self._entries.get(slug)
        if entry is not None and self._is_fresh(entry, version) and part in entry.parts:
            return entry.parts[part]
        with self._lock:
            return self._build(slug, version, part)

    def forget(self) -> None:
        """Drop what was built."""
        self._entries.clear()

    def _is_fresh(self, entry: _Entry, version: int) -> bool:
        age_ms = self._now_ms() - entry.built_ms
        return entry.board.season.version >= version and 0 <= age_ms < BOARD_MAX_AGE_MS

    def _build(self, slug: str, version: int, part: str) -> Answer:
        entry = self._entries.get(slug)
        if entry is None or not self._is_fresh(entry, version):
            entry = self._read(slug)
        if part not in entry.parts:
            entry.parts[part] = _encode_part(entry.board, part)
        return entry.parts[part]

    def _read(self, slug: str) -> _Entry:
        now_ms = self._now_ms()
        board = selectors.board(slug, now_ms)
        if board is None:
            raise ApiProblem("unknown_season", f"There is no season {slug}.")
        self._entries.pop(slug, None)
        while len(self._entries) >= MAX_BOARDS:
            del self._entries[next(iter(self._entries))]
        entry = self._entries[slug] = _Entry(board, now_ms)
        return entry


def _encode_part(board: BoardView, part: str) -> Answer:
    season = board.season
    return encode(
        season.version,
        lambda: {
            "season": season.slug,
            "version": season.version,
            "market": market_of(season),
            **PARTS[part](board),
        },
    )


BOARDS: Final = BoardBytes()
"""This process's boards."""
