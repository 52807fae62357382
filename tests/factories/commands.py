"""`manage.py arena` from tests: in this process on the test's database, or as a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from django.core.management import call_command

ROOT: Final = Path(__file__).resolve().parents[2]
SECRET: Final = "a key that only tests know, fifty characters long or more"  # noqa: S105 - of databases that tests throw away


class Said(NamedTuple):
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON object on standard output."""
        assert self.out, f"exit {self.status} without an answer: {self.err}"
        return json.loads(self.out)


def arena(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    """Run a command in this process."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        call_command("arena", *arguments)
    out, err = capsys.readouterr()
    return Said(int(ended.value.code or 0), out, err)


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return the environment of an installation of its own in a folder, on SQLite."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "ARENA_DATA_DIR": str(folder),
        "ARENA_MARKET": "simulated",
        "SECRET_KEY": SECRET,
        **settings,
    }


def start_arena(folder: Path, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
    """Start a command as a process of its own on a folder of its own."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "arena", *arguments],
        cwd=ROOT,
        env=environment(folder, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_arena(folder: Path, *arguments: str, **settings: str) -> Said:
    """Run a command as a process of its own to its end."""
    process = start_arena(folder, *arguments, **settings)
    out, err = process.communicate(timeout=300)
    return Said(process.returncode, out, err)
