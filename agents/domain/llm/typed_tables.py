"""Typed reads of tables that somebody wrote: what is wrong is refused in one sentence. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any


def refused(where: str, what: str) -> ValueError:
    """Return the error to raise: where it stands, what is wrong with it."""
    return ValueError(f"{where}: {what}")


def refuse_unknown(where: str, table: Any, known: frozenset[str]) -> None:
    """Raise ValueError for a key that is none of ``known``, or for what is no table."""
    if not isinstance(table, Mapping):
        raise refused(where, "a table is needed")
    unknown = sorted(set(table) - known)
    if unknown:
        raise refused(where, f"{unknown[0]!r} is unknown; use {', '.join(sorted(known))}")


def table_of(table: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    """Return the table under a name."""
    found = table.get(name)
    if not isinstance(found, Mapping):
        raise refused(where, f"{name} is no table")
    return found


def text_of(table: Mapping[str, Any], name: str, where: str, default: str | None = None) -> str:
    """Return the text under a name, or its default."""
    found = table.get(name, default)
    if not isinstance(found, str):
        raise refused(where, f"{name} is missing or no text")
    return found


def choice_of(
    table: Mapping[str, Any], name: str, where: str, allowed: tuple[str, ...], default: str | None = None
) -> str:
    """Return a text that is one of ``allowed``, or the default."""
    found = text_of(table, name, where, default)
    if found not in allowed and (name in table or found != default):
        raise refused(where, f"{name} {found!r} is not one of {', '.join(allowed) or 'none'}")
    return found


def words_of(
    table: Mapping[str, Any], name: str, where: str, allowed: tuple[str, ...] | None
) -> tuple[str, ...]:
    """Return a list of texts, each of ``allowed`` unless that is None; () where it is missing."""
    found = table.get(name, [])
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        raise refused(where, f"{name} is no list of words")
    strange = [word for word in found if allowed is not None and word not in allowed]
    if strange:
        raise refused(where, f"{name} {strange[0]!r} is not one of {', '.join(allowed or ())}")
    return tuple(found)


def texts_of(table: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    """Return a table of texts; empty where it is missing."""
    found = table.get(name, {})
    if not isinstance(found, Mapping) or not all(isinstance(value, str) for value in found.values()):
        raise refused(where, f"{name} is no table of texts")
    return dict(found)


def count_of(
    table: Mapping[str, Any],
    name: str,
    where: str,
    default: int | None = None,
    *,
    most: int,
) -> int:
    """Return a whole number from 1 to ``most``, or the default."""
    found = table.get(name, default)
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= most:
        raise refused(where, f"{name} is no whole number from 1 to {most}")
    return found


def day_of(table: Mapping[str, Any], name: str, where: str) -> str:
    """Return a date as an ISO date; '' where it is missing."""
    found = table.get(name, "")
    if found != "" and type(found) is not date:  # a date with a time of day is a datetime
        raise refused(where, f"{name} is no date like 2026-11-30")
    return str(found)
