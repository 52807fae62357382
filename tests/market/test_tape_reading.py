"""What a recording says is what is played, whatever its format."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.time import HOUR_MS, MINUTE_MS, iso_utc
from kernel.units import SCALE, to_units
from trading.adapters.tape import TapeMarket, open_tape
from trading.adapters.tape.numbers import ms_of, units_of
from trading.adapters.tape.opening import symbol_and_file
from trading.adapters.tape.table import Volume
from trading.ports import MarketEndedError, MarketUnavailableError

Rows = list[list[str]]
MakeRows = Callable[..., Rows]
WriteTape = Callable[..., Path]

START_MS = 1_700_000_000_000 // MINUTE_MS * MINUTE_MS
BINANCE_HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,"
    "taker_buy_volume,taker_buy_quote_volume,ignore"
)


def binance_rows(rows: Rows, factor: int = 1) -> Rows:
    kline_rows: Rows = []
    for number, row in enumerate(rows):
        opened = (START_MS + number * MINUTE_MS) * factor
        kline_rows.append(
            [str(opened), *row[1:5], "3.5", str(opened + 59_999), "350.25", "9", "1", "100", "0"]
        )
    return kline_rows


def first_bar(market: TapeMarket) -> tuple[int, ...]:
    return tuple(market.fetch_snapshot(market.info.first_ms or 0).symbols[0].candles[0])


@given(st.integers(min_value=1, max_value=10**18))
def test_a_decimal_text_is_read_exactly(units: int) -> None:
    text = f"{units // SCALE}.{units % SCALE:08d}"
    assert units_of(text) == units == to_units(text)
    assert units_of(text.rstrip("0").rstrip(".")) == units


@pytest.mark.parametrize(
    ("text", "units"),
    [("0.123456785", 12_345_678), ("0.123456775", 12_345_678), ("0.0000000050000001", 1), ("1e-05", 1_000)],
)
def test_digits_past_the_eighth_decimal_are_rounded_half_to_even(text: str, units: int) -> None:
    assert units_of(text) == units


@pytest.mark.parametrize(
    "text",
    [
        "2022-01-01",
        "2022-01-01 00:00:00.000000",
        "2022-01-01T00:00:00Z",
        "2022-01-01T01:00:00+01:00",
        "1640995200",
        "1640995200000",
        "1640995200000000",
    ],
)
def test_a_time_is_utc_however_it_is_written(text: str) -> None:
    assert ms_of(text) == 1_640_995_200_000


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("BTC-USDT-PERP_1m_2022-01.csv", "BTC"),
        ("BTCUSDT-1m-2024-01.zip", "BTC"),
        ("1000PEPEUSDT-1h-2024-01.csv", "1000PEPE"),
        ("BTC_USDT_USDT-1h-futures.feather", "BTC"),
        ("eth-usdt_1h.csv", "ETH"),
        ("SOL.parquet", "SOL"),
        ("USDT-USD_1d.csv", "USDT"),
    ],
)
def test_the_symbol_is_read_from_the_name_of_the_file(name: str, symbol: str) -> None:
    assert symbol_and_file(Path("some/where") / name) == (symbol, Path("some/where") / name)


def test_a_symbol_given_before_the_path_outranks_the_name(rows: MakeRows, write_tape: WriteTape) -> None:
    path = write_tape("prices.csv", rows(5))
    assert open_tape([Path(f"DOGE={path}")]).info.symbols == ("DOGE",)


@pytest.mark.parametrize("header", ["", BINANCE_HEADER])
@pytest.mark.parametrize("factor", [1, 1_000])
def test_binance_klines_are_read_with_and_without_header_in_ms_and_us(
    rows: MakeRows, write_tape: WriteTape, header: str, factor: int
) -> None:
    path = write_tape("BTCUSDT-1m-2023-11.csv", binance_rows(rows(10), factor), header)
    market = open_tape([path], stamp="close")
    expected = (START_MS, 100 * SCALE, 10_002 * SCALE // 100, 9_999 * SCALE // 100, 10_001 * SCALE // 100)
    assert first_bar(market) == (*expected, 35_025_000_000, False)


def test_a_zipped_file_is_the_same_tape(rows: MakeRows, write_tape: WriteTape, tmp_path: Path) -> None:
    plain = write_tape("BTCUSDT-1m-2023-11.csv", binance_rows(rows(10)), "")
    zipped = tmp_path / "BTCUSDT-1m-2023-11.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.write(plain, plain.name)
    assert open_tape([zipped]).sha256 == open_tape([plain]).sha256


def frame_of(rows: Rows, time: str) -> pd.DataFrame:
    figures = [[float(cell) for cell in row[1:]] for row in rows]
    frame = pd.DataFrame(figures, columns=["open", "high", "low", "close", "volume"])
    frame.insert(0, time, pd.to_datetime([row[0] for row in rows], utc=True))
    return frame


def test_freqtrade_feather_stamps_the_open_and_holds_base_volume(
    rows: MakeRows, write_tape: WriteTape, tmp_path: Path
) -> None:
    feather = tmp_path / "BTC_USDT_USDT-1m-futures.feather"
    frame_of(rows(10), "date").to_feather(feather)
    csv_file = write_tape("BTC-USDT_1m.csv", rows(10))
    assert open_tape([feather], stamp="close").sha256 == open_tape([csv_file], volume="base").sha256


@pytest.mark.parametrize("kind", ["moments", "milliseconds"])
def test_parquet_with_our_columns_is_the_same_tape(
    rows: MakeRows, write_tape: WriteTape, tmp_path: Path, kind: str
) -> None:
    parquet = tmp_path / "BTC.parquet"
    frame = frame_of(rows(10), "timestamp")
    if kind == "milliseconds":
        frame["timestamp"] = [START_MS + number * MINUTE_MS for number in range(10)]
    frame.to_parquet(parquet)
    csv_file = write_tape("BTC-USDT_1m.csv", rows(10))
    volumes: tuple[Volume, ...] = ("none", "quote", "base")
    for volume in volumes:
        assert open_tape([parquet], volume=volume).sha256 == open_tape([csv_file], volume=volume).sha256


def test_a_close_stamp_is_the_open_stamp_one_bar_later(rows: MakeRows, write_tape: WriteTape) -> None:
    closes = [[iso_utc(START_MS + (number + 1) * MINUTE_MS), *row[1:]] for number, row in enumerate(rows(10))]
    by_close = open_tape([write_tape("BTC-a.csv", closes)], stamp="close")
    by_open = open_tape([write_tape("BTC-b.csv", rows(10))])
    assert by_close.sha256 == by_open.sha256
    assert first_bar(by_close)[0] == START_MS


@pytest.mark.parametrize(
    ("volume", "turnover"), [("none", 0), ("quote", 100_050_000_000), ("base", 10_006_000_500_000)]
)
def test_volume_becomes_turnover_as_it_is_declared(
    rows: MakeRows, write_tape: WriteTape, volume: Volume, turnover: int
) -> None:
    assert first_bar(open_tape([write_tape("BTC-1m.csv", rows(10))], volume=volume))[5] == turnover


def test_files_of_one_symbol_are_joined_in_any_order(rows: MakeRows, write_tape: WriteTape) -> None:
    whole = write_tape("BTC-whole.csv", rows(40))
    parts = [write_tape("BTC-2.csv", rows(40)[25:]), write_tape("BTC-1.csv", rows(40)[:25])]
    assert open_tape(parts).sha256 == open_tape([whole]).sha256


def test_several_symbols_are_played_on_their_common_range(rows: MakeRows, write_tape: WriteTape) -> None:
    long, short = write_tape("BTC-1m.csv", rows(200)), write_tape("ETH-1m.csv", rows(150, 9)[30:])
    info = open_tape([long, short]).info
    assert info.symbols == ("BTC", "ETH")
    assert info.first_ms == START_MS + 60 * MINUTE_MS
    assert info.last_ms == START_MS + 149 * MINUTE_MS
    assert info.label == "tape BTC-1m.csv and 1 more"


def test_a_tiny_tape_is_played_from_its_second_bar(rows: MakeRows, write_tape: WriteTape) -> None:
    info = open_tape([write_tape("BTC-1m.csv", rows(3))]).info
    assert (info.first_ms, info.last_ms) == (START_MS + 2 * MINUTE_MS, START_MS + 2 * MINUTE_MS)


def test_the_timeframe_is_read_from_the_data(rows: MakeRows, write_tape: WriteTape) -> None:
    assert open_tape([write_tape("BTC_1m.csv", rows(5, 100, HOUR_MS))]).info.bar_ms == HOUR_MS


def test_an_order_fills_at_the_open_of_the_next_bar(rows: MakeRows, write_tape: WriteTape) -> None:
    cells = rows(10)
    cells[5] = [cells[5][0], "150.00", "400.00", "1.00", "300.00", "0"]
    market = open_tape([write_tape("BTC-1m.csv", cells)])
    boundary = START_MS + 5 * MINUTE_MS
    for asked in (boundary - MINUTE_MS + 1, boundary):
        execution = market.fetch_execution_book(asked)
        assert (execution.market_ms, execution.marks) == (boundary + 1, {"BTC": 150 * SCALE})
    assert market.fetch_execution_book(boundary + 1).marks == {"BTC": 10_006 * SCALE // 100}


def test_the_future_of_a_recording_changes_nothing_before_it(rows: MakeRows, write_tape: WriteTape) -> None:
    other = [
        row if number < 50 else [row[0], "3.00", "9.00", "1.00", "2.00", "7"]
        for number, row in enumerate(rows(100))
    ]
    one, two = open_tape([write_tape("BTC-1.csv", rows(100))]), open_tape([write_tape("BTC-2.csv", other)])
    moment = START_MS + 50 * MINUTE_MS
    before, same = one.fetch_snapshot(moment).symbols[0], two.fetch_snapshot(moment).symbols[0]
    assert (before.candles, before.mark, before.observed_ms) == (same.candles, same.mark, same.observed_ms)
    assert (
        one.fetch_snapshot(moment + MINUTE_MS).symbols[0].mark
        != two.fetch_snapshot(moment + MINUTE_MS).symbols[0].mark
    )


def test_a_gap_holds_the_previous_close_and_the_time_of_the_last_recorded_bar(
    rows: MakeRows, write_tape: WriteTape
) -> None:
    cells = rows(20)
    market = open_tape([write_tape("BTC-1m.csv", cells[:8] + cells[11:])], allow_gaps=True, volume="quote")
    inside = market.fetch_snapshot(START_MS + 10 * MINUTE_MS).symbols[0]
    close = to_units(cells[7][4])
    assert [candle.filled for candle in inside.candles] == [False] * 8 + [True] * 2
    assert inside.candles[-1][1:6] == (close, close, close, close, 0)
    assert inside.observed_ms == START_MS + 8 * MINUTE_MS
    after = market.fetch_snapshot(START_MS + 12 * MINUTE_MS).symbols[0]
    assert (after.candles[-1].filled, after.observed_ms) == (False, START_MS + 12 * MINUTE_MS)


def test_a_tick_is_the_bar_that_closed(rows: MakeRows, write_tape: WriteTape) -> None:
    cells = rows(10)
    market = open_tape([write_tape("BTC-1m.csv", cells)])
    (tick,) = market.fetch_ticks(START_MS + 3 * MINUTE_MS, START_MS + 4 * MINUTE_MS)
    assert tick.market_ms == START_MS + 4 * MINUTE_MS
    assert list(tick.symbols[0][1:5]) == [to_units(cell) for cell in cells[3][1:5]]


def test_the_spread_of_a_tick_knows_nothing_of_its_own_bar(rows: MakeRows, write_tape: WriteTape) -> None:
    wild = [*rows(9), [rows(10)[9][0], rows(10)[9][1], "200.00", "50.00", "150.00", "0"]]
    calm = open_tape([write_tape("BTC-1.csv", rows(10))])
    panic = open_tape([write_tape("BTC-2.csv", wild)])
    span = START_MS + 9 * MINUTE_MS, START_MS + 10 * MINUTE_MS
    assert calm.fetch_ticks(*span)[0].symbols[0].spread == panic.fetch_ticks(*span)[0].symbols[0].spread


def test_outside_of_the_recording_there_is_no_market(rows: MakeRows, write_tape: WriteTape) -> None:
    market = open_tape([write_tape("BTC-1m.csv", rows(100))])
    first, last, end = START_MS + 30 * MINUTE_MS, START_MS + 99 * MINUTE_MS, START_MS + 100 * MINUTE_MS
    assert (market.info.first_ms, market.info.last_ms) == (first, last)
    market.fetch_execution_book(last)
    with pytest.raises(MarketUnavailableError, match="can be played from"):
        market.fetch_snapshot(first - 1)
    with pytest.raises(MarketEndedError, match="can be played until"):
        market.fetch_snapshot(last + 1)
    with pytest.raises(MarketEndedError):
        market.fetch_execution_book(last + 1)
    with pytest.raises(MarketEndedError):
        market.fetch_ticks(end, end + 1)
    assert [tick.market_ms for tick in market.fetch_ticks(last, end + HOUR_MS)] == [end]


@pytest.mark.parametrize(
    ("prices", "tick"),
    [
        (["46319.0", "46385.5"], SCALE // 10),
        (["46319.12345678", "46385.87654321"], SCALE // 10),
        (["100", "200"], SCALE // 100),
        (["0.00000012", "0.00000013"], 1),
        (["2.6264", "2.6321"], SCALE // 10_000),
    ],
)
def test_the_tick_is_the_step_of_the_prices_within_bounds(
    write_tape: WriteTape, prices: Sequence[str], tick: int
) -> None:
    low, high = prices
    cells = [[iso_utc(START_MS + number * MINUTE_MS), low, high, low, high, "1"] for number in range(4)]
    (instrument,) = open_tape([write_tape("BTC-1m.csv", cells)]).fetch_instruments()
    assert instrument.tick == tick


def test_the_hash_knows_the_symbol_the_prices_and_the_turnover(rows: MakeRows, write_tape: WriteTape) -> None:
    cells = rows(10)
    path = write_tape("BTC-1m.csv", cells)
    cells[4][3] = "99.5"
    others = [
        open_tape([Path(f"ETH={path}")]),
        open_tape([path], volume="quote"),
        open_tape([path], stamp="close"),
        open_tape([write_tape("BTC-2.csv", cells)]),
    ]
    assert len({open_tape([path]).sha256, *(other.sha256 for other in others)}) == 5
