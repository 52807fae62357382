"""Who opens a season on a tape without funding is told: its results lack what positions would have paid."""

import csv
from pathlib import Path

import pytest

from kernel.time import MINUTE_MS, iso_utc
from tests.factories.commands import arena
from tests.factories.contests import START_MS, write_tape

pytestmark = pytest.mark.django_db
SENTENCE = "no funding is recorded for this tape; positions pay and get none"


def test_play_says_once_that_a_tape_has_no_funding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = write_tape(tmp_path)
    said = arena(capsys, "play", "--market", f"tape:{tape}", "--rounds", "2", "--symbols", "BTC", "--json")
    assert (said.status, said.json["rounds"]) == (0, 2)
    assert said.err.count(SENTENCE) == 1
    assert tape.name in said.err


def test_play_says_nothing_of_it_where_funding_is_recorded_or_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = write_tape(tmp_path)
    with tape.with_name(f"{tape.stem}.funding.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["timestamp", "rate"])
        rows.writerow([iso_utc(START_MS + 5 * MINUTE_MS), "0.0001"])
    for market in ("simulated", f"tape:{tape}"):
        said = arena(capsys, "play", "--market", market, "--rounds", "2", "--symbols", "BTC")
        assert said.status == 0
        assert SENTENCE not in said.err
