"""A roster as a file: who plays a season, for the command line."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from agents.domain.llm.entry import MAX_REPLICAS
from agents.domain.registry import KINDS
from agents.domain.roster import RosterEntry, replicas_of
from config.refusal import CommandRefusedError
from kernel.canonical import CanonicalError, canonical_bytes
from trading.domain.rules import PROFILES

_FIELDS: Final = {field.name for field in fields(RosterEntry)} - {"replica", "original"} | {"replicas"}
_SLUG: Final = re.compile(r"[a-z0-9-]{1,60}")
_TYPES: Final = {"name": str, "slug": str, "subtitle": str, "kind": str, "config": dict, "profile": str}


def read_roster(path: str) -> list[RosterEntry]:
    """Return the contestants a JSON file lists: ``[{name, slug, kind, config, ...}, ...]``.

    Optional: subtitle, profile, and ``replicas`` (how many of it play). Raises CommandRefusedError with one
    sentence that names the entry.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise CommandRefusedError(f"--roster {path} cannot be read: {problem}") from problem
    if not isinstance(found, list) or not found:
        raise CommandRefusedError(f"--roster {path} holds no list of contestants")
    roster = [
        entry
        for index, form in enumerate(found, start=1)
        for entry in _entries(form, f"{path}, entry {index}")
    ]
    slugs = [entry.slug for entry in roster]
    twice = next((slug for slug in slugs if slugs.count(slug) > 1), None)
    if twice:
        raise CommandRefusedError(f"--roster {path} names {twice} twice; give each contestant its own slug")
    return roster


def _entries(form: Any, where: str) -> tuple[RosterEntry, ...]:
    problem = _problem_of(form)
    if problem:
        raise CommandRefusedError(f"--roster {where}: {problem}")
    plain = {"subtitle": "", **{name: value for name, value in form.items() if name != "replicas"}}
    return replicas_of(RosterEntry(**plain), form.get("replicas", 1))


def _problem_of(form: Any) -> str:
    """Return what is wrong with one entry; '' if nothing is."""
    if not isinstance(form, dict):
        return "a contestant is an object with name, slug and kind"
    unknown = sorted(set(form) - _FIELDS)
    wrong = [name for name, kind in _TYPES.items() if name in form and not isinstance(form[name], kind)]
    missing = [name for name in ("name", "slug", "kind") if not form.get(name)]
    if unknown or wrong or missing:
        what = "unknown" if unknown else "of the wrong type" if wrong else "missing"
        return f"{', '.join(unknown or wrong or missing)} {what}; known are {', '.join(sorted(_FIELDS))}"
    return _value_problem(form)


def _value_problem(form: dict[str, Any]) -> str:
    replicas = form.get("replicas", 1)
    try:
        canonical_bytes(form.get("config", {}))
    except CanonicalError as problem:
        return f"config holds what cannot be stored: {problem}; write fractions as text"
    checks = (
        (form["kind"] in KINDS, f"kind {form['kind']} is unknown; use one of {', '.join(KINDS)}"),
        (form.get("profile", "moderate") in PROFILES, f"profile must be one of {', '.join(PROFILES)}"),
        (_SLUG.fullmatch(form["slug"]) is not None, "a slug is made of small letters, digits and dashes"),
        (len(form["name"]) <= 60, "a name has at most 60 characters"),  # noqa: PLR2004 - the column's length
        (
            type(replicas) is int and 1 <= replicas <= MAX_REPLICAS,
            f"replicas must be a whole number from 1 to {MAX_REPLICAS}",
        ),
    )
    return next((sentence for holds, sentence in checks if not holds), "")
