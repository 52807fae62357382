"""The walls of the house: .importlinter holds, and each of its contracts bites."""

import configparser
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

LINT = (
    sys.executable,
    "-c",
    "import importlinter.cli as cli; cli.lint_imports_command()",
    "--no-cache",
    "--no-logo",
)

VIOLATIONS = {
    "rooms": (
        "accounts/domain/planted.py",
        "import trading.domain.orders",
        "accounts is not allowed to import trading",
    ),
    "inside": (
        "trading/domain/planted_up.py",
        "import trading.ports",
        "trading.domain is not allowed to import trading.ports",
    ),
    "inside-arena": (
        "arena/domain/planted.py",
        "import arena.selectors",
        "arena.domain is not allowed to import arena.selectors",
    ),
    "inside-interfaces": (
        "interfaces/site/planted.py",
        "import interfaces.api.errors",
        "interfaces.site is not allowed to import interfaces.api",
    ),
    "pure": (
        "trading/domain/planted_clock.py",
        "def late() -> None:\n    import time",
        "trading.domain is not allowed to import time",
    ),
    "kernel": ("kernel/planted.py", "import store.bulk", "kernel is not allowed to import store"),
    "adapters-plain": (
        "trading/adapters/planted.py",
        "from django.conf import settings",
        "trading.adapters is not allowed to import django",
    ),
    "adapters-private": (
        "interfaces/site/planted_short_cut.py",
        "import trading.adapters.planted",
        "interfaces.site.planted_short_cut -> trading.adapters.planted",
    ),
    "faces-no-ports": (
        "interfaces/site/planted_call.py",
        "import trading.ports",
        "interfaces.site is not allowed to import trading.ports",
    ),
    "tables-accounts": (
        "arena/domain/planted_tables.py",
        "import accounts.models",
        "arena.domain.planted_tables -> accounts.models",
    ),
    "tables-trading": (
        "arena/domain/planted_tables.py",
        "import trading.models",
        "arena.domain.planted_tables -> trading.models",
    ),
    "tables-agents": (
        "arena/domain/planted_tables.py",
        "import agents.models",
        "arena.domain.planted_tables -> agents.models",
    ),
    "tables-arena": (
        "interfaces/site/planted_tables.py",
        "import arena.models",
        "interfaces.site.planted_tables -> arena.models",
    ),
    "sdk-models": (
        "interfaces/site/planted_sdk.py",
        "import openai",
        "interfaces is not allowed to import openai",
    ),
    "sdk-venues": (
        "interfaces/site/planted_sdk.py",
        "import ccxt",
        "interfaces is not allowed to import ccxt",
    ),
    "sdk-chains": (
        "interfaces/site/planted_sdk.py",
        "import web3",
        "interfaces is not allowed to import web3",
    ),
    "sdk-tapes": (
        "interfaces/site/planted_sdk.py",
        "import pandas",
        "interfaces is not allowed to import pandas",
    ),
    "sdk-numpy": (
        "interfaces/site/planted_sdk.py",
        "import numpy",
        "interfaces is not allowed to import numpy",
    ),
    "sdk-broker": (
        "interfaces/site/planted_sdk.py",
        "import celery",
        "interfaces is not allowed to import celery",
    ),
    "sdk-faces": (
        "trading/adapters/planted.py",
        "import rest_framework",
        "trading is not allowed to import rest_framework",
    ),
    "acyclic": ("store/planted_one.py", "import store.planted_two", "No cycles are allowed in store"),
}
"""Contract -> file, code planted in it, words of the report that must follow."""


def _sections(report: str) -> dict[str, str]:
    """Cut the detailed part of a report into contract name -> what was broken."""
    details = report.partition("Broken contracts")[2]
    parts = re.split(r"^(.+)\n-{4,}$", details, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _contract_names(root: Path) -> dict[str, str]:
    contracts = configparser.ConfigParser()
    contracts.read(root / ".importlinter", encoding="utf-8")
    prefix = "importlinter:contract:"
    return {
        name.removeprefix(prefix): contracts[name]["name"] for name in contracts.sections() if prefix in name
    }


def _lint(run: Run, folder: Path) -> "subprocess.CompletedProcess[str]":
    # A wide terminal, so that a contract's name stays on one line.
    return run(*LINT, cwd=folder, env={**os.environ, "COLUMNS": "400", "PYTHONPATH": str(folder)})


def test_every_import_contract_is_kept(run: Run, root: Path) -> None:
    result = _lint(run, root)
    assert result.returncode == 0, result.stdout.partition("Broken contracts")[2] + result.stderr


def test_every_contract_has_a_planted_violation(root: Path) -> None:
    assert set(VIOLATIONS) == set(_contract_names(root))


@pytest.fixture
def report_on_planted(run: Run, code_copy: Path, plant: Callable[[Path, str], None]) -> dict[str, str]:
    for path, code, _ in VIOLATIONS.values():
        plant(code_copy / path, code + "\n")
    plant(code_copy / "store/planted_two.py", "import store.planted_one\n")
    plant(code_copy / "trading/planted_helpers.py", "")
    plant(
        code_copy / "oracle/domain/planted.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import trading.domain.orders\n",
    )
    return _sections(_lint(run, code_copy).stdout)


def test_every_contract_reports_its_planted_violation(root: Path, report_on_planted: dict[str, str]) -> None:
    names = _contract_names(root)
    missed = {
        contract: report_on_planted.get(names[contract], "kept")
        for contract, (_, _, words) in VIOLATIONS.items()
        if words not in report_on_planted.get(names[contract], "")
    }
    assert missed == {}


def test_a_type_checking_import_between_neighbours_and_a_module_without_a_place_are_reported(
    root: Path, report_on_planted: dict[str, str]
) -> None:
    names = _contract_names(root)
    assert "oracle is not allowed to import trading" in report_on_planted[names["rooms"]]
    assert "trading.planted_helpers" in report_on_planted[names["inside"]]
