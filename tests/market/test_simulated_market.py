"""The simulated market: one path for one seed, bars that are their ticks, books fit to trade on."""

from itertools import pairwise

import pytest

from kernel.time import DAY_MS, HOUR_MS, MINUTE_MS
from kernel.units import SCALE
from trading.adapters.simulated import SimulatedMarket
from trading.domain.formula_books import compute_conditions, compute_spread
from trading.domain.market import Candle, OrderBook
from trading.domain.rules import RiskLimits
from trading.ports import MarketUnavailableError

START_MS = 1_763_700_000_000
SYMBOLS = ("BTC", "ETH", "SOL", "BNB", "ASTER")


def market(seed: int = 7, symbols: tuple[str, ...] = SYMBOLS, bar_ms: int = MINUTE_MS) -> SimulatedMarket:
    return SimulatedMarket(seed=seed, symbols=symbols, start_ms=START_MS, bar_ms=bar_ms)


def test_bars_are_exactly_the_ticks_inside_them() -> None:
    simulated = market()
    for bar in simulated.fetch_snapshot(START_MS + DAY_MS).symbols[2].candles[-20:]:
        ticks = simulated.fetch_ticks(bar.open_ms, bar.open_ms + MINUTE_MS)
        parts = [tick.symbols[2] for tick in ticks]
        assert len(parts) == 6
        assert (bar.open, bar.close) == (parts[0].open, parts[-1].close)
        assert bar.high == max(part.high for part in parts)
        assert bar.low == min(part.low for part in parts)


@pytest.mark.parametrize("bar_ms", [MINUTE_MS, HOUR_MS, DAY_MS])
def test_every_tick_opens_where_the_one_before_closed_even_across_chunks(bar_ms: int) -> None:
    simulated = market(bar_ms=bar_ms)
    chunk_ms = 1_440 * bar_ms
    edge_ms = (START_MS // chunk_ms + 1) * chunk_ms
    ticks = simulated.fetch_ticks(edge_ms - 2 * bar_ms, edge_ms + 2 * bar_ms)
    for earlier, later in pairwise(ticks):
        assert [part.close for part in earlier.symbols] == [part.open for part in later.symbols]


def test_the_mark_is_the_close_of_the_last_tick_and_the_execution_price_that_of_the_next() -> None:
    simulated = market()
    moment = START_MS + 1_234_567
    last, following = simulated.fetch_ticks(moment - 10_000, moment + 10_000)
    snapshot, execution = simulated.fetch_snapshot(moment), simulated.fetch_execution_book(moment)
    assert {part.symbol: part.mark for part in snapshot.symbols} == {
        tick.symbol: tick.close for tick in last.symbols
    }
    assert execution.marks == {tick.symbol: tick.close for tick in following.symbols}
    assert execution.market_ms == following.market_ms
    assert {part.observed_ms for part in snapshot.symbols} == {last.market_ms}


def test_the_spread_of_a_tick_is_that_of_the_bars_closed_before_it() -> None:
    simulated = market()
    instrument = simulated.fetch_instruments()[1]
    for minute in range(20):
        start = START_MS + minute * MINUTE_MS
        conditions = compute_conditions(simulated.fetch_snapshot(start).symbols[1].candles, MINUTE_MS)
        parts = [tick.symbols[1] for tick in simulated.fetch_ticks(start, start + MINUTE_MS)]
        assert [part.spread for part in parts] == [
            compute_spread(part.open, conditions, instrument) for part in parts
        ]


def test_a_symbol_keeps_its_path_in_any_company() -> None:
    alone, together = market(symbols=("SOL",)), market()
    assert alone.fetch_snapshot(START_MS).symbols[0] == together.fetch_snapshot(START_MS).of("SOL")


def test_another_seed_is_another_market() -> None:
    marks = {market(seed).fetch_snapshot(START_MS).symbols[0].mark for seed in range(5)}
    assert len(marks) == 5


def test_a_year_ahead_is_reached_without_the_days_between() -> None:
    far = START_MS + 365 * DAY_MS
    jumped = market(symbols=("BTC",))
    direct = jumped.fetch_snapshot(far)
    walked = market(symbols=("BTC",))
    for day in range(355, 365):
        walked.fetch_snapshot(START_MS + day * DAY_MS)
    assert walked.fetch_snapshot(far) == direct
    assert jumped._paths["BTC"].chunk.cache_info().currsize <= 2


def test_history_reaches_1500_bars_before_the_start() -> None:
    candles: tuple[Candle, ...] = market()._candles("BTC", START_MS, 1_500)
    assert len(candles) == 1_500
    assert market().fetch_snapshot(START_MS - 1_500 * MINUTE_MS).symbols[0].candles[0].open_ms > 0


def test_before_its_history_there_is_no_market() -> None:
    simulated = market()
    first = simulated.info.first_ms or 0
    simulated.fetch_snapshot(first)
    with pytest.raises(MarketUnavailableError, match="the simulated market begins at"):
        simulated.fetch_snapshot(first - 1)


def test_bars_must_be_whole_ticks() -> None:
    with pytest.raises(ValueError, match="not a whole number of ticks"):
        SimulatedMarket(seed=1, symbols=("BTC",), start_ms=START_MS, bar_ms=60_000, tick_ms=7_000)


def liquidity(book: OrderBook, limits: RiskLimits) -> int:
    reach = book.mid * limits.liquidity_band // SCALE
    return min(
        sum(level.price * level.qty // SCALE for level in side if abs(level.price - book.mid) <= reach)
        for side in (book.bids, book.asks)
    )


def test_books_satisfy_the_arena_rules_at_nearly_all_times() -> None:
    simulated, limits, refused = market(), RiskLimits(), 0
    for step in range(300):
        for part in simulated.fetch_snapshot(START_MS + step * 30 * MINUTE_MS).symbols:
            spread = (part.book.asks[0].price - part.book.bids[0].price) * SCALE // part.book.mid
            refused += spread > limits.max_spread or liquidity(part.book, limits) < limits.min_liquidity
    assert refused <= 15  # one in a hundred: in a panic the rules are there to say no


def test_funding_is_constant_inside_its_eight_hours_and_bounded() -> None:
    simulated = market()
    rates = set()
    for interval in range(30):
        start = (START_MS // (8 * HOUR_MS) + interval) * 8 * HOUR_MS
        early, late = (
            simulated.fetch_snapshot(moment).symbols[0] for moment in (start, start + 8 * HOUR_MS - 1)
        )
        assert early.funding_rate == late.funding_rate
        assert abs(early.funding_rate or 0) <= 30 * SCALE // 10_000
        rates.add(early.funding_rate)
    assert len(rates) > 20


def test_start_prices_are_realistic_and_unknown_symbols_get_one() -> None:
    snapshot = market(symbols=("BTC", "DOGE", "WHATEVER")).fetch_snapshot(START_MS)
    assert 60_000 * SCALE < snapshot.of("BTC").mark < 150_000 * SCALE
    assert SCALE // 20 < snapshot.of("DOGE").mark < SCALE // 2
    assert snapshot.of("WHATEVER").mark > 0


def test_the_label_says_that_it_is_simulated() -> None:
    info = market().info
    assert (info.kind, info.label, info.books) == ("simulated", "simulated market (seed 7)", "formula")


def test_a_seed_means_the_same_prices_on_every_machine() -> None:
    snapshot = market(seed=7).fetch_snapshot(START_MS + 30 * DAY_MS)
    marks = [part.mark for part in snapshot.symbols]
    assert marks == [9_581_360_000_000, 310_882_000_000, 14_655_000_000, 90_047_400_000, 136_423_000]
