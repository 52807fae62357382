"""What cannot be played is refused in one sentence that names it, and nothing is written."""

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import JournalEntry, TradingAccount
from agents.models import AgentSpec
from arena.models import Season
from config.server import lock_path
from store.lease import hold_single_instance
from tests.factories.commands import arena, run_arena
from tests.factories.contests import write_tape
from trading.models import Blob

pytestmark = pytest.mark.django_db
FACTS = (Season, AgentSpec, TradingAccount, JournalEntry, Blob)
Edit = Callable[[list[str]], list[str]]
NOT_POSITIVE = "the price is not above zero; correct or remove the row"


def nothing_was_written() -> bool:
    """Return whether the database holds no trace of a season."""
    return not any(model._default_manager.exists() for model in FACTS)


def with_cell(column: int, value: str) -> Edit:
    """Return an edit that sets one cell of row 6."""

    def edit(rows: list[str]) -> list[str]:
        cells = rows[5].split(",")
        cells[column] = value
        return [*rows[:5], ",".join(cells), *rows[6:]]

    return edit


BAD_TAPES: dict[str, tuple[Edit, str]] = {
    "unsorted": (
        lambda rows: [*rows[:5], rows[6], rows[5], *rows[7:]],
        "row 7, column timestamp: .* is earlier than the row before; sort the rows",
    ),
    "duplicate": (
        lambda rows: [*rows[:6], *rows[5:]],
        "row 7, column timestamp: .* is there twice; remove one row",
    ),
    "zero": (with_cell(1, "0"), f"row 6, column open: {NOT_POSITIVE}"),
    "negative": (with_cell(3, "-5"), f"row 6, column low: {NOT_POSITIVE}"),
    "not a number": (with_cell(4, "NaN"), "row 6, column close: 'NaN' is not a finite number; correct or"),
    "crossed": (with_cell(3, "500"), "row 6, column low: the low is above the open or the close; correct or"),
    "wrong header": (
        lambda rows: ["time,o,h,l,c,v", *rows[1:]],
        "row 1, column timestamp: the header says 'time'; write it as",
    ),
    "empty": (lambda _rows: [], "row 1, column timestamp: the file is empty; record it again"),
    "no bars": (lambda rows: rows[:1], "row 2, column timestamp: the file holds no bars; record it again"),
    "gap": (
        lambda rows: [*rows[:5], *rows[7:]],
        "row 6, column timestamp: 2 bars are missing before it; record them or",
    ),
}


@pytest.mark.parametrize("what", BAD_TAPES)
def test_a_bad_tape_is_refused_by_file_row_and_column(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, what: str
) -> None:
    edit, sentence = BAD_TAPES[what]
    path = write_tape(tmp_path)
    rows = edit(path.read_text().splitlines())
    path.write_text("\n".join(rows) + ("\n" if rows else ""))
    said = arena(capsys, "play", "--market", f"tape:{path}", "--rounds", "3")
    assert (said.status, said.out) == (2, "")
    assert re.fullmatch(rf"arena: {path.name}, {sentence}.*\n", said.err), said.err
    assert nothing_was_written()


BAD_OPTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "unknown market": (("--market", "nasdaq"), "--market nasdaq is not one of simulated, tape:FILE[,FILE]"),
    "tape without file": (("--market", "tape:"), "is not one of"),
    "missing file": (("--market", "tape:/nowhere/BTC.csv"), "/nowhere/BTC.csv: No such file or directory"),
    "no rounds": (("--rounds", "0"), "--rounds must be at least 1"),
    "negative rounds": (("--rounds", "-3"), "--rounds must be at least 1"),
    "no capital": (("--capital", "0"), "--capital must lie between"),
    "too much capital": (("--capital", "99999999999"), "--capital must lie between"),
    "bad start": (("--start", "noon"), "--start noon is not a time like 2026-01-01T00:00:00Z"),
    "no symbols": (("--symbols", ","), "--symbols must be one or more"),
    "symbol twice": (("--symbols", "BTC,BTC"), "--symbols must be one or more"),
    "strange symbol": (("--symbols", "B$C"), "--symbols must be one or more"),
    "huge seed": (("--seed", str(2**70)), "--seed must lie between"),
    "negative interval": (("--interval", "-1"), "--interval must lie between"),
    "long interval": (("--interval", "90000"), "--interval must lie between"),
}


@pytest.mark.parametrize("what", BAD_OPTIONS)
def test_options_that_cannot_be_played_are_refused(capsys: pytest.CaptureFixture[str], what: str) -> None:
    options, sentence = BAD_OPTIONS[what]
    said = arena(capsys, "play", "--rounds", "3", *options)
    assert said.status == 2
    assert sentence in said.err
    assert said.err.startswith("arena: ")
    assert said.err.count("\n") == 1
    assert nothing_was_written()


def test_an_interval_beside_the_tapes_bars_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = arena(capsys, "play", "--market", f"tape:{write_tape(tmp_path)}", "--interval", "90")
    assert (said.status, said.out) == (2, "")
    assert "an interval of 90 s does not divide into the tape's bars of 60 s" in said.err
    assert nothing_was_written()


def test_gaps_are_held_where_they_are_allowed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    tape = f"tape:{write_tape(tmp_path, without=[5])}"
    options = ("--market", tape, "--interval", "60", "--rounds", "9", "--allow-gaps", "--json")
    said = arena(capsys, "play", *options)
    assert said.status == 0
    assert {row["forced_holds"] for row in said.json["standings"]} == {1}


@pytest.fixture
def newer_database() -> Iterator[None]:
    """Let the database look as if a later version had migrated it."""
    recorder = MigrationRecorder(connection)
    recorder.record_applied("arena", "9999_from_the_future")
    yield
    recorder.record_unapplied("arena", "9999_from_the_future")


@pytest.mark.usefixtures("newer_database")
@pytest.mark.parametrize("command", [["play", "--rounds", "1"], ["audit"], ["season"], ["leaderboard"]])
def test_a_database_of_a_newer_version_is_left_alone(
    capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    said = arena(capsys, *command)
    assert said.status == 3
    assert said.err == (
        "arena: the database was written by a newer version (it has arena.9999_from_the_future); "
        "update this program or use another DATABASE_URL\n"
    )
    assert nothing_was_written()


@pytest.mark.parametrize("command", [["play", "--rounds", "1"], ["serve", "--port", "0"]])
def test_a_second_one_on_the_same_database_is_refused_naming_the_first(
    capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    with hold_single_instance(lock_path(), what="http://127.0.0.1:8123"):
        said = arena(capsys, *command)
    assert said.status == 3
    holder = r"process \d+ at http://127\.0\.0\.1:8123; stop it or use .*\n"
    assert re.fullmatch(rf"arena: another arena serves this database: {holder}", said.err)
    assert nothing_was_written()


def test_a_port_that_is_taken_is_named_with_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = arena(capsys, "serve", "--port", str(port))
    assert said.status == 3
    remedy = "stop who uses it, or set ARENA_PORT (0 takes a free one)"
    assert said.err == f"arena: port {port} on 127.0.0.1 is taken; {remedy}\n"
    assert nothing_was_written()


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    said = run_arena(blocked / "data", "play", "--rounds", "1")
    assert said.status == 3
    remedy = "make it writable or set ARENA_DATA_DIR"
    assert said.err == f"arena: cannot write in {blocked / 'data'} (Not a directory); {remedy}\n"
