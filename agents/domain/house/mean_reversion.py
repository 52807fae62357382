"""Mean reversion: beyond a Bollinger band with a stretched RSI, bet on the way back to the middle."""

from typing import Final

from agents.domain.house.brackets import MIN_STOP
from agents.domain.house.figures import show, show_price, to_price
from agents.domain.house.knobs import Knobs
from agents.domain.house.trader import Opinion, Signal, parts_in_play, signal_of
from kernel.units import SCALE
from trading.domain.market import SymbolSnapshot
from trading.domain.observation import Features, MarketView

STRETCHED: Final = 2 * SCALE
"""Deviations from the middle band at which the price counts as stretched: the band itself."""

LOW_RSI: Final = 35 * SCALE
HIGH_RSI: Final = 65 * SCALE
BASE_CONFIDENCE: Final = 66 * SCALE // 100
CONFIDENCE_PER_DEVIATION: Final = 10 * SCALE // 100
CONFIDENCE_PER_RSI: Final = SCALE // 200
MAX_CONFIDENCE: Final = 90 * SCALE // 100

_NEEDED: Final = ("bollinger_upper", "bollinger_middle", "rsi_14")
_SILENT: Final = Opinion(0, 0, 0, "", "")


def read_stretches(view: MarketView, knobs: Knobs) -> tuple[Signal, ...]:
    """Return every symbol's signal."""
    return tuple(
        signal_of(part, _opinion(part, view.features.get(part.symbol, {})), view, knobs)
        for part in parts_in_play(view)
    )


def _opinion(part: SymbolSnapshot, features: Features) -> Opinion:
    if not all(name in features for name in _NEEDED):
        return _SILENT
    middle, rsi = features["bollinger_middle"], features["rsi_14"]
    deviation = (features["bollinger_upper"] - middle) // 2
    if deviation <= 0:
        return _SILENT
    stretch = (part.mark - middle) * SCALE // deviation
    side = _side(part.mark, middle, stretch, rsi)
    price = f"price {show_price(part.mark)}, middle band {show_price(middle)}"
    return Opinion(
        side=side,
        confidence=_confidence(stretch, rsi),
        strength=abs(stretch),
        reason=(
            f"Stretched {show(stretch)} deviations from its mean: {price}, RSI {show(rsi)}. "
            "Such moves more often return to the mean than go on."
        ),
        invalidation=f"the price still stretched and RSI {'falling' if side > 0 else 'rising'}",
        leave_long=f"Back at the mean: {price}." if part.mark >= middle else "",
        leave_short=f"Back at the mean: {price}." if part.mark <= middle else "",
        target=to_price(middle),
    )


def _side(mark: int, middle: int, stretch: int, rsi: int) -> int:
    """Return the way back, 0 where nothing is stretched or the way is too short to pay its fees."""
    if abs(mark - middle) * SCALE < MIN_STOP * mark:
        return 0
    if stretch <= -STRETCHED and rsi < LOW_RSI:
        return 1
    return -1 if stretch >= STRETCHED and rsi > HIGH_RSI else 0


def _confidence(stretch: int, rsi: int) -> int:
    beyond = max(0, abs(stretch) - STRETCHED) * CONFIDENCE_PER_DEVIATION // SCALE
    depth = max(0, LOW_RSI - rsi, rsi - HIGH_RSI) * CONFIDENCE_PER_RSI // SCALE
    return min(BASE_CONFIDENCE + beyond + depth, MAX_CONFIDENCE)
