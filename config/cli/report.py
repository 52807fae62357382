"""How commands answer: JSON on standard output, tables for people, progress on standard error."""

import json
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

from kernel.units import format_units


def print_json(value: Any) -> None:
    """Print one JSON object on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def print_line(text: str = "") -> None:
    """Print one line for people on standard output."""
    sys.stdout.write(text + "\n")


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns: the first column to the left, the others to the right."""
    table = [list(head), *[list(row) for row in rows]]
    widths = [max(len(row[index]) for row in table) for index in range(len(head))]
    for row in table:
        cells = [
            cell.ljust(width) if not index else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print_line("  ".join(cells).rstrip())


def percent(ratio: int) -> str:
    """Return a ratio as a signed percentage with two decimals, rounded towards minus infinity."""
    hundredths = ratio // 10_000
    sign = "-" if hundredths < 0 else "+"
    whole, rest = divmod(abs(hundredths), 100)
    return f"{sign}{whole}.{rest:02d} %"


def money(units: int) -> str:
    """Return an amount as exact decimal text."""
    return format_units(units)


class Progress:
    """A bar on standard error, only where a person looks at it."""

    WIDTH: Final = 30
    EVERY_S: Final = 0.1

    def __init__(self, total: int, what: str) -> None:
        self._total = max(total, 1)
        self._what = what
        self._shown = sys.stderr.isatty()
        self._next = 0.0

    def show(self, done: int) -> None:
        """Draw the bar, at most ten times a second."""
        now = time.monotonic()
        if not self._shown or (now < self._next and done < self._total):
            return
        self._next = now + self.EVERY_S
        filled = self.WIDTH * done // self._total
        bar = "#" * filled + "." * (self.WIDTH - filled)
        sys.stderr.write(f"\r{self._what} [{bar}] {done}/{self._total}")
        sys.stderr.flush()

    def close(self) -> None:
        """End the line."""
        if self._shown:
            sys.stderr.write("\n")
