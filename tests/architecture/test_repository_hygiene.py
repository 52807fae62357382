"""What no committed file may hold: open ends, copied code, one machine's paths, unexplained exceptions."""

import re
from pathlib import Path

import pytest

BINARY = {".png", ".ico", ".woff2", ".feather", ".parquet", ".zip", ".mo"}

PATTERNS = {
    # Written in pieces, or this file would report itself.
    "an open end": re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"),
    "a path of one machine": re.compile(
        r"(?<![\w.])/(?:ro" + r"ot|wo" + r"rk|ho" + r"me/\w+|Us" + r"ers/\w+)/"
    ),
    "a registry host": re.compile(
        r"pypi\.(?:o" + r"rg|python\.org)|pythonho" + r"sted|registry\.np" + r"mjs|(?:extra-)?index-u" + r"rl"
    ),
    "a code host to load from": re.compile(r"//(?:cdn\.|cdnjs\.|unp" + r"kg\.|[\w.-]*jsdel" + r"ivr)"),
    "a merge mark": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
    "someone's licence banner": re.compile(r"@lic" + r"ense|sourceMapp" + r"ingURL"),
}

BARE_NOQA = re.compile(r"#\s*noqa(?!: [A-Z]+\d+(?:, [A-Z]+\d+)* - \S.{7,})")
IGNORE_ALL = re.compile(r"#\s*type:\s*ignore(?!\[)")
BARE_IGNORE = re.compile(r"#\s*type:\s*ignore(?!\[[a-z, -]+\] # \S.{7,})")
NEVER_EXCUSED = re.compile(r"#\s*noqa:[^-]*\b(?:C901|PLR0915|PLR0912)\b")
BANNED_NAME = re.compile(r"#\s*noqa:[^-]*\bTID251\b")
MAY_USE_BANNED_NAMES = re.compile(r"(?:config|store|tests)/|\w+/apps\.py$")
"""Config reads the clock, an AppConfig hears of migrations, tests look at both; nobody else."""

LONGEST_LINE = 2_000
"""Longer lines are minified files, which belong in a package, not in the tree."""


def objections(path: str, text: str) -> list[str]:
    """Return a sentence for everything in a file that should not be there."""
    found = [
        f"{path} holds {what}: {hit[0]}"
        for what, pattern in PATTERNS.items()
        if (hit := pattern.search(text))
    ]
    is_data = path.endswith(".jsonl")  # a record a line, however long it is
    if (any(len(line) > LONGEST_LINE for line in text.splitlines()) and not is_data) or ".min." in path:
        found.append(f"{path} looks minified; third-party files come from packages")
    return found


def unexplained(path: str, text: str) -> list[str]:
    """Return a sentence for every switched-off rule without a reason or beyond excuse."""
    # A test passes a wrong type on purpose, and its name says so; code has to say why.
    ignore = IGNORE_ALL if path.startswith("tests/") else BARE_IGNORE
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if BARE_NOQA.search(line) or ignore.search(line):
            found.append(f"{path}:{number} switches a rule off without a reason")
        if NEVER_EXCUSED.search(line) or (BANNED_NAME.search(line) and not MAY_USE_BANNED_NAMES.match(path)):
            found.append(f"{path}:{number} excuses a rule that is never excused; change the design")
    return found


def _read(root: Path, path: Path) -> str:
    return "" if path.suffix in BINARY else (root / path).read_text(encoding="utf-8")


def test_no_file_holds_what_it_should_not(root: Path, project_files: tuple[Path, ...]) -> None:
    found = [line for path in project_files for line in objections(str(path), _read(root, path))]
    assert not found, "\n".join(found)


def test_every_switched_off_rule_says_why(root: Path, python_files: tuple[Path, ...]) -> None:
    this = Path(__file__).relative_to(root)
    found = [
        line for path in python_files if path != this for line in unexplained(str(path), _read(root, path))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("an open end", "# TO" + "DO later"),
        ("a path of one machine", "open('/ro" + "ot/x')"),
        ("a path of one machine", "cd /ho" + "me/ada/arena"),
        ("a registry host", "--index-u" + "rl=https://example.org"),
        ("a registry host", "https://files.pythonho" + "sted.org/x.whl"),
        ("a code host to load from", "<script src='https://unp" + "kg.example.org/x.js'>"),
        ("a merge mark", "<<<<<<" + "< HEAD"),
        ("someone's licence banner", "/*! @lic" + "ense MIT */"),
    ],
)
def test_planted_text_is_reported(what: str, text: str) -> None:
    assert [line.startswith(f"planted.txt holds {what}: ") for line in objections("planted.txt", text)] == [
        True
    ]


def test_a_minified_file_is_reported() -> None:
    sentence = "planted.js looks minified; third-party files come from packages"
    assert objections("planted.js", "x" * 2_001) == [sentence]
    assert objections("planted.js", "x" * 2_000) == []


@pytest.mark.parametrize(
    "line",
    [
        "x  # noqa",
        "x  # noqa: E501",
        "x  # noqa: E501 - short",
        "x  # type: ignore",
        "x  # type: ignore[misc]",
    ],
)
def test_an_exception_without_a_reason_is_reported(line: str) -> None:
    assert unexplained("planted.py", line) == ["planted.py:1 switches a rule off without a reason"]


def test_a_test_may_ignore_a_named_type_error_but_not_all_of_them() -> None:
    sentence = "tests/planted.py:1 switches a rule off without a reason"
    assert unexplained("tests/planted.py", "x  # type: ignore[arg-type]") == []
    assert unexplained("tests/planted.py", "x  # type: ignore") == [sentence]


@pytest.mark.parametrize("code", ["C901", "TID251"])
def test_complexity_and_banned_names_have_no_excuse(code: str) -> None:
    sentence = "planted.py:1 excuses a rule that is never excused; change the design"
    assert unexplained("planted.py", f"x  # noqa: {code} - it is a long story") == [sentence]
    assert unexplained("planted.py", "x  # noqa: S608, E501 - the names come from the model") == []
    assert unexplained("config/clock.py", "x  # noqa: TID251 - config reads the clock") == []
