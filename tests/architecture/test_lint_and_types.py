"""Ruff and mypy over code and tests, and proof that the house rules among them bite."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

RUFF = (sys.executable, "-m", "ruff")
MYPY = (sys.executable, "-m", "mypy", "--no-error-summary")

RULES = {
    "C901": "def planted(x: int) -> None:\n" + "    if x:\n        print(x)\n" * 8,
    "PLC0415": "def planted() -> None:\n    import json\n",
    "ANN001": "def planted(x) -> None: ...\n",
    "DTZ005": "import datetime\n\nNOW = datetime.datetime.now()\n",
    "BLE001": "try:\n    planted()\nexcept Exception:\n    pass\n",
    "D103": "def planted() -> None: ...\n",
    "T201": "print('planted')\n",
    "E501": f"PLANTED = '{'x' * 120}'\n",
}
"""Rule -> code that must be refused."""

BANNED = {
    "django.dispatch": "from django.dispatch import receiver\n",
    "django.db.models.signals": "from django.db.models.signals import post_save\n",
    "datetime.datetime.now": "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n",
    "datetime.datetime.utcnow": "from datetime import datetime\n\nNOW = datetime.utcnow()\n",
    "django.utils.timezone.now": "from django.utils.timezone import now\n",
    "django.apps.apps.get_model": "from django.apps import apps\n\nUSER = apps.get_model('accounts.User')\n",
}
"""Name that leads around the walls -> code that uses it."""

SHORT_CUT = """
from trading.domain.market import OrderBook
from trading.domain.orders import ProposedOrder
from trading.ports import Venue


def send(venue: Venue, order: ProposedOrder, book: OrderBook) -> None:
    venue.submit(order, book)
"""


def _ruff_says(run: Run, root: Path, folder: Path, code: str) -> str:
    planted = folder / "planted.py"
    planted.write_text(code, encoding="utf-8")
    options = ("--no-cache", "--config", root / "pyproject.toml", "--output-format", "concise")
    return run(*RUFF, "check", *options, planted, cwd=folder).stdout


def test_ruff_finds_nothing(run: Run, root: Path) -> None:
    result = run(*RUFF, "check", "--output-format", "concise", ".", cwd=root)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_file_is_formatted(run: Run, root: Path) -> None:
    result = run(*RUFF, "format", "--check", "--output-format", "concise", ".", cwd=root)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("rule", RULES)
def test_ruff_refuses(run: Run, root: Path, tmp_path: Path, rule: str) -> None:
    assert f" {rule} " in _ruff_says(run, root, tmp_path, RULES[rule])


@pytest.mark.parametrize("name", BANNED)
def test_ruff_refuses_the_banned_name(run: Run, root: Path, tmp_path: Path, name: str) -> None:
    assert f" TID251 `{name}" in _ruff_says(run, root, tmp_path, BANNED[name])


def test_an_unformatted_file_is_reported(run: Run, root: Path, tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text("x = {  'a':1 }\n", encoding="utf-8")
    options = ("--check", "--no-cache", "--config", root / "pyproject.toml")
    assert run(*RUFF, "format", *options, "planted.py", cwd=tmp_path).returncode == 1


def test_every_switched_off_rule_has_a_reason(root: Path) -> None:
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    rules = re.findall(r'^ +"([A-Z]+[0-9]+)",(.*)$', text, re.MULTILINE)
    assert len(rules) > 10
    assert [code for code, rest in rules if not re.fullmatch(r" +# \S.{10,}", rest)] == []


def test_mypy_finds_nothing_in_code_and_tests(run: Run, root: Path) -> None:
    result = run(*MYPY, ".", cwd=root)
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_order_that_no_one_approved_does_not_type_check(run: Run, root: Path, tmp_path: Path) -> None:
    planted = tmp_path / "planted_short_cut.py"
    planted.write_text(SHORT_CUT, encoding="utf-8")
    said = run(*MYPY, planted, cwd=root).stdout
    assert 'has incompatible type "ProposedOrder"; expected "ApprovedOrder"' in said
