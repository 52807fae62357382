"""The published formula that puts an order book around a price."""

from hypothesis import given
from hypothesis import strategies as st

from kernel.time import HOUR_MS, MINUTE_MS
from kernel.units import BASIS_POINT, SCALE
from trading.adapters.listing import instrument_of
from trading.domain.formula_books import Conditions, compute_book, compute_conditions, compute_spread
from trading.domain.market import Candle, Level, OrderBook
from trading.domain.rules import RiskLimits

LIMITS = RiskLimits()
PRICES = st.integers(min_value=1_000, max_value=200_000 * SCALE)
VOLATILITIES = st.integers(min_value=0, max_value=300 * BASIS_POINT)
LEANS = st.integers(min_value=-30 * SCALE // 100, max_value=30 * SCALE // 100)


def candles(*closes: int, turnover: int = 0) -> list[Candle]:
    return [
        Candle(number * MINUTE_MS, close, close, close, close, turnover)
        for number, close in enumerate(closes)
    ]


def notional(levels: tuple[Level, ...]) -> int:
    return sum(level.price * level.qty for level in levels) // SCALE


def liquidity(book: OrderBook) -> int:
    """USDT within the arena's band of the middle, on the thinner side."""
    reach = book.mid * LIMITS.liquidity_band // SCALE
    near = [
        tuple(level for level in side if abs(level.price - book.mid) <= reach)
        for side in (book.bids, book.asks)
    ]
    return min(map(notional, near))


def spread(book: OrderBook) -> int:
    return (book.asks[0].price - book.bids[0].price) * SCALE // book.mid


@given(PRICES, VOLATILITIES, LEANS)
def test_every_book_is_uncrossed_sorted_on_tick_and_on_lot(price: int, volatility: int, lean: int) -> None:
    instrument = instrument_of("ADA", price)
    book = compute_book(price, Conditions(volatility, 0, lean), instrument)
    bids, asks = [level.price for level in book.bids], [level.price for level in book.asks]
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert 0 < bids[0] < price < asks[0]
    assert all(level.price % instrument.tick == 0 for level in (*book.bids, *book.asks))
    assert all(level.qty % instrument.lot == 0 and level.qty > 0 for level in (*book.bids, *book.asks))


@given(PRICES, VOLATILITIES)
def test_the_stated_spread_is_the_spread_of_the_book(price: int, volatility: int) -> None:
    instrument, conditions = instrument_of("ETH", price), Conditions(volatility, 0, 0)
    book = compute_book(price, conditions, instrument)
    width = book.asks[0].price - book.bids[0].price
    assert compute_spread(price, conditions, instrument) == -(-width * SCALE // price)


def test_more_volatility_makes_a_wider_and_thinner_book() -> None:
    instrument = instrument_of("BTC", 100_000 * SCALE)
    books = [
        compute_book(100_000 * SCALE, Conditions(volatility * BASIS_POINT, 0, 0), instrument)
        for volatility in (0, 5, 10, 20, 40, 80, 160, 320)
    ]
    spreads, depths = [spread(book) for book in books], [liquidity(book) for book in books]
    assert spreads == sorted(set(spreads))
    assert depths == sorted(set(depths), reverse=True)


def test_more_turnover_makes_a_deeper_book() -> None:
    instrument = instrument_of("BTC", 100_000 * SCALE)
    thin, thick = (
        compute_book(100_000 * SCALE, Conditions(0, turnover * SCALE, 0), instrument)
        for turnover in (100_000, 1_000_000)
    )
    assert 9 * notional(thin.asks) < notional(thick.asks) < 11 * notional(thin.asks)


def test_unknown_turnover_means_the_stated_depth() -> None:
    for symbol, depth in (("BTC", 1_000_000), ("DOGE", 250_000)):
        instrument = instrument_of(symbol, 100 * SCALE)
        book = compute_book(100 * SCALE, Conditions(0, 0, 0), instrument)
        assert 0.99 * depth * SCALE < notional(book.bids) <= depth * SCALE
        assert len(book.bids) == len(book.asks) == 20


@given(st.integers(min_value=0, max_value=30 * BASIS_POINT), PRICES)
def test_ordinary_conditions_satisfy_the_arena_rules(volatility: int, price: int) -> None:
    book = compute_book(price, Conditions(volatility, 0, 0), instrument_of("LTC", price))
    if price >= 100_000:  # under 0.001 USDT the smallest unit itself is a wide tick
        assert spread(book) <= LIMITS.max_spread
        assert liquidity(book) >= LIMITS.min_liquidity


def test_a_panic_breaks_the_arena_rules() -> None:
    instrument = instrument_of("LTC", 100 * SCALE)
    assert (
        liquidity(compute_book(100 * SCALE, Conditions(150 * BASIS_POINT, 0, 0), instrument))
        < LIMITS.min_liquidity
    )
    assert (
        spread(compute_book(100 * SCALE, Conditions(200 * BASIS_POINT, 0, 0), instrument)) > LIMITS.max_spread
    )


def test_conditions_are_those_of_the_newest_thirty_returns() -> None:
    calm = candles(*([100 * SCALE] * 31))
    wild = candles(*([100 * SCALE, 300 * SCALE] * 40))
    assert (
        compute_conditions(wild + calm, MINUTE_MS)
        == compute_conditions(calm, MINUTE_MS)
        == Conditions(0, 0, 0)
    )


def test_volatility_is_per_minute_and_turnover_too() -> None:
    bars = candles(100 * SCALE, 101 * SCALE, 100 * SCALE, 101 * SCALE, turnover=600 * SCALE)
    minute, hour = compute_conditions(bars, MINUTE_MS), compute_conditions(bars, HOUR_MS)
    assert 124 * BASIS_POINT < minute.volatility < 126 * BASIS_POINT
    assert minute.turnover == 600 * SCALE
    assert hour.turnover == 10 * SCALE
    assert abs(hour.volatility * hour.volatility * 60 - minute.volatility**2) < minute.volatility**2 // 10_000


def test_after_a_rise_bids_outweigh_asks_and_after_a_fall_the_other_way_round() -> None:
    rise = compute_conditions(candles(100 * SCALE, 99 * SCALE, 101 * SCALE), MINUTE_MS)
    fall = compute_conditions(candles(100 * SCALE, 101 * SCALE, 99 * SCALE), MINUTE_MS)
    assert fall.lean < 0 < rise.lean <= 30 * SCALE // 100
    book = compute_book(100 * SCALE, rise, instrument_of("SOL", 100 * SCALE))
    assert notional(book.bids) > notional(book.asks)


def test_one_bar_counts_as_standing_still() -> None:
    assert compute_conditions(candles(5 * SCALE, turnover=9), MINUTE_MS) == Conditions(0, 0, 0)
