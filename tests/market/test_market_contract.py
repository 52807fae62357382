"""What every market keeps, whichever it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from kernel.time import DAY_MS, HOUR_MS, MINUTE_MS
from trading.adapters.ccxt_public import CcxtPublicMarket
from trading.adapters.simulated import SimulatedMarket
from trading.adapters.tape import open_tape
from trading.domain.funding_rates import MAX_FUNDING
from trading.domain.instruments import Instrument
from trading.domain.market import ExecutionBook, Level, OrderBook
from trading.ports import MarketData, MarketUnavailableError

CANDLES = Path(__file__).parents[3] / "shared/data/candles"
START_MS = 1_763_700_000_000


@dataclass(frozen=True)
class Case:
    """A market that can be made again, and moments to look at it; in ``gaps`` nobody traded."""

    make: Callable[[], MarketData]
    moments: tuple[int, ...]
    replayable: bool = True
    gaps: frozenset[int] = frozenset()

    @property
    def traded(self) -> tuple[int, ...]:
        """Moments that an execution book follows."""
        return tuple(moment for moment in self.moments if moment not in self.gaps)


def simulated(bar_ms: int) -> Case:
    def make() -> MarketData:
        return SimulatedMarket(seed=7, symbols=("BTC", "ETH", "PEPE"), start_ms=START_MS, bar_ms=bar_ms)

    moments = tuple(START_MS + bar_ms * step + 7_123 for step in (0, 1, 3, 1_441, 9_000))
    return Case(make, moments)


def tape(paths: list[Path], **settings: bool) -> Case:
    def make() -> MarketData:
        return open_tape(paths, **settings)  # type: ignore[arg-type] # only allow_gaps is passed

    info = make().info
    first, last = info.first_ms or 0, info.last_ms or 0
    inside = first + (last - first) // 2 // info.bar_ms * info.bar_ms
    return Case(make, (first, first + 1, inside, inside + info.bar_ms, last))


def recorded(names: list[str]) -> Case:
    paths = [CANDLES / name for name in names]
    if not paths[0].exists():
        pytest.skip("the recorded candles are not beside this checkout")
    return tape(paths)


@pytest.fixture(
    params=[
        "simulated minutes",
        "simulated days",
        "tape of two symbols",
        "tape with gaps",
        "recorded minutes",
        "recorded hours",
        "recorded days",
        "binanceusdm",
        "hyperliquid",
    ]
)
def case(request: pytest.FixtureRequest) -> Case:
    name: str = request.param
    if name.startswith("simulated"):
        return simulated(MINUTE_MS if name.endswith("minutes") else DAY_MS)
    if name.startswith("recorded"):
        return _recorded_case(name)
    if name.startswith("tape"):
        return _tape_case(name, request)
    venue = request.getfixturevalue("venue")
    client = venue.client(name)

    def make() -> MarketData:
        return CcxtPublicMarket(name, ("BTC", "ETH"), client, clock=venue.clock)

    return Case(make, (venue.now_ms,), replayable=False)


def _recorded_case(name: str) -> Case:
    if name == "recorded minutes":
        return recorded(["BTC-USDT-PERP_1m_2022-01.csv"])
    step = "1h" if name == "recorded hours" else "1d"
    return recorded([f"{symbol}-USDT_{step}.csv" for symbol in ("BTC", "ETH", "SOL", "XRP", "ADA")])


def _tape_case(name: str, request: pytest.FixtureRequest) -> Case:
    rows = request.getfixturevalue("rows")
    write = request.getfixturevalue("write_tape")
    if name == "tape with gaps":
        case = tape([write("SOL-USDT_1m.csv", rows(50)[:20] + rows(90)[45:])], allow_gaps=True)
        return replace(case, gaps=frozenset(case.moments[:2]))
    return tape(
        [write("BTC-USDT_1h.csv", rows(80, 100, HOUR_MS)), write("ETH-USDT_1h.csv", rows(70, 9, HOUR_MS))]
    )


def test_no_candle_ends_after_the_snapshot_and_none_is_missing(case: Case) -> None:
    market = case.make()
    for moment in case.moments:
        snapshot = market.fetch_snapshot(moment)
        for part in snapshot.symbols:
            ends = [candle.open_ms + snapshot.bar_ms for candle in part.candles]
            assert 2 <= len(ends) <= 240
            assert ends[-1] <= snapshot.market_ms == moment
            assert {later - earlier for earlier, later in pairwise(ends)} == {snapshot.bar_ms}


def test_candles_are_positive_and_never_cross_themselves(case: Case) -> None:
    market = case.make()
    for moment in case.moments:
        for part in market.fetch_snapshot(moment).symbols:
            for candle in part.candles:
                assert 0 < candle.low <= min(candle.open, candle.close)
                assert candle.high >= max(candle.open, candle.close)
                assert candle.turnover >= 0


def assert_side(levels: tuple[Level, ...], instrument: Instrument, direction: int) -> None:
    assert 1 <= len(levels) <= 20
    assert all(level.price > 0 and level.qty > 0 for level in levels)
    assert all(level.price % instrument.tick == 0 and level.qty % instrument.lot == 0 for level in levels)
    assert all((later.price - earlier.price) * direction > 0 for earlier, later in pairwise(levels))


def assert_sound(book: OrderBook, instrument: Instrument) -> None:
    assert_side(book.bids, instrument, -1)
    assert_side(book.asks, instrument, 1)
    assert book.bids[0].price < book.asks[0].price


def test_books_are_sorted_uncrossed_on_tick_and_on_lot(case: Case) -> None:
    market = case.make()
    instruments = {instrument.symbol: instrument for instrument in market.fetch_instruments()}
    for moment in case.moments:
        for part in market.fetch_snapshot(moment).symbols:
            assert_sound(part.book, instruments[part.symbol])
    for moment in case.traded:
        for symbol, book in market.fetch_execution_book(moment).books.items():
            assert_sound(book, instruments[symbol])


def test_marks_are_positive_on_tick_and_near_the_book(case: Case) -> None:
    market = case.make()
    ticks = {instrument.symbol: instrument.tick for instrument in market.fetch_instruments()}
    for moment in case.moments:
        for part in market.fetch_snapshot(moment).symbols:
            assert part.mark > 0
            assert part.mark % ticks[part.symbol] == 0
            assert part.book.bids[0].price <= part.mark <= part.book.asks[0].price
            assert part.observed_ms <= moment


def test_the_execution_book_is_strictly_after_the_asked_moment_and_covers_all_symbols(case: Case) -> None:
    market = case.make()
    for moment in case.traded:
        execution = market.fetch_execution_book(moment)
        assert moment < execution.market_ms <= moment + market.info.bar_ms
        assert tuple(execution.books) == tuple(execution.marks) == market.info.symbols


def test_in_a_gap_there_is_no_execution_book(request: pytest.FixtureRequest) -> None:
    case = _tape_case("tape with gaps", request)
    market = case.make()
    assert len(case.gaps) == 2
    for moment in case.gaps:
        with pytest.raises(MarketUnavailableError, match=r"^the recording has no bar at 20[\d:T-]{17}Z$"):
            market.fetch_execution_book(moment)


def test_every_answer_names_the_market_and_holds_its_symbols_in_order(case: Case) -> None:
    market = case.make()
    moment = case.traded[0]
    snapshot, execution = market.fetch_snapshot(moment), market.fetch_execution_book(moment)
    ticks = market.fetch_ticks(moment, moment + 2 * market.info.bar_ms)
    assert ticks
    assert {snapshot.source, execution.source, *(tick.source for tick in ticks)} == {market.info.label}
    assert tuple(part.symbol for part in snapshot.symbols) == market.info.symbols
    assert tuple(instrument.symbol for instrument in market.fetch_instruments()) == market.info.symbols
    assert all(tuple(part.symbol for part in tick.symbols) == market.info.symbols for tick in ticks)


def test_ticks_come_in_order_inside_the_span_and_never_cross_themselves(case: Case) -> None:
    market = case.make()
    after, until = case.moments[0], case.moments[0] + 5 * market.info.bar_ms
    ticks = market.fetch_ticks(after, until)
    times = [tick.market_ms for tick in ticks]
    assert times == sorted(set(times))
    assert after < times[0] <= times[-1] <= until
    for part in (part for tick in ticks for part in tick.symbols):
        assert 0 < part.low <= min(part.open, part.close) <= max(part.open, part.close) <= part.high
        assert part.spread > 0


def test_an_empty_span_has_no_ticks(case: Case) -> None:
    moment = case.moments[0]
    assert case.make().fetch_ticks(moment, moment) == ()


def test_a_span_cut_in_two_has_the_same_ticks(case: Case) -> None:
    if not case.replayable:
        pytest.skip("a live market tells the moment only")
    market = case.make()
    after, until = case.moments[1], case.moments[1] + 7 * market.info.bar_ms
    middle = after + 3 * market.info.bar_ms + 11
    whole = market.fetch_ticks(after, until)
    assert whole == market.fetch_ticks(after, middle) + market.fetch_ticks(middle, until)
    assert len({later.market_ms - earlier.market_ms for earlier, later in pairwise(whole)}) == 1


def test_the_same_market_asked_in_another_order_says_the_same(case: Case) -> None:
    if not case.replayable:
        pytest.skip("a live market tells the moment only")

    def look(market: MarketData, moment: int) -> tuple[object, ExecutionBook | None]:
        execution = market.fetch_execution_book(moment) if moment in case.traded else None
        return market.fetch_snapshot(moment), execution

    one, other = case.make(), case.make()
    forward = [look(one, moment) for moment in case.moments]
    backward = [look(other, moment) for moment in reversed(case.moments)]
    assert forward == backward[::-1]


def test_settlements_of_funding_come_in_order_inside_the_span_for_known_symbols(case: Case) -> None:
    market = case.make()
    after = case.moments[0]
    until = after + (5 * market.info.bar_ms if case.replayable else 0)
    rates = market.fetch_funding(after, until)
    assert [(rate.market_ms, rate.symbol) for rate in rates] == sorted(
        {(rate.market_ms, rate.symbol) for rate in rates}
    )
    for rate in rates:
        assert after < rate.market_ms <= until
        assert rate.symbol in market.info.symbols
        assert abs(rate.rate) <= MAX_FUNDING
        assert rate.mark > 0


def test_an_empty_span_has_no_settlement(case: Case) -> None:
    moment = case.moments[0]
    assert case.make().fetch_funding(moment, moment) == ()
