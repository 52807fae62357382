"""A recording's description, checked field by field before a season is opened by it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final

from agents.domain.llm.tape_forms import MAX_COUNT, MAX_MOMENT_MS, is_count, is_sha256, is_text
from agents.domain.registry import KINDS
from arena.selectors.recording import EVERYBODY
from config.refusal import CommandRefusedError
from trading.domain.rules import PROFILES, Blackout, RiskLimits, RuleBook, rule_book_from

VERSION: Final = 1

_SLUG: Final = re.compile(r"[A-Za-z0-9_-]{1,60}")
_STATES: Final = {"playing", "paused", "absent"}


def check_header(header: Mapping[str, Any]) -> None:
    """Raise CommandRefusedError with a sentence for a description that no season can be opened by."""
    if header.get("kind") != "season" or header.get("v") != VERSION:
        raise CommandRefusedError(
            f"this is no tape of version {VERSION}; export it again: manage.py arena tape"
        )
    problem = (
        _fields_problem(header, _FIELDS)
        or _slots_problem(header)
        or _roster_problem(header)
        or _commands_problem(header)
    )
    if problem:
        raise CommandRefusedError(f"the tape's description {problem}; export it again: manage.py arena tape")


def check_replayable(header: Mapping[str, Any]) -> None:
    """Raise CommandRefusedError for a season that was published to be read, not to be played again."""
    if not header["replayable"]:
        why = header["not_replayable_because"][:300]
        raise CommandRefusedError(f"season {header['name']} cannot be played again: {why}")


def rules_of(header: Mapping[str, Any]) -> RuleBook:
    """Return the rule book of a description; raises CommandRefusedError for one that cannot be used."""
    try:
        rules = rule_book_from(dict(header["rules"]))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise CommandRefusedError(f"the tape's rule book cannot be used: {problem}") from problem
    if not _has_types_of(rules, RuleBook()) or not all(map(_is_blackout, rules.blackouts)):
        raise CommandRefusedError("the tape's rule book cannot be used: a rule is of the wrong type")
    if max((sum(stretch) for stretch in header["slots"]), default=0) * rules.interval_ms > MAX_MOMENT_MS:
        raise CommandRefusedError("the tape's rounds lie behind the end of the calendar")
    return rules


def _has_types_of(value: object, pattern: object) -> bool:
    """Return whether a value has the types of a pattern; integers must be countable, texts storable."""
    if type(value) is not type(pattern):
        return False
    if isinstance(pattern, RuleBook | RiskLimits):
        names = [field.name for field in fields(pattern)]
        return all(_has_types_of(getattr(value, name), getattr(pattern, name)) for name in names)
    if isinstance(value, tuple) and isinstance(pattern, tuple):
        return all(_has_types_of(part, pattern[0]) for part in value) if pattern else True
    return isinstance(value, bool) or (abs(value) <= MAX_COUNT if isinstance(value, int) else is_text(value))


def _is_blackout(item: Blackout) -> bool:
    return _has_types_of(tuple(item[:2]), (0,)) and _has_types_of(tuple(item[2:]), ("",))


def _is_short_text(value: object) -> bool:
    return is_text(value) and len(str(value)) <= 60  # noqa: PLR2004 - what a column takes


def _is_name(value: object) -> bool:
    return is_text(value) and 0 < len(str(value)) <= 80  # noqa: PLR2004 - what a column takes


def _is_seed(value: object) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63


def _is_slug(value: object) -> bool:
    return type(value) is str and _SLUG.fullmatch(value) is not None


def _is_stretch_list(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and all(map(is_count, pair)) and pair[1] > 0  # noqa: PLR2004 - a pair has two parts
        for pair in value
    )


def _is_presence(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list)
        and len(pair) == 2  # noqa: PLR2004 - a pair has two parts
        and is_count(pair[0])
        and isinstance(pair[1], str)
        and pair[1] in _STATES
        for pair in value
    )


_FIELDS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "replayable": lambda value: isinstance(value, bool),
    "not_replayable_because": is_text,
    "name": _is_name,
    "market": is_text,
    "market_sha256": lambda value: value == "" or is_sha256(value),
    "seed": _is_seed,
    "rules": lambda value: isinstance(value, dict),
    "first_slot": is_count,
    "slots": _is_stretch_list,
    "rounds": is_count,
    "replay_hash": is_sha256,
    "roster": lambda value: isinstance(value, list) and all(isinstance(entry, dict) for entry in value),
}

_ENTRY: Final[Mapping[str, Callable[[Any], bool]]] = {
    "name": _is_short_text,
    "slug": _is_slug,
    "subtitle": _is_short_text,
    "kind": lambda value: isinstance(value, str) and value in KINDS,
    "config": lambda value: isinstance(value, dict),
    "profile": lambda value: isinstance(value, str) and value in PROFILES,
    "replica": lambda value: is_count(value) and value < 2**31,
    "original": lambda value: value == "" or _is_slug(value),
    "presence": _is_presence,
}


def _fields_problem(form: Mapping[str, Any], fields: Mapping[str, Callable[[Any], bool]]) -> str:
    wrong = (name for name, is_proper in fields.items() if name not in form or not is_proper(form[name]))
    return next((f"lacks a proper {name!r}" for name in wrong), "")


def _slots_problem(header: Mapping[str, Any]) -> str:
    if sum(length for _first, length in header["slots"]) != header["rounds"]:
        return "names another number of rounds than of slots"
    free = int(header["first_slot"])
    for first, length in header["slots"]:
        if first < free:
            return "names its slots out of order"
        free = first + length
    return ""


def _roster_problem(header: Mapping[str, Any]) -> str:
    seen: dict[str, str] = {}
    seats: set[tuple[str, int]] = set()
    for entry in header["roster"]:
        problem = _entry_problem(entry, seen, header["rounds"])
        if problem:
            return f"{problem} in its roster"
        seat = (entry["original"] or entry["slug"], entry["replica"])
        if seat in seats:
            return f"seats {entry['slug']} where another sits"
        seen[entry["slug"]] = entry["original"]
        seats.add(seat)
    return ""


def _commands_problem(header: Mapping[str, Any]) -> str:
    """Commands came later: a recording without the field has none."""
    commands = header.get("commands", [])
    scopes = {EVERYBODY, *(entry["slug"] for entry in header["roster"])}
    if not isinstance(commands, list) or not all(_is_command(item, scopes) for item in commands):
        return "lacks a proper 'commands'"
    return ""


def _is_command(value: object, scopes: set[str]) -> bool:
    if not isinstance(value, list) or len(value) != 3:  # noqa: PLR2004 - scope, kind and moment
        return False
    scope, kind, effective_ms = value
    return (
        is_text(scope)
        and scope in scopes
        and is_text(kind)
        and kind in {"cancel", "flatten", "retire", "pause"}
        and is_count(effective_ms)
        and effective_ms <= MAX_MOMENT_MS
    )


def _entry_problem(entry: Mapping[str, Any], seen: Mapping[str, str], rounds: int) -> str:
    if problem := _fields_problem(entry, _ENTRY):
        return problem
    if len(entry) != len(_ENTRY):
        return "has a field too many"
    if entry["slug"] in seen or (entry["original"] and seen.get(entry["original"]) != ""):
        return f"names {entry['slug']} twice, or before its original,"
    if any(not 0 < number <= rounds for number, _state in entry["presence"]):
        return f"lets {entry['slug']} take part in a round that there is not"
    return ""
