"""A roster comes from a file; whatever is wrong with it is said in one sentence that names the entry."""

import json
from pathlib import Path
from typing import Any

import pytest

from config.refusal import CommandRefusedError
from config.roster_file import read_roster

CLAUDE = {"name": "Claude", "slug": "claude", "kind": "anthropic", "config": {"model": "claude-sonnet-5-5"}}


def roster_of(folder: Path, *entries: Any) -> list[Any]:
    """Return the roster of a file with these entries."""
    path = folder / "roster.json"
    path.write_text(json.dumps(list(entries)))
    return read_roster(str(path))


def test_a_model_and_its_replicas_are_entered(tmp_path: Path) -> None:
    found = roster_of(
        tmp_path, {**CLAUDE, "replicas": 3}, {"name": "Flat", "slug": "flat", "kind": "always_flat"}
    )
    assert [entry.slug for entry in found] == ["claude", "claude-2", "claude-3", "flat"]
    assert {entry.original for entry in found[1:3]} == {"claude"}


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("Claude", "entry 1: a contestant is an object"),
        ({"name": "Claude", "slug": "claude"}, "kind missing"),
        ({**CLAUDE, "key": "sk-1"}, "key unknown"),
        ({**CLAUDE, "slug": 7}, "slug of the wrong type"),
        ({**CLAUDE, "kind": "oracle"}, "kind oracle is unknown; use one of scoring"),
        ({**CLAUDE, "profile": "reckless"}, "profile must be one of conservative"),
        ({**CLAUDE, "slug": "No Slug"}, "a slug is made of small letters"),
        ({**CLAUDE, "name": "x" * 61}, "at most 60 characters"),
        ({**CLAUDE, "replicas": 0}, "replicas must be a whole number from 1 to 20"),
        ({**CLAUDE, "replicas": True}, "replicas must be a whole number"),
        ({**CLAUDE, "config": {"temperature": 0.5}}, "write fractions as text"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(tmp_path: Path, entry: Any, sentence: str) -> None:
    with pytest.raises(CommandRefusedError, match=sentence):
        roster_of(tmp_path, entry)


def test_two_contestants_of_one_slug_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandRefusedError, match="names claude twice"):
        roster_of(tmp_path, CLAUDE, CLAUDE)


def test_a_file_that_is_not_there_or_no_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandRefusedError, match="cannot be read"):
        read_roster(str(tmp_path / "none.json"))
    with pytest.raises(CommandRefusedError, match="no list of contestants"):
        roster_of(tmp_path)
