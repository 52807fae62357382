"""Asking people and programs outside: they hand in their decisions before the deadline."""

from collections.abc import Sequence

from agents.services.questions import Ask, Reply, Table


def invite(_asks: Sequence[Ask], _table: Table) -> None:
    """Open the question to the seats; returns at once."""


def wait_for_submissions(_asks: Sequence[Ask], _table: Table, _until_monotonic: float) -> dict[str, Reply]:
    """Return what was handed in by this moment of ``time.monotonic``, by contestant."""
    return {}
