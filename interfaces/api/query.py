"""Typed reading of query parameters. A wrong or unknown one is refused by name, with what would be right."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from interfaces.api.errors import ApiProblem

MAX_LIMIT: Final = 200
"""Rows of one page: about 200 kB of JSON with every verdict."""
DEFAULT_LIMIT: Final = 50
MAX_NUMBER: Final = 2**31 - 1
"""Round numbers are 32-bit; a larger one would overflow the database's parameter."""
MAX_MOMENT_MS: Final = 10**14
"""Year 5138."""
MAX_SKIP: Final = 20_000
"""Rows of one moment that a cursor may skip: 1,000 contestants on 20 symbols."""

_WHOLE: Final = re.compile(r"[0-9]{1,18}")
_CURSOR: Final = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,6}))?")
_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_SLUG: Final = re.compile(r"[-a-zA-Z0-9_]{1,60}")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of moments goes on: before ``before_ms``, after ``skip`` rows of the moment just below it.

    Many rows share one moment (every contestant decides at the slot's), so the moment alone would lose
    the rest of a moment that a page cut in two.
    """

    before_ms: int | None = None
    skip: int = 0

    def __str__(self) -> str:
        return f"{self.before_ms}.{self.skip}"


def check_names(query: Mapping[str, str], known: Iterable[str]) -> None:
    """Refuse parameters that this address does not read; raises ApiProblem."""
    names = sorted(known)
    for name in query:
        if name not in names:
            right = f"use {', '.join(names)}" if names else "it reads none"
            raise ApiProblem(
                "bad_query", f"{name[:40]} is not a parameter of this address; {right}.", name[:40]
            )


def read_whole(query: Mapping[str, str], name: str, low: int, high: int) -> int | None:
    """Return a whole number within bounds, None if absent; raises ApiProblem."""
    text = query.get(name)
    if text is None:
        return None
    if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
        raise ApiProblem("bad_query", f"{name} must be a whole number from {low} to {high}.", name)
    return int(text)


def read_limit(query: Mapping[str, str]) -> int:
    """Return how many rows are asked for."""
    limit = read_whole(query, "limit", 1, MAX_LIMIT)
    return DEFAULT_LIMIT if limit is None else limit


def read_cursor(query: Mapping[str, str]) -> Cursor:
    """Return the cursor of a page of moments: 'MS' or the 'MS.SKIP' of an earlier answer's ``next``."""
    text = query.get("before")
    if text is None:
        return Cursor()
    match = _CURSOR.fullmatch(text)
    moment, skip = (int(match[1]), int(match[2] or 0)) if match else (-1, 0)
    if not 0 <= moment <= MAX_MOMENT_MS or skip > MAX_SKIP:
        raise ApiProblem(
            "bad_query",
            "before must be milliseconds since 1970 UTC, or the next of an earlier answer.",
            "before",
        )
    return Cursor(moment, skip)


def read_slug(query: Mapping[str, str], name: str) -> str | None:
    """Return a slug, None if absent; raises ApiProblem."""
    text = query.get(name)
    if text is not None:
        check_slug(text, name)
    return text


def check_slug(text: str, name: str) -> None:
    """Refuse what cannot be a slug before a database sees it; raises ApiProblem."""
    if not _SLUG.fullmatch(text):
        raise ApiProblem("bad_query", f"{name} must be a slug of letters, digits, - and _.", name)


def is_id(text: str) -> bool:
    """Return whether a text can be an id (kernel.ids). PostgreSQL takes no NUL in any parameter."""
    return _ID.fullmatch(text) is not None
