"""What the guards look at: the files of the project, and a copy of its code to plant violations in."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SKIPPED_FOLDERS = {".git", ".venv", "var", "__pycache__"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the guards in one worker: they share the caches of ruff and mypy."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("architecture"))


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def project_files(root: Path) -> tuple[Path, ...]:
    """Every file that is or would be committed, relative to the root."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        paths = (Path(name) for name in listing.stdout.split("\0") if name)
    else:  # an unpacked archive has no git
        found = (path.relative_to(root) for path in root.rglob("*"))
        paths = (path for path in found if not SKIPPED_FOLDERS & set(path.parts))
    return tuple(sorted(path for path in paths if (root / path).is_file()))


@pytest.fixture(scope="session")
def python_files(project_files: tuple[Path, ...]) -> tuple[Path, ...]:
    """Our Python files; migrations are written by Django."""
    return tuple(path for path in project_files if path.suffix == ".py" and "migrations" not in path.parts)


@pytest.fixture
def code_copy(root: Path, project_files: tuple[Path, ...], tmp_path: Path) -> Path:
    """Copy code and tool settings to a folder of their own, free to be spoilt."""
    target = tmp_path / "copy"
    for path in project_files:
        if path.suffix == ".py" or path.name in {".importlinter", "pyproject.toml"}:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / path, target / path)
    return target


@pytest.fixture
def plant() -> Callable[[Path, str], None]:
    """Append code to a file that may not exist yet."""

    def write(path: Path, code: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(code)

    return write


@pytest.fixture(scope="session")
def run() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run a program to its end and return what it said."""

    def call(*command: str | Path, cwd: Path, **options: Any) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False, **options
        )

    return call
