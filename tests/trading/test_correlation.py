"""How alike two symbols move: exact, the same on every machine, and nothing where too little is known."""

import math

from hypothesis import given
from hypothesis import strategies as st

from kernel.units import SCALE
from tests.factories.orders import flat_book
from trading.domain.correlation import (
    BARS,
    MIN_RETURNS,
    STEP,
    bar_returns,
    correlation,
    correlations_of,
)
from trading.domain.market import Candle, SymbolSnapshot

MINUTE = 60_000


def _candles(closes: list[int], gaps: tuple[int, ...] = ()) -> tuple[Candle, ...]:
    return tuple(
        Candle(n * MINUTE, close, close, close, close, 0, n in gaps) for n, close in enumerate(closes)
    )


def _part(symbol: str, closes: list[int]) -> SymbolSnapshot:
    return SymbolSnapshot(symbol, closes[-1], flat_book(), _candles(closes), 0)


PATHS = st.lists(st.integers(10**6, 10**14), min_size=MIN_RETURNS + 1, max_size=60)


@given(closes=PATHS, data=st.data())
def test_it_is_pearson_s_correlation_of_the_returns(closes: list[int], data: st.DataObject) -> None:
    others = data.draw(st.lists(st.integers(10**6, 10**14), min_size=len(closes), max_size=len(closes)))
    xs, ys = (bar_returns(_candles(path)) for path in (closes, others))
    found = correlation(xs, ys)
    assert found == correlation(ys, xs)
    one, two = ([float(value) for value in returns.values()] for returns in (xs, ys))
    means = [math.fsum(path) / len(path) for path in (one, two)]
    spreads = [math.fsum((v - mean) ** 2 for v in path) for path, mean in zip((one, two), means, strict=True)]
    if found is None:
        assert len(set(xs.values())) == 1 or len(set(ys.values())) == 1
        return
    both = math.fsum((x - means[0]) * (y - means[1]) for x, y in zip(one, two, strict=True))
    assert abs(found / SCALE - both / math.sqrt(spreads[0] * spreads[1])) < 2e-4
    assert found % STEP == 0
    assert abs(found) <= SCALE


@given(closes=PATHS)
def test_a_symbol_moves_with_itself_and_against_its_mirror(closes: list[int]) -> None:
    moves = bar_returns(_candles(closes))
    mirrored = {time: -value for time, value in moves.items()}
    if len(set(moves.values())) > 1:
        assert correlation(moves, moves) == SCALE
        assert correlation(moves, mirrored) == -SCALE


def test_too_few_bars_and_a_price_that_stands_still_tell_nothing() -> None:
    moving = [10**10 + n * n * 10**6 for n in range(MIN_RETURNS + 1)]
    assert correlation(*[bar_returns(_candles(moving[:-1]))] * 2) is None
    assert correlation(bar_returns(_candles(moving)), bar_returns(_candles([10**10] * len(moving)))) is None


def test_bars_that_stand_in_for_gaps_do_not_count() -> None:
    closes = [10**10 + n * 10**7 for n in range(40)]
    found = bar_returns(_candles(closes, gaps=(7,)))
    assert 7 * MINUTE not in found
    assert 8 * MINUTE not in found
    assert len(found) == 37


def test_only_the_newest_bars_count_and_every_pair_is_named_both_ways() -> None:
    closes = [10**10 + (n * 7919 % 101) * 10**7 for n in range(3 * BARS)]
    other = [*[10**10 + n for n in range(2 * BARS - 1)], *closes[2 * BARS - 1 :]]
    found = correlations_of([_part("BTC", closes), _part("ETH", other), _part("SOL", [10**10] * 400)])
    assert found == {("BTC", "ETH"): SCALE, ("ETH", "BTC"): SCALE}
