"""What a contestant named as proof of its error is judged on the market's way, the same however it is cut."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.time import HOUR_MS, MINUTE_MS
from kernel.units import MAX_UNITS, SCALE
from tests.factories.orders import MARK, NOW_MS, btc_instrument, execution_at, open_position, span, usdt
from trading.domain.exits import Exit, compute_exit, exit_execution, first_exit
from trading.domain.invalidation import (
    COMPARISONS,
    TIMEFRAMES,
    Invalidation,
    decode_invalidation,
    describe_invalidation,
    encode_invalidation,
)
from trading.domain.market import Tick
from trading.domain.positions import Position, compute_effect
from trading.domain.spans import LastPrice, spans_of

BTC = btc_instrument()
OPENED_MS = NOW_MS // HOUR_MS * HOUR_MS
"""A full hour: every bar up to an hour ends so many minutes later."""


def price(comparison: str, value: float) -> Invalidation:
    """Return a watched price in USDT."""
    return Invalidation("price", "tick", comparison, usdt(value))


def bar_close(timeframe: str, comparison: str, value: float) -> Invalidation:
    """Return a watched close of a bar in USDT."""
    return Invalidation("close", timeframe, comparison, usdt(value))


def held_for(minutes: float) -> Invalidation:
    """Return a watched holding time."""
    return Invalidation("held_minutes", "tick", "above", usdt(minutes))


def watching(watch: Invalidation, side: int = 1, stop: float | None = None) -> Position:
    """Return a position at 50,000 with this condition, opened at a full hour."""
    stop_loss = None if stop is None else usdt(stop)
    return replace(open_position(side), watch=watch, stop_loss=stop_loss, opened_ms=OPENED_MS)


def ticks_at(*seen: tuple[float, float]) -> list[Tick]:
    """Return point observations: minutes since the opening and the price in USDT."""
    return [Tick(OPENED_MS + round(at * MINUTE_MS), "test", (span(value),)) for at, value in seen]


def fired_at(held: Position, *seen: tuple[float, float]) -> tuple[float, float] | None:
    """Return after how many minutes, and at which price, the position is invalidated."""
    found = first_exit(held, spans_of(ticks_at(*seen), {}).get("BTC", []), BTC)
    if found is None:
        return None
    assert found[0].kind == "invalidated"
    return (found[1] - OPENED_MS) / MINUTE_MS, found[0].price / SCALE


CONDITIONS = st.one_of(
    st.builds(
        Invalidation,
        st.just("price"),
        st.just("tick"),
        st.sampled_from(COMPARISONS),
        st.integers(1, MAX_UNITS),
    ),
    st.builds(
        Invalidation,
        st.just("close"),
        st.sampled_from(sorted(set(TIMEFRAMES) - {"tick"})),
        st.sampled_from(COMPARISONS),
        st.integers(1, MAX_UNITS),
    ),
    st.builds(
        Invalidation, st.just("held_minutes"), st.just("tick"), st.just("above"), st.integers(1, MAX_UNITS)
    ),
)


@given(watch=st.none() | CONDITIONS)
def test_a_condition_is_read_back_as_it_was_stored(watch: Invalidation | None) -> None:
    stored = encode_invalidation(watch)
    assert len(stored) <= 60
    assert decode_invalidation(stored) == watch


def test_the_stored_form_is_written_down() -> None:
    assert encode_invalidation(bar_close("1h", "below", 63_000)) == "close 1h below 6300000000000"
    assert encode_invalidation(None) == ""


@pytest.mark.parametrize(
    "text",
    [
        "close 1h below",
        "close 1h below 63000.5",
        "close 1h below 0",
        "close 1h below -5",
        "close 1h below \u0661",
        "close 2h below 5",
        "close tick below 5",
        "price 1h below 5",
        "held_minutes tick below 5",
        "volume tick below 5",
        "price tick under 5",
        f"price tick below {MAX_UNITS + 1}",
        " ",
    ],
)
def test_what_was_never_stored_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"watched|stored|grows"):
        decode_invalidation(text)


@pytest.mark.parametrize(
    ("watch", "words"),
    [
        (bar_close("1h", "below", 63_000), "1h close below 63000"),
        (price("above", 0.125), "price above 0.125"),
        (held_for(90), "held for more than 90 minutes"),
    ],
)
def test_a_condition_is_said_in_plain_words(watch: Invalidation, words: str) -> None:
    assert describe_invalidation(watch) == words


@pytest.mark.parametrize(
    ("side", "watch", "prices", "filled"),
    [
        (1, price("below", 49_000), (50_000, 50_500, 48_500, 50_000), 48_999.9),
        (1, price("above", 51_000), (50_000, 51_500, 49_500, 50_000), 51_000),
        (-1, price("above", 51_000), (50_000, 51_500, 49_500, 50_000), 51_000.1),
        (-1, price("below", 49_000), (50_000, 50_500, 48_500, 50_000), 49_000),
        (1, price("below", 49_000), (48_000, 50_500, 47_500, 50_000), 48_000),
        (-1, price("above", 51_000), (52_000, 52_500, 49_500, 50_000), 52_000),
    ],
)
def test_a_watched_price_fires_beyond_its_value_and_a_gap_fills_at_the_open(
    side: int, watch: Invalidation, prices: tuple[float, ...], filled: float
) -> None:
    held = watching(watch, side)
    assert compute_exit(held, span(*prices), BTC) == Exit(held, "invalidated", usdt(filled), False)


@pytest.mark.parametrize(
    ("watch", "prices"),
    [
        (price("below", 49_000), (50_000, 50_500, 49_000, 50_000)),
        (price("above", 51_000), (50_000, 51_000, 49_500, 50_000)),
        (price("below", 49_000), (49_000, 50_500, 49_000, 50_000)),
    ],
)
def test_a_price_exactly_at_the_value_proves_nothing_yet(
    watch: Invalidation, prices: tuple[float, ...]
) -> None:
    assert compute_exit(watching(watch), span(*prices), BTC) is None


@pytest.mark.parametrize(
    ("watch", "prices", "kind", "ambiguous"),
    [
        (price("below", 49_000), (50_000, 50_500, 47_000, 48_000), "invalidated", False),
        (price("below", 47_500), (50_000, 50_500, 47_000, 48_000), "stop_loss", False),
        (price("below", 48_000.1), (50_000, 50_500, 47_000, 48_000), "invalidated", False),
        (price("below", 48_000), (50_000, 50_500, 47_000, 48_000), "stop_loss", False),
        (price("below", 49_000), (47_500, 50_500, 47_000, 48_000), "stop_loss", False),
        (price("below", 49_000), (48_500, 50_500, 47_000, 48_000), "invalidated", False),
        (price("below", 49_000), (50_000, 54_000, 48_500, 48_600), "invalidated", True),
        (price("above", 51_000), (50_000, 54_000, 48_500, 48_600), "invalidated", False),
        (price("above", 51_000), (50_000, 51_500, 47_000, 48_000), "stop_loss", True),
        (price("above", 53_500), (50_000, 54_000, 48_500, 48_600), "take_profit", False),
        (price("above", 51_000), (53_500, 54_000, 48_500, 48_600), "take_profit", False),
        (price("below", 45_000), (44_900, 50_000, 44_000, 45_000), "liquidation", False),
        (price("below", 49_000), (50_000, 50_000, 40_000, 45_000), "invalidated", False),
    ],
)
def test_what_the_market_meets_first_on_its_way_from_the_open_fires(
    watch: Invalidation, prices: tuple[float, ...], kind: str, *, ambiguous: bool
) -> None:
    held = replace(watching(watch, stop=48_000), take_profit=usdt(53_000))
    found = compute_exit(held, span(*prices), BTC)
    assert found is not None
    assert (found.kind, found.ambiguous) == (kind, ambiguous)


def test_an_invalidation_fills_half_a_spread_worse_than_its_trigger() -> None:
    prices = span(50_000, 50_500, 48_500, 50_000, spread=SCALE // 1000)
    found = compute_exit(watching(price("below", 49_000)), prices, BTC)
    assert found is not None
    assert found.price == usdt(48_975.4)


def test_a_close_fires_only_at_the_end_of_its_bar() -> None:
    held = watching(bar_close("15m", "below", 49_000))
    assert fired_at(held, (14, 48_000), (14.9, 48_500)) is None
    assert fired_at(held, (14, 48_000), (15, 49_500), (16, 48_000)) is None
    assert fired_at(held, (14, 50_000), (15, 48_900)) == (15, 48_900)


def test_a_close_between_two_ticks_is_known_at_the_later_one() -> None:
    held = watching(bar_close("15m", "below", 49_000))
    assert fired_at(held, (14.5, 48_900), (15.5, 49_800), (16, 48_000)) == (15.5, 49_800)
    assert fired_at(held, (14.5, 49_100), (15.5, 48_000), (16, 48_000)) is None


def test_a_close_exactly_at_the_value_proves_nothing_yet() -> None:
    assert fired_at(watching(bar_close("1m", "below", 49_000)), (1, 49_000), (2, 49_000)) is None


@pytest.mark.parametrize("timeframe", sorted(set(TIMEFRAMES) - {"tick"}))
def test_every_timeframe_ends_its_bars_at_its_multiples(timeframe: str) -> None:
    held = replace(watching(bar_close(timeframe, "above", 51_000)), opened_ms=0)
    bar = TIMEFRAMES[timeframe]
    seen = [Tick(at, "test", (span(51_500),)) for at in (bar - 1, bar)]
    assert first_exit(held, spans_of(seen[:1], {})["BTC"], BTC) is None
    found = first_exit(held, spans_of(seen, {})["BTC"], BTC)
    assert found is not None
    assert found[1] == bar


def test_a_silence_over_several_bars_closes_them_at_the_last_price() -> None:
    held = watching(bar_close("5m", "below", 49_000))
    assert fired_at(held, (4, 48_000), (27, 50_000)) == (27, 50_000)


def test_a_bar_is_not_judged_twice() -> None:
    held = watching(bar_close("5m", "below", 49_000))
    before = {"BTC": LastPrice(OPENED_MS + 5 * MINUTE_MS, usdt(48_000))}
    assert first_exit(held, spans_of(ticks_at((6, 48_000)), before)["BTC"], BTC) is None


def test_prices_from_before_the_position_are_never_judged() -> None:
    for watch in (price("below", 49_000), bar_close("1m", "below", 49_000), held_for(0.001)):
        assert fired_at(watching(watch), (-2, 48_000), (-1, 48_000), (0, 48_000)) is None
    assert fired_at(watching(bar_close("1m", "below", 49_000)), (-0.5, 48_000), (1.5, 50_000)) is None
    assert fired_at(watching(bar_close("1m", "below", 49_000)), (0, 48_000), (1.5, 50_000)) is None


def test_a_holding_time_fires_at_the_first_tick_after_it() -> None:
    held = watching(held_for(30))
    assert fired_at(held, (29, 50_000), (30, 50_100)) is None
    assert fired_at(held, (29, 50_000), (30, 50_100), (30.1, 50_200), (31, 50_300)) == (30.1, 50_200)


def test_what_the_venue_holds_fires_before_a_close_of_the_same_span() -> None:
    held = watching(bar_close("1m", "below", 49_000), stop=48_000)
    found = first_exit(held, spans_of(ticks_at((1, 47_000)), {})["BTC"], BTC)
    assert found is not None
    assert found[0].kind == "stop_loss"


def test_a_watched_close_fills_half_a_spread_worse_than_the_span_s_close() -> None:
    tick = Tick(OPENED_MS + MINUTE_MS, "test", (span(50_000, 50_000, 47_000, 48_000, spread=SCALE // 100),))
    found = first_exit(watching(bar_close("1m", "below", 49_000)), spans_of([tick], {})["BTC"], BTC)
    assert found is not None
    assert found[0].price == usdt(47_760)


def test_an_invalidation_closes_the_whole_position_and_drops_what_it_watched() -> None:
    held = watching(price("below", 49_000))
    found = compute_exit(held, span(48_000), BTC)
    assert found is not None
    execution = exit_execution(found, BTC, 123)
    effect = compute_effect(held, execution, 2)
    assert (execution.kind, execution.qty, execution.watch) == ("invalidated", held.qty, None)
    assert effect.closed
    assert effect.after is None


def test_an_addition_replaces_the_watched_condition_only_if_it_names_one() -> None:
    first, second = price("below", 49_000), price("below", 49_500)
    opened = compute_effect(None, replace(execution_at(MARK), watch=first), 1).after
    assert opened is not None
    assert opened.watch == first
    kept = compute_effect(opened, execution_at(MARK), 1).after
    named = compute_effect(opened, replace(execution_at(MARK), watch=second), 1).after
    part = compute_effect(opened, execution_at(MARK, -1, SCALE // 2), 1).after
    assert [held and held.watch for held in (kept, named, part)] == [first, second, first]
