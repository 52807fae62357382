"""The file that stops trading without a database: while it is there, nothing stricter can be undone."""

from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings

from trading.domain.levels import HALTED, asked_by_stop_text

MAX_READ: Final = 400
"""Bytes that are looked at: the level, and the reason behind it."""


class StopFile(NamedTuple):
    """What the file asks for: 'reducing', 'halted' or 'flatten', and its first line for whoever reads why."""

    asked: str
    reason: str


def stop_file() -> StopFile | None:
    """Return what the stop file asks for, None where there is none.

    A file (or folder) that is there and cannot be read stops all the same: fail closed.
    """
    path = Path(settings.ARENA_STOP_FILE)
    try:
        with path.open("rb") as file:
            text = file.read(MAX_READ).decode("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return StopFile(HALTED, f"the stop file cannot be read ({error.strerror})")
    asked = asked_by_stop_text(text)
    lines = [line for line in text.splitlines() if line.strip()]
    said = "".join(sign for sign in (lines[0] if lines else "") if sign.isprintable())
    return StopFile(asked, " ".join(said.split())[:150])
