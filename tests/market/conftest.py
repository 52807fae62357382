"""Markets to look at: generated tapes, and a venue on the loopback."""

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from kernel.time import MINUTE_MS, iso_utc
from tests.factories.loopback_venue import LoopbackVenue, running_venue

START_MS = 1_700_000_000_000 // MINUTE_MS * MINUTE_MS

Rows = list[list[str]]
WriteTape = Callable[..., Path]


def bar_rows(count: int, price: int = 100, bar_ms: int = MINUTE_MS) -> Rows:
    """Return rows of a tape whose close swings around a price by a few cents."""
    rows: Rows = []
    for number in range(count):
        opened, close = price + (number % 7) / 100, price + ((number + 1) % 7) / 100
        cells = [opened, max(opened, close) + 0.01, min(opened, close) - 0.01, close, 1000.5]
        rows.append([iso_utc(START_MS + number * bar_ms), *(f"{cell:.2f}" for cell in cells)])
    return rows


@pytest.fixture
def rows() -> Callable[..., Rows]:
    """Return the maker of tape rows."""
    return bar_rows


@pytest.fixture
def write_tape(tmp_path: Path) -> WriteTape:
    """Return a writer of CSV files: name, rows, header."""

    def write(
        name: str, rows: Sequence[Sequence[str]], header: str = "timestamp,open,high,low,close,volume"
    ) -> Path:
        path = tmp_path / name
        with path.open("w", newline="") as file:
            if header:
                file.write(header + "\n")
            csv.writer(file).writerows(rows)
        return path

    return write


@pytest.fixture
def venue() -> Iterator[LoopbackVenue]:
    """Run the loopback venue for one test."""
    with running_venue() as loopback:
        yield loopback
