"""Funding recorded beside candles: read exactly, refused where it is wrong, nothing where there is none."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.time import HOUR_MS, MINUTE_MS, iso_utc
from kernel.units import BASIS_POINT, SCALE
from tests.market.conftest import START_MS, Rows, WriteTape
from trading.adapters.tape import TapeMarket, open_tape
from trading.domain.funding import FundingRate
from trading.domain.instruments import FUNDING_INTERVAL_MS
from trading.ports import TapeError

NOON_MS = START_MS + HOUR_MS
HEADER = "timestamp,rate"


@pytest.fixture
def candles(write_tape: WriteTape, rows: Callable[..., Rows]) -> Path:
    return write_tape("BTC-USDT_1m.csv", rows(200))


def settlements(market: TapeMarket) -> tuple[FundingRate, ...]:
    return market.fetch_funding(START_MS - 1, START_MS + 1_000 * HOUR_MS)


def test_a_tape_without_a_funding_file_has_none_and_says_so(candles: Path) -> None:
    market = open_tape([candles])
    assert market.info.funding == "none"
    assert settlements(market) == ()
    assert market.fetch_instruments()[0].funding_interval_ms == FUNDING_INTERVAL_MS


def test_a_file_beside_the_candles_is_found_by_its_name(candles: Path, write_tape: WriteTape) -> None:
    plain = open_tape([candles]).sha256
    write_tape(
        "BTC-USDT_1m.funding.csv",
        [[iso_utc(NOON_MS), "0.0001"], [iso_utc(NOON_MS + HOUR_MS), "-0.00025"]],
        HEADER,
    )
    market = open_tape([candles])
    last_close = market.fetch_snapshot(NOON_MS).of("BTC").mark
    assert settlements(market) == (
        FundingRate("BTC", NOON_MS, BASIS_POINT, last_close),
        FundingRate(
            "BTC", NOON_MS + HOUR_MS, -25_000, market.fetch_snapshot(NOON_MS + HOUR_MS).of("BTC").mark
        ),
    )
    assert market.info.funding == "recorded"
    assert market.fetch_instruments()[0].funding_interval_ms == HOUR_MS
    assert market.sha256 != plain


def test_the_recorded_mark_is_what_funding_is_taken_on(candles: Path, write_tape: WriteTape) -> None:
    file = write_tape("BTC-august.funding.csv", [[str(NOON_MS), "0.0001", "101.25"]], "timestamp,rate,mark")
    assert settlements(open_tape([candles, file])) == (
        FundingRate("BTC", NOON_MS, BASIS_POINT, 10_125 * SCALE // 100),
    )


def test_the_public_files_of_a_large_venue_are_read_as_they_are(candles: Path, write_tape: WriteTape) -> None:
    file = write_tape(
        "BTCUSDT-fundingRate-2023-11.csv",
        [[str(NOON_MS + 7), "8", "0.00010000"]],
        "calc_time,funding_interval_hours,last_funding_rate",
    )
    (rate,) = settlements(open_tape([candles, file]))
    assert (rate.market_ms, rate.rate) == (NOON_MS, BASIS_POINT)


def test_what_lies_outside_of_the_candles_is_left_out(candles: Path, write_tape: WriteTape) -> None:
    moments = (START_MS - 10 * HOUR_MS, NOON_MS, START_MS + 200 * MINUTE_MS, START_MS + 201 * MINUTE_MS)
    write_tape("BTC-USDT_1m.funding.csv", [[iso_utc(moment), "0.0001"] for moment in moments], HEADER)
    assert [rate.market_ms for rate in settlements(open_tape([candles]))] == [NOON_MS, moments[2]]


def test_a_span_takes_its_end_and_leaves_its_start(candles: Path, write_tape: WriteTape) -> None:
    write_tape("BTC-USDT_1m.funding.csv", [[iso_utc(NOON_MS), "0.0001"]], HEADER)
    market = open_tape([candles])
    assert market.fetch_funding(NOON_MS, NOON_MS + HOUR_MS) == ()
    assert len(market.fetch_funding(NOON_MS - 1, NOON_MS)) == 1


def test_months_of_one_symbol_are_joined(candles: Path, write_tape: WriteTape) -> None:
    later = write_tape("BTC-2.funding.csv", [[iso_utc(NOON_MS + HOUR_MS), "0.0002"]], HEADER)
    sooner = write_tape("BTC-1.funding.csv", [[iso_utc(NOON_MS), "0.0001"]], HEADER)
    rates = settlements(open_tape([candles, later, sooner]))
    assert [rate.rate for rate in rates] == [BASIS_POINT, 2 * BASIS_POINT]


NOON = iso_utc(NOON_MS)


@pytest.mark.parametrize(
    ("lines", "header", "said"),
    [
        ([[NOON, "NaN"]], HEADER, r"row 2, column rate: 'NaN' is not a finite number; correct or remove"),
        ([[NOON, "inf"]], HEADER, r"row 2, column rate: 'inf' is not a finite number"),
        ([[NOON, "1e400"]], HEADER, r"row 2, column rate: '1e400' is out of bounds"),
        ([[NOON, "0.0500001"]], HEADER, r"row 2, column rate: a funding rate of 0\.0500001 is beyond 0\.05"),
        ([[NOON, "-1"]], HEADER, r"row 2, column rate: a funding rate of -1 is beyond 0\.05"),
        ([[NOON, "0.0001", "0"]], f"{HEADER},mark", r"row 2, column mark: '0' is not a price above zero"),
        ([[NOON, "0.0001", "-5"]], f"{HEADER},mark", r"row 2, column mark: '-5' is not a price above zero"),
        ([["noon", "0.0001"]], HEADER, r"row 2, column timestamp: 'noon' is not an ISO 8601 time"),
        ([[NOON, "0.0001"], [NOON, "0.0001"]], HEADER, r"row 3, column timestamp: .* is there twice"),
        (
            [[NOON, "0.0001"], [iso_utc(NOON_MS - HOUR_MS), "0.0001"]],
            HEADER,
            r"row 3, column timestamp: .* is out of order; sort the rows",
        ),
        ([[NOON]], HEADER, r"row 2, column rate: the row has 1 of 2 fields"),
        ([[NOON, "0.0001"]], "when,rate", r"row 1, column timestamp: the header says 'when'"),
    ],
)
def test_a_wrong_funding_file_is_refused_in_a_sentence(
    candles: Path, write_tape: WriteTape, lines: list[list[str]], header: str, said: str
) -> None:
    write_tape("BTC-USDT_1m.funding.csv", lines, header)
    with pytest.raises(TapeError, match=r"^BTC-USDT_1m\.funding\.csv, " + said):
        open_tape([candles])


def test_funding_of_a_symbol_that_is_not_played_is_refused(candles: Path, write_tape: WriteTape) -> None:
    file = write_tape("ETH-1.funding.csv", [[NOON, "0.0001"]], HEADER)
    with pytest.raises(TapeError, match=r"^ETH-1\.funding\.csv: there are no candles of ETH; name them too"):
        open_tape([candles, file])
    with pytest.raises(TapeError, match="at least one file of candles"):
        open_tape([file])


def test_an_empty_funding_file_is_refused(candles: Path) -> None:
    candles.with_suffix(".funding.csv").write_text("")
    with pytest.raises(TapeError, match="row 1, column timestamp: the file is empty"):
        open_tape([candles])


def test_a_zipped_public_file_is_read_as_it_is(candles: Path, tmp_path: Path) -> None:
    path = tmp_path / "BTCUSDT-fundingRate-2023-11.zip"
    text = f"calc_time,funding_interval_hours,last_funding_rate\n{NOON_MS},8,-0.00003211\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("BTCUSDT-fundingRate-2023-11.csv", text)
    assert [rate.rate for rate in settlements(open_tape([candles, path]))] == [-3_211]
