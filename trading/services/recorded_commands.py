"""Commands as a recording tells them: done at a moment that is known, asked by nobody here."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from store.bulk import insert_rows
from trading import models

RECORDING: Final = "recording"
"""Who asked for a command of a season that is played again."""


class CommandRow(NamedTuple):
    """``scope`` is 'global' or an account, ``kind`` 'cancel' or 'flatten', at its market moment."""

    scope: str
    kind: str
    effective_ms: int


def record_commands(feed: str, commands: Sequence[CommandRow]) -> None:
    """Store commands that a season's settlement carries out when it comes to their moments."""
    rows = [(feed, item.scope, item.kind, RECORDING, 0, item.effective_ms) for item in commands]
    names = ("feed", "scope", "kind", "asked_by", "asked_wall_ms", "effective_ms")
    insert_rows(models.Command, names, rows)
