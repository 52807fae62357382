"""Order books by a published formula, for markets that record candles only (docs/algorithms/market.md).

Everything is computed from closed bars and the price of the moment, so a book never knows the future.
Prices and notionals are units of 1e-8, ratios likewise; all arithmetic is in integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isqrt
from typing import Final

from kernel.time import MINUTE_MS
from kernel.units import BASIS_POINT, SCALE, Rounding, mul_div, round_to_step
from trading.domain.instruments import Instrument
from trading.domain.market import Candle, Level, OrderBook

DEVIATION_OF_MEAN_ABSOLUTE: Final = 125_331_414
"""Square root of pi / 2: standard deviation over mean absolute value of a normal distribution."""


@dataclass(frozen=True, slots=True)
class BookShape:
    """The constants of the formula; ratios and notionals at 1e-8."""

    levels: int = 20
    window: int = 30
    """Closed bars that volatility and turnover are measured on."""
    base_spread: int = BASIS_POINT
    """Full spread of a market that stands still."""
    spread_per_volatility: int = SCALE // 4
    """Part of the one-minute volatility that is added to the full spread."""
    base_step: int = 2 * BASIS_POINT
    """Distance between levels of a market that stands still."""
    step_per_volatility: int = SCALE // 10
    depth_minutes: int = 2
    """Resting notional a side, in minutes of mean turnover."""
    calm_volatility: int = 10 * BASIS_POINT
    """One-minute volatility at which half of the resting notional has gone."""
    max_lean: int = 30 * SCALE // 100
    """Largest part of one side's notional that a move of three deviations shifts to the other."""


STANDARD_SHAPE: Final = BookShape()

ASSUMED_DEPTH: Final = {"BTC": 1_000_000 * SCALE, "ETH": 1_000_000 * SCALE}
"""USDT a side where the source does not record turnover."""

ASSUMED_DEPTH_OTHERS: Final = 250_000 * SCALE


@dataclass(frozen=True, slots=True)
class Conditions:
    """What recent closed bars say about a market.

    ``volatility`` is the deviation of one-minute returns, ``turnover`` the mean USDT a minute (0 where
    unknown), ``lean`` the ratio by which bids outweigh asks after a rise (negative after a fall).
    """

    volatility: int
    turnover: int
    lean: int


def compute_conditions(
    candles: Sequence[Candle], bar_ms: int, shape: BookShape = STANDARD_SHAPE
) -> Conditions:
    """Return the conditions after the newest of these closed bars; a single bar counts as standing still."""
    recent = candles[-shape.window - 1 :]
    returns = [mul_div(b.close - a.close, SCALE, a.close, Rounding.DOWN) for a, b in pairwise(recent)]
    if not returns:
        return Conditions(volatility=0, turnover=0, lean=0)
    mean_absolute = sum(map(abs, returns)) // len(returns)
    deviation = mul_div(mean_absolute, DEVIATION_OF_MEAN_ABSOLUTE, SCALE, Rounding.DOWN)
    per_minute = isqrt(MINUTE_MS * SCALE * SCALE // bar_ms)
    turnover = sum(candle.turnover for candle in recent) * MINUTE_MS // (len(recent) * bar_ms)
    return Conditions(
        volatility=mul_div(deviation, per_minute, SCALE, Rounding.DOWN),
        turnover=turnover,
        lean=_lean(returns[-1], deviation, shape),
    )


def _lean(last_return: int, deviation: int, shape: BookShape) -> int:
    if deviation == 0:
        return 0
    lean = mul_div(last_return, shape.max_lean, 3 * deviation, Rounding.DOWN)
    return max(-shape.max_lean, min(shape.max_lean, lean))


def compute_spread(
    price: int, conditions: Conditions, instrument: Instrument, shape: BookShape = STANDARD_SHAPE
) -> int:
    """Return the full bid-ask spread of the formula's book as a ratio of the price."""
    half = _half_spread(conditions, shape)
    ask = _price_at(price, half, 1, instrument.tick)
    bid = max(_price_at(price, half, -1, instrument.tick), 0)
    return mul_div(ask - bid, SCALE, price, Rounding.UP)


def compute_book(
    price: int, conditions: Conditions, instrument: Instrument, shape: BookShape = STANDARD_SHAPE
) -> OrderBook:
    """Return the book around a price: on tick, on lot, uncrossed, best first.

    Levels that would stand at or below zero are left out. Raises ValueError for a price under two ticks.
    """
    if price < 2 * instrument.tick:
        raise ValueError(f"{instrument.symbol}: a price under two ticks has no book")
    depth = _depth(conditions, instrument.symbol, shape)
    lean = conditions.lean
    bids = _side(price, conditions, instrument, shape, (-1, depth * (SCALE + lean) // SCALE))
    asks = _side(price, conditions, instrument, shape, (1, depth * (SCALE - lean) // SCALE))
    return OrderBook(bids=bids, asks=asks)


def _half_spread(conditions: Conditions, shape: BookShape) -> int:
    return (shape.base_spread + conditions.volatility * shape.spread_per_volatility // SCALE) // 2


def _depth(conditions: Conditions, symbol: str, shape: BookShape) -> int:
    """Return the resting notional a side before the lean."""
    calm = conditions.turnover * shape.depth_minutes or ASSUMED_DEPTH.get(symbol, ASSUMED_DEPTH_OTHERS)
    nervous = shape.calm_volatility + conditions.volatility
    return mul_div(calm, shape.calm_volatility, nervous, Rounding.DOWN)


def _price_at(price: int, distance: int, direction: int, tick: int) -> int:
    """Return the price at this ratio away, moved on to the tick further away."""
    away = Rounding.UP if direction > 0 else Rounding.DOWN
    return round_to_step(mul_div(price, SCALE + direction * distance, SCALE, away), tick, away)


def _side(
    price: int,
    conditions: Conditions,
    instrument: Instrument,
    shape: BookShape,
    side: tuple[int, int],
) -> tuple[Level, ...]:
    """Return one side; ``side`` is its direction (1 asks, -1 bids) and its notional.

    Level k (from 1) holds k parts of the notional: books are thin at the touch and thicken behind it.
    """
    direction, depth = side
    tick, lot = instrument.tick, instrument.lot
    part = depth * 2 // (shape.levels * (shape.levels + 1))
    step = shape.base_step + conditions.volatility * shape.step_per_volatility // SCALE
    distance = _half_spread(conditions, shape)
    at = _price_at(price, distance, direction, tick)
    levels: list[Level] = []
    for rank in range(1, shape.levels + 1):
        if at <= 0:
            break
        qty = part * rank * SCALE // at // lot * lot
        levels.append(Level(at, max(qty, lot)))
        distance += step
        farther = _price_at(price, distance, direction, tick)
        at = max(farther, at + tick) if direction > 0 else min(farther, at - tick)
    return tuple(levels)
