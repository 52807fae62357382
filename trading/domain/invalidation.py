"""The condition under which a contestant says beforehand that its idea was wrong, watched between rounds."""

from dataclasses import dataclass
from typing import Final

from kernel.time import HOUR_MS, MINUTE_MS

TIMEFRAMES: Final = {
    "tick": 0,
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "1h": HOUR_MS,
    "4h": 4 * HOUR_MS,
}

METRICS: Final = ("price", "close", "held_minutes")
"""``price``: any price between rounds (timeframe 'tick'). ``close``: the last price of a finished bar of the
timeframe. ``held_minutes``: minutes since the position was opened (timeframe 'tick', comparison 'above')."""

COMPARISONS: Final = ("above", "below")


@dataclass(frozen=True, slots=True)
class Invalidation:
    """Close the position once ``metric`` on ``timeframe`` is above or below ``value`` (units of 1e-8)."""

    metric: str
    timeframe: str
    comparison: str
    value: int

    def __post_init__(self) -> None:
        """Refuse a condition that cannot be watched."""
        if self.metric not in METRICS or self.comparison not in COMPARISONS or self.value <= 0:
            raise ValueError(f"{self.metric} {self.comparison} {self.value} cannot be watched")
        if (self.timeframe == "tick") == (self.metric == "close") or self.timeframe not in TIMEFRAMES:
            raise ValueError(f"{self.metric} cannot be watched on {self.timeframe}")
        if self.metric == "held_minutes" and self.comparison != "above":
            raise ValueError("held_minutes only grows: compare with 'above'")
