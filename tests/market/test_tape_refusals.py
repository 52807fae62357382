"""A recording with a defect is refused in one sentence: file, row, column, remedy."""

import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.time import HOUR_MS
from trading.adapters.tape import open_tape
from trading.ports import TapeError

Rows = list[list[str]]
MakeRows = Callable[..., Rows]
WriteTape = Callable[..., Path]

COLUMNS = ["timestamp", "open", "high", "low", "close", "volume"]
NAME = "BTC-USDT_1m.csv"


def refusal(*paths: Path, **settings: object) -> str:
    with pytest.raises(TapeError) as caught:
        open_tape(list(paths), **settings)  # type: ignore[arg-type] # any setting may be tried
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("open", "0", "the price is not above zero; correct or remove the row"),
        ("low", "-3.5", "the price is not above zero; correct or remove the row"),
        ("close", "nan", "'nan' is not a finite number; correct or remove the row"),
        ("high", "inf", "'inf' is not a finite number; correct or remove the row"),
        ("high", "", "'' is not a number; correct or remove the row"),
        ("open", "1_00", "'1_00' is not a number; correct or remove the row"),
        ("close", "1e400", "'1e400' is out of bounds; correct or remove the row"),
        ("close", "10000000001", "'10000000001' is out of bounds; correct or remove the row"),
        ("low", "100.03", "the low is above the open or the close; correct or remove the row"),
        ("high", "100.01", "the high is below the open or the close; correct or remove the row"),
        ("timestamp", "soon", "'soon' is not an ISO 8601 time or a count of milliseconds; correct or remove"),
        ("timestamp", "17", "17 is not a time in seconds, milliseconds or microseconds; correct or remove"),
    ],
)
def test_a_defect_is_named_with_its_row_and_column(
    rows: MakeRows, write_tape: WriteTape, column: str, value: str, problem: str
) -> None:
    cells = rows(10)
    cells[2][COLUMNS.index(column)] = value
    sentence = refusal(write_tape(NAME, cells))
    assert sentence.startswith(f"{NAME}, row 4, column {column}: {problem}")


@pytest.mark.parametrize(("volume", "value"), [("quote", "-1"), ("base", "nan"), ("base", "much")])
def test_a_volume_is_checked_where_it_is_used(
    rows: MakeRows, write_tape: WriteTape, volume: str, value: str
) -> None:
    cells = rows(10)
    cells[0][5] = value
    path = write_tape(NAME, cells)
    assert refusal(path, volume=volume).startswith(f"{NAME}, row 2, column volume: '{value}' is ")
    assert open_tape([path], volume="none").info.symbols == ("BTC",)


def test_unsorted_rows_are_refused(rows: MakeRows, write_tape: WriteTape) -> None:
    cells = rows(10)
    cells[5], cells[6] = cells[6], cells[5]
    sentence = refusal(write_tape(NAME, cells))
    assert sentence == (
        f"{NAME}, row 8, column timestamp: 2023-11-14T22:18:00Z is earlier than the row before; sort the rows"
    )


def test_duplicate_rows_are_refused(rows: MakeRows, write_tape: WriteTape) -> None:
    cells = rows(10)
    cells.insert(4, cells[3])
    sentence = refusal(write_tape(NAME, cells))
    assert sentence == f"{NAME}, row 6, column timestamp: 2023-11-14T22:16:00Z is there twice; remove one row"


def test_a_gap_is_refused_unless_gaps_are_allowed(rows: MakeRows, write_tape: WriteTape) -> None:
    cells = rows(20)
    path = write_tape(NAME, cells[:8] + cells[11:])
    assert refusal(path) == (
        f"{NAME}, row 10, column timestamp: 3 bars are missing before it; record them or allow gaps"
    )
    assert open_tape([path], allow_gaps=True).info.symbols == ("BTC",)


def test_a_gap_larger_than_the_recording_is_refused_even_where_gaps_are_allowed(
    rows: MakeRows, write_tape: WriteTape
) -> None:
    cells = rows(40)
    sentence = refusal(write_tape(NAME, cells[:8] + cells[36:]), allow_gaps=True)
    assert "row 10, column timestamp: more than half of the bars are missing" in sentence


def test_a_row_beside_the_grid_is_refused(rows: MakeRows, write_tape: WriteTape) -> None:
    cells = rows(10)
    cells[3][0] = cells[3][0].replace(":00Z", ":07Z")
    assert "row 5, column timestamp: the time is not on the grid" in refusal(write_tape(NAME, cells))


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("timestamp,open,high,low,close", "volume"),
        ("time,open,high,low,close,volume", "timestamp"),
        ("timestamp,open,low,high,close,volume", "high"),
        ("timestamp,open,high,low,close,volume,note", "note"),
        ("2023-11-14T22:13:00Z,1,1,1,1,1", "timestamp"),
        ("open_time,open,high,low,close,volume", "close_time"),
    ],
)
def test_a_wrong_header_is_refused(rows: MakeRows, write_tape: WriteTape, header: str, column: str) -> None:
    sentence = refusal(write_tape(NAME, rows(10), header))
    assert sentence.startswith(f"{NAME}, row 1, column {column}: the header ")


@pytest.mark.parametrize("body", ["", "\n\n", "timestamp,open,high,low,close,volume\n"])
def test_an_empty_file_is_refused(tmp_path: Path, body: str) -> None:
    path = tmp_path / NAME
    path.write_text(body)
    assert re.match(
        rf"{NAME}, row [12], column timestamp: the file (is empty|holds no bars); ", refusal(path)
    )


def test_a_row_with_too_few_or_too_many_fields_is_refused(rows: MakeRows, write_tape: WriteTape) -> None:
    cells = rows(10)
    cells[1] = cells[1][:4]
    assert "row 3, column close: the row has 4 of 6 fields" in refusal(write_tape(NAME, cells))
    cells[1] = [*cells[0], "more"]
    assert "row 3, column volume: the row has 7 of 6 fields" in refusal(write_tape(NAME, cells))
    cells[1] = []
    assert "row 3, column timestamp: the row has 0 of 6 fields" in refusal(write_tape(NAME, cells))


def test_two_bars_are_too_few(rows: MakeRows, write_tape: WriteTape) -> None:
    assert "BTC ends after 2 of at least 3 bars; record more" in refusal(write_tape(NAME, rows(2)))
    assert open_tape([write_tape(NAME, rows(3))]).info.symbols == ("BTC",)


def test_symbols_with_different_bars_or_nothing_in_common_are_refused(
    rows: MakeRows, write_tape: WriteTape
) -> None:
    minutes = write_tape(NAME, rows(100))
    hours = write_tape("ETH-USDT_1h.csv", rows(10, 100, HOUR_MS))
    assert "record both with one timeframe" in refusal(minutes, hours)
    later = write_tape("SOL-USDT_1m.csv", rows(200)[150:])
    assert "have fewer than 3 bars in common" in refusal(minutes, later)
    shifted = [[row[0].replace(":00Z", ":30Z"), *row[1:]] for row in rows(100)]
    assert "record both on one grid" in refusal(minutes, write_tape("ADA-USDT_1m.csv", shifted))


def test_overlapping_files_of_one_symbol_are_refused_at_the_second(
    rows: MakeRows, write_tape: WriteTape
) -> None:
    first, second = write_tape("BTC-1.csv", rows(20)), write_tape("BTC-2.csv", rows(40)[10:])
    assert refusal(first, second).startswith("BTC-2.csv, row 2, column timestamp: ")


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / NAME).endswith("BTC-USDT_1m.csv: No such file or directory; check the path")
    assert "a tape is one of .csv, .zip, .feather, .parquet" in refusal(tmp_path / "BTC.xlsx")
    assert "no symbol in the file's name" in refusal(tmp_path / "-1m.csv")
    binary = tmp_path / NAME
    binary.write_bytes(b"timestamp,open\n\xff\xfe")
    assert refusal(binary) == f"{NAME}, row 2: this is not UTF-8 text; record the file again"
    broken = tmp_path / "BTC-1m.zip"
    broken.write_bytes(b"PK no more")
    assert refusal(broken).endswith("; download the file again")
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    assert "a zipped tape holds one .csv file, this one 0" in refusal(broken)


def test_without_pyarrow_the_sentence_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "BTC_USDT_USDT-1h-futures.feather"
    path.write_bytes(b"")
    assert refusal(path) == f"{path.name}: reading this format needs pyarrow; run bin/setup --with tapes"


def test_no_file_at_all_is_refused() -> None:
    assert refusal() == "a tape needs at least one file; name it"
