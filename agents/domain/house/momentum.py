"""Trend following: go along while three averages stand in order and MACD agrees; leave on the turn."""

from typing import Final

from agents.domain.house.figures import show, show_price
from agents.domain.house.knobs import Knobs
from agents.domain.house.trader import Opinion, Signal, parts_in_play, signal_of
from kernel.units import SCALE
from trading.domain.observation import Features, MarketView

BASE_CONFIDENCE: Final = 64 * SCALE // 100
CONFIDENCE_PER_ATR: Final = 4 * SCALE // 100
MAX_ATRS: Final = 5 * SCALE
MIN_ATRS: Final = SCALE // 2
"""Averages closer than half an ATR are noise, not a trend."""

PRESSURE_BONUS: Final = 3 * SCALE // 100

_NEEDED: Final = ("ema_9", "ema_20", "ema_50", "macd_histogram", "atr_14")
_SILENT: Final = Opinion(0, 0, 0, "", "")


def read_trends(view: MarketView, knobs: Knobs) -> tuple[Signal, ...]:
    """Return every symbol's signal."""
    return tuple(
        signal_of(part, _opinion(view.features.get(part.symbol, {})), view, knobs)
        for part in parts_in_play(view)
    )


def _opinion(features: Features) -> Opinion:
    if not all(name in features for name in _NEEDED) or features["atr_14"] <= 0:
        return _SILENT
    fast, middle, slow = features["ema_9"], features["ema_20"], features["ema_50"]
    averages = f"EMA9 {show_price(fast)}, EMA20 {show_price(middle)}, EMA50 {show_price(slow)}"
    atrs = abs(fast - slow) * SCALE // features["atr_14"]
    side = _side(features) if atrs >= MIN_ATRS else 0
    confidence = BASE_CONFIDENCE + min(atrs, MAX_ATRS) * CONFIDENCE_PER_ATR // SCALE
    confidence += side * features.get("book_pressure", 0) * PRESSURE_BONUS // SCALE
    direction = "rising" if side > 0 else "falling"
    return Opinion(
        side=side,
        confidence=confidence,
        strength=atrs,
        reason=(
            f"The trend is {direction}: {averages} stand in order, {show(atrs)} ATR apart, "
            f"and the MACD histogram {show(features['macd_histogram'], 4)} agrees."
        ),
        invalidation=f"EMA9 {'below' if side > 0 else 'above'} EMA20",
        leave_long=f"The trend has turned: {averages}; EMA9 is below EMA20." if fast < middle else "",
        leave_short=f"The trend has turned: {averages}; EMA9 is above EMA20." if fast > middle else "",
    )


def _side(features: Features) -> int:
    fast, middle, slow = features["ema_9"], features["ema_20"], features["ema_50"]
    histogram = features["macd_histogram"]
    if fast > middle > slow and histogram > 0:
        return 1
    return -1 if fast < middle < slow and histogram < 0 else 0
