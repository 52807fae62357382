"""What a start may load, and that the tables in the migrations are the tables in the models."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

HEAVY = {
    "anthropic",
    "ccxt",
    "celery",
    "eth_account",
    "numpy",
    "openai",
    "pandas",
    "playwright",
    "pyarrow",
    "talib",
    "uvicorn",
    "web3",
}
"""Imports that cost 0.15 to 1.5 s each: they are loaded where they are used, not by every command."""

PROBED = {"psycopg", "requests"}
"""Imported by the REST framework to see whether they are there: 16 MB that interfaces/apps.py spares us."""

MOST_MODULES = 1_200
"""What `manage.py check` may load (1,037 when this was written, a fifth of them our own small modules): a new
dependency at start shows here."""

LOADED_BY_CHECK = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "check", "--verbosity", "0"])
print(json.dumps(sorted(sys.modules)))
"""


def _environment(data_dir: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "ARENA_DATA_DIR": str(data_dir), "SECRET_KEY": "architecture-tests-" * 4}


def _loaded(run: Run, code: Path, data_dir: Path) -> set[str]:
    result = run(sys.executable, "-c", LOADED_BY_CHECK, cwd=code, env=_environment(data_dir))
    assert result.returncode == 0, result.stderr
    names: list[str] = json.loads(result.stdout.splitlines()[-1])
    return set(names)


def _check_migrations(run: Run, code: Path, data_dir: Path) -> "subprocess.CompletedProcess[str]":
    command = (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")
    return run(*command, cwd=code, env=_environment(data_dir))


def test_a_start_loads_no_heavy_package_and_few_modules(run: Run, root: Path, tmp_path: Path) -> None:
    loaded = _loaded(run, root, tmp_path)
    assert loaded & HEAVY == set()
    assert len(loaded) <= MOST_MODULES


def test_a_start_on_sqlite_imports_the_rest_framework_lean(run: Run, root: Path, tmp_path: Path) -> None:
    loaded = _loaded(run, root, tmp_path)
    assert "rest_framework.compat" in loaded
    assert loaded & PROBED == set()


def test_a_rest_framework_that_is_not_imported_lean_is_reported(
    run: Run, code_copy: Path, tmp_path: Path
) -> None:
    apps = code_copy / "interfaces/apps.py"
    text = apps.read_text(encoding="utf-8")
    assert text.count("\nimport_rest_framework_lean()\n") == 1
    apps.write_text(text.replace("\nimport_rest_framework_lean()\n", ""), encoding="utf-8")
    assert _loaded(run, code_copy, tmp_path) & PROBED == PROBED


@pytest.mark.parametrize("package", ["ccxt", "openai", "celery"])
def test_a_heavy_import_at_start_is_reported(
    run: Run, code_copy: Path, plant: Callable[[Path, str], None], tmp_path: Path, package: str
) -> None:
    plant(code_copy / "trading/apps.py", f"\nimport {package}\n")
    assert package in _loaded(run, code_copy, tmp_path) & HEAVY


def test_the_migrations_make_the_tables_of_the_models(run: Run, root: Path, tmp_path: Path) -> None:
    result = _check_migrations(run, root, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_table_without_a_migration_is_reported(
    run: Run, code_copy: Path, plant: Callable[[Path, str], None], tmp_path: Path
) -> None:
    model = "\n\nclass Planted(models.Model):\n    name = models.TextField()\n"
    plant(code_copy / "agents/models/specs.py", model)
    result = _check_migrations(run, code_copy, tmp_path)
    assert result.returncode == 1
    assert "+ Create model Planted" in result.stdout
