"""However settlement cuts the time into pieces, the same exit fires at the same moment."""

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kernel.time import HOUR_MS, MINUTE_MS
from kernel.units import SCALE
from tests.factories.orders import MARK, NOW_MS, btc_instrument, open_position
from trading.domain.exits import Exit, first_exit
from trading.domain.invalidation import COMPARISONS, Invalidation
from trading.domain.market import SymbolTick, Tick
from trading.domain.positions import Position
from trading.domain.spans import LastPrice, spans_of

BTC = btc_instrument()
OPENED_MS = NOW_MS // HOUR_MS * HOUR_MS

WAYS = st.lists(
    st.tuples(
        st.integers(1, 6 * MINUTE_MS),
        st.integers(MARK * 49 // 50, MARK * 51 // 50),
        st.integers(0, MARK // 50),
        st.integers(0, MARK // 50),
        st.integers(MARK * 49 // 50, MARK * 51 // 50),
        st.sampled_from([("BTC",), ("BTC",), ("BTC", "ETH"), ("ETH",)]),
    ),
    min_size=1,
    max_size=40,
)
NEAR = st.integers(MARK * 48 // 50, MARK * 52 // 50)
WATCHES = st.one_of(
    st.builds(Invalidation, st.just("price"), st.just("tick"), st.sampled_from(COMPARISONS), NEAR),
    st.builds(
        Invalidation,
        st.just("close"),
        st.sampled_from(["1m", "3m", "5m", "15m", "1h"]),
        st.sampled_from(COMPARISONS),
        NEAR,
    ),
    st.builds(
        Invalidation,
        st.just("held_minutes"),
        st.just("tick"),
        st.just("above"),
        st.integers(1, 60 * SCALE),
    ),
)


def _ticks_of(ways: list[tuple[int, int, int, int, int, tuple[str, ...]]]) -> list[Tick]:
    ticks, at = [], OPENED_MS - 10 * MINUTE_MS
    for wait, opened, up, down, closed, symbols in ways:
        at += wait
        high, low = max(opened, closed) + up, min(opened, closed) - down
        ticks.append(Tick(at, "", tuple(SymbolTick(s, opened, high, low, closed, 100) for s in symbols)))
    return ticks


@given(
    ways=WAYS,
    watch=WATCHES,
    side=st.sampled_from([1, -1]),
    stop=st.none() | NEAR,
    cuts=st.sets(st.integers(1, 39)),
)
def test_any_way_of_cutting_the_time_into_pieces_ends_the_same(
    ways: list[tuple[int, int, int, int, int, tuple[str, ...]]],
    watch: Invalidation,
    side: int,
    stop: int | None,
    cuts: set[int],
) -> None:
    held = replace(open_position(side), watch=watch, stop_loss=stop, opened_ms=OPENED_MS)
    ticks = _ticks_of(ways)
    at_once = first_exit(held, spans_of(ticks, {}).get("BTC", []), BTC)
    assert _in_pieces(held, ticks, {cut for cut in cuts if cut < len(ticks)}) == at_once
    assert _in_pieces(held, ticks, set(range(len(ticks)))) == at_once


def _in_pieces(held: Position, ticks: list[Tick], cuts: set[int]) -> tuple[Exit, int] | None:
    """Return what fires if settlement stops at these ticks, with what it then finds in the database."""
    for start, end in itertools.pairwise(sorted({0, *cuts, len(ticks)})):
        seen = [(tick.market_ms, part) for tick in ticks[:start] for part in tick.symbols]
        before = {part.symbol: LastPrice(market_ms, part.close, part.spread) for market_ms, part in seen}
        found = first_exit(held, spans_of(ticks[start:end], before).get("BTC", []), BTC)
        if found is not None:
            return found
    return None
