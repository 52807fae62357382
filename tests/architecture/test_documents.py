"""Documents that can be checked are: settings, the mission table, links between files, decision records."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from agents.domain.registry import KINDS

MISSION_ROWS = {"M": 10, "D": 12, "R": 5, "O": 10, "T": 10, "L": 12, "P": 7, "S": 8}
"""Letter of a chapter -> number of its rows."""

READERS = {
    "read_text",
    "read_bool",
    "read_int",
    "read_choice",
    "read_list",
    "read_market",
    "read_master_keys",
    "read_venue_keys",
    "read_redis",
    "read_secret_key",
}
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
REFERENCE = re.compile(r"\bdocs/(?:adr/\d{4}|[\w/-]+\.md)")
TEST_FILE = re.compile(r"`(tests/[\w/]+\.py)`")
SENTENCES_OF_A_RECORD = ("## Context", "## Decision", "## Consequences")
LONGEST_RECORD = 40


def settings_read(source: str) -> set[str]:
    """Return the names of the variables that the settings read."""
    names = {"DATABASE_URL"}  # read inside read_database
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in READERS):
            continue
        name = node.args[1]
        assert isinstance(name, ast.Constant)
        names.add(str(name.value))
    return names


def variables_listed(text: str) -> set[str]:
    """Return the names of the variables in an example file, commented out or not."""
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))


def mission_ids() -> set[str]:
    """Return the id of every row of the mission."""
    return {f"{letter}{number}" for letter, count in MISSION_ROWS.items() for number in range(1, count + 1)}


def rows_listed(text: str) -> list[str]:
    """Return the ids in the first column of the tables."""
    return re.findall(r"^\| ([A-Z]\d+) \|", text, re.MULTILINE)


def missing(root: Path, document: Path, targets: Iterable[str]) -> list[str]:
    """Return the link targets, relative to the document, that do not exist."""
    return [f"{document}: {target}" for target in targets if not (root / document.parent / target).exists()]


def test_the_example_file_lists_every_variable_and_no_other(root: Path) -> None:
    keys = {name for kind in KINDS.values() for name in kind.needs_key}
    read = settings_read((root / "config/settings.py").read_text(encoding="utf-8"))
    assert variables_listed((root / ".env.example").read_text(encoding="utf-8")) == read | keys


def test_a_variable_that_only_the_settings_know_is_noticed() -> None:
    source = 'A = read_text(_ENV, "PLANTED", "x")\nB = read_int(_ENV, "PORT", 1, 0, 9)\n'
    assert settings_read(source) == {"DATABASE_URL", "PLANTED", "PORT"}
    assert variables_listed("# PORT is a number\n#PORT=1\nPLANTED=\n") == {"PORT", "PLANTED"}


def test_the_mission_table_has_every_row_once(root: Path) -> None:
    listed = rows_listed((root / "docs/mission.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(mission_ids())


def test_every_test_that_the_mission_table_names_exists(root: Path) -> None:
    named = TEST_FILE.findall((root / "docs/mission.md").read_text(encoding="utf-8"))
    assert len(named) > 10
    assert [name for name in named if not (root / name).is_file()] == []


def test_a_row_that_shows_nothing_says_not_yet(root: Path) -> None:
    text = (root / "docs/mission.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if rows_listed(line)]
    assert [row for row in rows if not TEST_FILE.search(row) and "not yet" not in row] == []


def test_links_between_documents_lead_somewhere(root: Path, project_files: tuple[Path, ...]) -> None:
    documents = [path for path in project_files if path.suffix == ".md"]
    found = [
        line
        for path in documents
        for line in missing(root, path, LINK.findall((root / path).read_text(encoding="utf-8")))
    ]
    assert not found, "\n".join(found)


def test_every_file_that_the_architecture_page_names_exists(root: Path) -> None:
    text = (root / "docs/architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)(?:::(\w+))?`", text)
    assert len(named) > 20
    gone = [path for path, _ in named if not (root / path).is_file()]
    assert gone == []
    sources = {path: (root / path).read_text(encoding="utf-8") for path, _ in named}
    assert [f"{path}::{name}" for path, name in named if name and f"def {name}(" not in sources[path]] == []


def test_documents_that_the_code_refers_to_exist(root: Path, python_files: tuple[Path, ...]) -> None:
    found = [
        f"{path}: {name}"
        for path in python_files
        for name in REFERENCE.findall((root / path).read_text(encoding="utf-8"))
        if not list(root.glob(f"{name}*"))
    ]
    assert not found, "\n".join(found)


def test_a_link_to_nowhere_is_noticed(root: Path) -> None:
    targets = LINK.findall("[one](planted.md) [two](manage.py#keys) [three](https://example.org)")
    assert missing(root, Path("PLANTED.md"), targets) == ["PLANTED.md: planted.md"]


def test_every_decision_record_says_context_decision_and_consequences(root: Path) -> None:
    records = sorted((root / "docs/adr").glob("[0-9]*.md"))
    numbers = [int(path.name[:4]) for path in records]
    assert numbers == list(range(1, len(records) + 1))
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert [part for part in SENTENCES_OF_A_RECORD if part not in text] == [], path.name
        assert len(text.splitlines()) <= LONGEST_RECORD, path.name
