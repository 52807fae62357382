"""Size and shape: short functions, short files, shallow nesting, everything annotated."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

LONGEST_FUNCTION = 40
SHORT_FUNCTION = 20
SHARE_OF_SHORT = 0.85
LONGEST_FILE = 300
DEEPEST_NESTING = 3

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
NESTING = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


@dataclass(frozen=True)
class Function:
    """What was measured of one function."""

    place: str
    lines: int
    nesting: int
    annotated: bool


def _is_elif(parent: ast.AST, child: ast.AST) -> bool:
    return isinstance(parent, ast.If) and isinstance(child, ast.If) and parent.orelse == [child]


def _nesting(node: ast.AST, depth: int = 0) -> int:
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FunctionNode | ast.ClassDef):
            continue  # measured on its own
        opens = isinstance(child, NESTING) and not _is_elif(node, child)
        deepest = max(deepest, _nesting(child, depth + opens))
    return deepest


def _annotated(node: FunctionNode) -> bool:
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    named += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
    bare = [item.arg for item in named if item.annotation is None]
    return node.returns is not None and not set(bare) - {"self", "cls"}


def functions(source: str, place: str) -> Iterator[Function]:
    """Measure every function; its lines are signature and body, without decorators."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, FunctionNode):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(f"{place}:{node.lineno} {node.name}", lines, _nesting(node), _annotated(node))


def breaches(measured: Iterable[Function]) -> list[str]:
    """Return a sentence for each function that is too long, too deep or not annotated."""
    found = []
    for one in measured:
        if one.lines > LONGEST_FUNCTION:
            found.append(f"{one.place} has {one.lines} lines, more than {LONGEST_FUNCTION}")
        if one.nesting > DEEPEST_NESTING:
            found.append(f"{one.place} nests {one.nesting} deep, more than {DEEPEST_NESTING}")
        if not one.annotated:
            found.append(f"{one.place} lacks an annotation")
    return found


def share_of_short(measured: Iterable[Function]) -> float:
    """Return the share of functions with at most 20 lines."""
    lengths = [one.lines for one in measured]
    return sum(length <= SHORT_FUNCTION for length in lengths) / max(1, len(lengths))


@pytest.fixture(scope="session")
def measured(root: Path, python_files: tuple[Path, ...]) -> tuple[Function, ...]:
    sources = ((str(path), (root / path).read_text(encoding="utf-8")) for path in python_files)
    return tuple(one for place, source in sources for one in functions(source, place))


def test_functions_are_short_shallow_and_annotated(measured: tuple[Function, ...]) -> None:
    found = breaches(measured)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("tests", [False, True], ids=["code", "tests"])
def test_most_functions_fit_in_twenty_lines(measured: tuple[Function, ...], *, tests: bool) -> None:
    chosen = [one for one in measured if one.place.startswith("tests/") is tests]
    assert share_of_short(chosen) >= SHARE_OF_SHORT


def test_files_are_short(root: Path, python_files: tuple[Path, ...]) -> None:
    lengths = {
        str(path): len((root / path).read_text(encoding="utf-8").splitlines()) for path in python_files
    }
    found = [
        f"{path} has {lines} lines, more than {LONGEST_FILE}"
        for path, lines in lengths.items()
        if lines > LONGEST_FILE
    ]
    assert not found, "\n".join(found)


def test_a_function_of_forty_one_lines_is_reported() -> None:
    def source(lines: int) -> str:
        return "def planted() -> None:\n" + "    pass\n" * (lines - 1)

    assert breaches(functions(source(40), "planted.py")) == []
    assert breaches(functions(source(41), "planted.py")) == [
        "planted.py:1 planted has 41 lines, more than 40"
    ]


def test_a_fourth_level_of_nesting_is_reported_and_elif_is_no_level() -> None:
    deep = "def planted() -> None:\n    if 1:\n     for _ in ():\n      while 1:\n       with a: pass\n"
    chain = "def planted() -> None:\n    if 1: pass\n    elif 2: pass\n    elif 3: pass\n    elif 4: pass\n"
    assert breaches(functions(deep, "planted.py")) == ["planted.py:1 planted nests 4 deep, more than 3"]
    assert breaches(functions(chain, "planted.py")) == []


@pytest.mark.parametrize(
    "signature", ["planted(x) -> None", "planted()", "planted(*, x) -> None", "planted(*x, **y) -> None"]
)
def test_a_missing_annotation_is_reported(signature: str) -> None:
    assert breaches(functions(f"def {signature}: ...\n", "planted.py")) == [
        "planted.py:1 planted lacks an annotation"
    ]


def test_one_long_function_in_six_is_too_many() -> None:
    short, long = Function("a", 20, 0, annotated=True), Function("b", 21, 0, annotated=True)
    assert share_of_short([short] * 17 + [long] * 3) == SHARE_OF_SHORT
    assert share_of_short([short] * 5 + [long]) < SHARE_OF_SHORT
