"""What a venue said, checked and turned into integers; a ValueError or TypeError says what is wrong."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from kernel.time import MINUTE_MS, iso_utc
from kernel.units import MAX_UNITS, SCALE, Rounding, float_to_units, mul_div, round_to_step
from trading.adapters.listing import MIN_NOTIONAL, TAKER_FEE, instrument_of
from trading.domain.instruments import FUNDING_INTERVAL_MS, Instrument
from trading.domain.market import Candle, Level, OrderBook, SymbolTick

LEVELS: Final = 20

MAX_AGE_MS: Final = MINUTE_MS
"""Age above which a venue's answer is stale, and the lead a venue's clock may have over ours."""

MAX_JUMP: Final = 3
"""Ratio between two looks above which a price is taken for a mistake of the feed."""

MEMORY_MS: Final = 10 * MINUTE_MS
"""How long a price seen before is what the next one is measured against."""

_MAX_FEE: Final = SCALE // 100


def price_of(value: Any) -> int:
    """Return a positive price in units; refuses nothing, zero, negatives, NaN and infinity."""
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a price")
    units = float_to_units(value)
    if units <= 0:
        raise ValueError(f"{value!r} is not a price above zero")
    return units


def instrument_from(
    symbol: str,
    market: dict[str, Any],
    price: int,
    funding_interval_ms: int = FUNDING_INTERVAL_MS,
    *,
    in_base: bool = False,
) -> Instrument:
    """Return the instrument a venue lists; what it leaves out is filled as in the offline markets.

    No venue here tells its maintenance tiers without a key: they are those of the table in the program, with
    the leverage of each brought down to the venue's own limit. ``in_base``: quantities there are of the base
    asset; elsewhere a contract of another size is refused, for its books would be read wrongly.
    """
    if market.get("contractSize") not in {None, 1} and not in_base:
        raise ValueError(f"a contract there is {market['contractSize']} {symbol}, not 1")
    usual = instrument_of(symbol, price)
    limits, precision = market.get("limits") or {}, market.get("precision") or {}
    leverage = int((limits.get("leverage") or {}).get("max") or usual.max_leverage)
    lot = _units_or(precision.get("amount"), usual.lot)
    fee = _units_or(market.get("taker"), TAKER_FEE)
    if fee > _MAX_FEE:  # a venue table that says percent where the others say ratio
        fee = TAKER_FEE
    return Instrument(
        symbol=symbol,
        tick=_units_or(precision.get("price"), usual.tick),
        lot=lot,
        min_notional=_min_notional(limits, lot, price),
        taker_fee=fee,
        maker_fee=min(max(_units_or(market.get("maker"), usual.maker_fee), 0), fee),
        maintenance_rate=usual.maintenance_rate,
        max_leverage=leverage,
        tiers=tuple(tier._replace(max_leverage=min(tier.max_leverage, leverage)) for tier in usual.tiers),
        funding_interval_ms=funding_interval_ms,
    )


def _min_notional(limits: dict[str, Any], lot: int, price: int) -> int:
    """Return the smallest notional; where an order must have several lots, at least theirs at this price."""
    least = _units_or((limits.get("cost") or {}).get("min"), MIN_NOTIONAL)
    quantity = _units_or((limits.get("amount") or {}).get("min"), lot)
    return max(least, mul_div(quantity, price, SCALE, Rounding.UP)) if quantity > lot else least


def _units_or(value: Any, otherwise: int) -> int:
    return float_to_units(value) if isinstance(value, int | float) and value > 0 else otherwise


def book_from(answer: dict[str, Any], instrument: Instrument, now_ms: int) -> OrderBook:
    """Return an order book on tick and lot; refuses one that is stale, from the future, empty or crossed."""
    check_time(answer.get("timestamp"), now_ms)
    bids = _side(answer["bids"], instrument, Rounding.DOWN)
    asks = _side(answer["asks"], instrument, Rounding.UP)
    if not bids or not asks:
        raise ValueError("the order book has an empty side")
    if bids[0].price >= asks[0].price:
        raise ValueError("the order book is crossed")
    return OrderBook(bids, asks)


def _side(rows: Sequence[Sequence[Any]], instrument: Instrument, away: Rounding) -> tuple[Level, ...]:
    levels: list[Level] = []
    for row in rows[:LEVELS]:
        price = round_to_step(price_of(row[0]), instrument.tick, away)
        qty = round_to_step(float_to_units(row[1]), instrument.lot, Rounding.DOWN)
        better = levels and (price > levels[-1].price) is (away is Rounding.DOWN)
        if better and price != levels[-1].price:
            raise ValueError("the order book is not sorted")
        if qty > 0 and price > 0 and not (levels and price == levels[-1].price):
            levels.append(Level(price, qty))
    return tuple(levels)


def check_time(stamp: Any, now_ms: int) -> None:
    """Refuse an answer that is stale or from the future; one without a time passes."""
    if stamp is None:
        return
    if now_ms - stamp > MAX_AGE_MS:
        raise ValueError(f"the answer is stale: it is of {iso_utc(int(stamp))}")
    if stamp - now_ms > MAX_AGE_MS:
        raise ValueError(f"the answer is from the future: it is of {iso_utc(int(stamp))}")


def check_jump(price: int, reference: int) -> None:
    """Refuse a price that is more than three times, or less than a third of, what was seen before."""
    if price > MAX_JUMP * reference or reference > MAX_JUMP * price:
        raise ValueError(f"the price jumped from {reference / SCALE:g} to {price / SCALE:g}")


def moment_of(answer: dict[str, Any], now_ms: int) -> int:
    """Return when a venue says its answer was so, never later than now; now where it does not say."""
    stamp = answer.get("timestamp")
    return now_ms if stamp is None else min(int(stamp), now_ms)


def point_of(symbol: str, mark: int, book: OrderBook) -> SymbolTick:
    """Return one observation of a symbol: a mark, and how far its best prices lie apart."""
    spread = mul_div(book.asks[0].price - book.bids[0].price, SCALE, mark, Rounding.UP)
    return SymbolTick(symbol, mark, mark, mark, mark, spread)


class PriceMemory:
    """The prices seen last: what the next ones are measured against, for ten minutes."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}

    def check(self, symbol: str, price: int, now_ms: int) -> None:
        """Raise ValueError for a jump against the price seen last, and remember this one."""
        seen, at_ms = self._seen.get(symbol, (price, now_ms))
        if now_ms - at_ms <= MEMORY_MS:
            check_jump(price, seen)
        self._seen[symbol] = price, now_ms


def candles_from(rows: Sequence[Sequence[Any]], before_ms: int) -> list[Candle]:
    """Return the bars that closed at or before this moment, oldest first, each checked."""
    candles = [_candle(row) for row in rows if row[0] + MINUTE_MS <= before_ms]
    for earlier, later in pairwise(candles):
        if later.open_ms <= earlier.open_ms:
            raise ValueError(f"candles are out of order at {iso_utc(later.open_ms)}")
        check_jump(later.close, earlier.close)
    return candles


def _candle(row: Sequence[Any]) -> Candle:
    opened, high, low, close = (price_of(value) for value in row[1:5])
    if low > min(opened, close) or high < max(opened, close):
        raise ValueError(f"the candle of {iso_utc(int(row[0]))} is crossed")
    volume = _units_or(row[5], 0)
    turnover = min(mul_div(volume, close, SCALE, Rounding.DOWN), MAX_UNITS)
    return Candle(int(row[0]), opened, high, low, close, turnover)


def joined(known: Sequence[Candle], new: Sequence[Candle], count: int) -> tuple[Candle, ...]:
    """Return the newest ``count`` of both, on an even grid: a minute without trades holds the last close."""
    bars = {candle.open_ms: candle for candle in (*known, *new) if not candle.filled}
    if not bars:
        return ()
    last_ms = max(bars)
    first_ms = max(min(bars), last_ms - (count - 1) * MINUTE_MS)
    even: list[Candle] = []
    close = next(bars[moment].close for moment in sorted(bars) if moment >= first_ms)
    for moment in range(first_ms, last_ms + MINUTE_MS, MINUTE_MS):
        bar = bars.get(moment) or Candle(moment, close, close, close, close, 0, filled=True)
        close = bar.close
        even.append(bar)
    return tuple(even)
