"""The scoring engine: two scores a symbol, and the larger one acts.

Points: RSI below 30 buys 2, above 70 sells 2. MACD above zero buys 1.5, else sells 1.5. A price at or
beyond a Bollinger band buys (lower) or sells (upper) 1.5. MA5 above MA20 buys 1, below sells 1, and half a
point more on the bar of the cross. Confidence is one half plus half the lead over the most points one side
can have; volatility takes off up to 15 points of a hundred (docs/algorithms/house-agents.md).
"""

from dataclasses import dataclass
from typing import Final

from agents.domain.house.figures import show, show_percent, show_price
from agents.domain.house.knobs import Knobs
from agents.domain.house.trader import Opinion, Signal, parts_in_play, signal_of
from kernel.units import SCALE
from trading.domain.market import Candle, SymbolSnapshot
from trading.domain.observation import Features, MarketView

MIN_PRICES: Final = 50
RSI_POINTS: Final = 200
MACD_POINTS: Final = 150
BAND_POINTS: Final = 150
AVERAGE_POINTS: Final = 100
CROSS_POINTS: Final = 50
MOST_POINTS: Final = RSI_POINTS + MACD_POINTS + BAND_POINTS + AVERAGE_POINTS + CROSS_POINTS
"""All points are hundredths."""

OVERSOLD: Final = 30 * SCALE
OVERBOUGHT: Final = 70 * SCALE
VOLATILITY_WEIGHT: Final = 5
MAX_PENALTY: Final = 15 * SCALE // 100

_NEEDED: Final = (
    "rsi_14",
    "macd",
    "bollinger_upper",
    "bollinger_lower",
    "sma_5",
    "sma_20",
    "realised_vol_30",
)
_SILENT: Final = Opinion(0, 0, 0, "", "")


@dataclass(frozen=True, slots=True)
class Point:
    """One finding: points are positive for buying, negative for selling; the words hold the figures."""

    points: int
    words: str


def read_scores(view: MarketView, knobs: Knobs) -> tuple[Signal, ...]:
    """Return every symbol's signal; a symbol with fewer than 50 prices has none."""
    return tuple(
        signal_of(part, _opinion(part, view.features.get(part.symbol, {}), knobs), view, knobs)
        for part in parts_in_play(view)
    )


def _opinion(part: SymbolSnapshot, features: Features, knobs: Knobs) -> Opinion:
    if len(part.candles) < MIN_PRICES or not all(name in features for name in _NEEDED):
        return _SILENT
    findings = score_findings(part, features)
    buy = sum(finding.points for finding in findings if finding.points > 0)
    sell = -sum(finding.points for finding in findings if finding.points < 0)
    side = (buy > sell) - (buy < sell)
    penalty = min(features["realised_vol_30"] * VOLATILITY_WEIGHT, MAX_PENALTY)
    confidence = max(0, (SCALE + abs(buy - sell) * SCALE // MOST_POINTS) // 2 - penalty)
    scores = f"Buy score {_points(buy)}, sell score {_points(sell)}"
    words = ", ".join(finding.words for finding in findings)
    volatility = f"volatility {show_percent(features['realised_vol_30'])} a bar"
    lead = knobs["close_lead"]
    return Opinion(
        side=side,
        confidence=confidence,
        strength=abs(features["macd"]) * SCALE // part.mark,
        reason=f"{scores}: {words}; {volatility}.",
        invalidation=f"the {'sell' if side > 0 else 'buy'} score {_points(lead)} ahead",
        leave_long=f"{scores}: the sell score wins. {_sentence(words)}" if sell - buy >= lead else "",
        leave_short=f"{scores}: the buy score wins. {_sentence(words)}" if buy - sell >= lead else "",
    )


def score_findings(part: SymbolSnapshot, features: Features) -> tuple[Point, ...]:
    """Return the findings that count, each with its points: a neutral RSI, for one, counts nothing."""
    findings = (
        _rsi_point(features["rsi_14"]),
        _macd_point(features["macd"]),
        _band_point(part.mark, features),
        _average_point(features, part.candles),
    )
    return tuple(finding for finding in findings if finding.points)


def _rsi_point(rsi: int) -> Point:
    if rsi < OVERSOLD:
        return Point(RSI_POINTS, f"RSI {show(rsi)} below 30")
    if rsi > OVERBOUGHT:
        return Point(-RSI_POINTS, f"RSI {show(rsi)} above 70")
    return Point(0, "")


def _macd_point(macd: int) -> Point:
    if macd > 0:
        return Point(MACD_POINTS, f"MACD {show(macd, 4)} above zero")
    return Point(-MACD_POINTS, f"MACD {show(macd, 4)} not above zero")


def _band_point(price: int, features: Features) -> Point:
    upper, lower = features["bollinger_upper"], features["bollinger_lower"]
    if price <= lower:
        return Point(BAND_POINTS, f"price {show_price(price)} at the lower band {show_price(lower)}")
    if price >= upper:
        return Point(-BAND_POINTS, f"price {show_price(price)} at the upper band {show_price(upper)}")
    return Point(0, "")


def _average_point(features: Features, candles: tuple[Candle, ...]) -> Point:
    fast, slow = features["sma_5"], features["sma_20"]
    side = (fast > slow) - (fast < slow)
    crossed = side * _averages_lead(candles[:-1]) < 0
    words = f"MA5 {show_price(fast)} {'above' if side > 0 else 'below'} MA20 {show_price(slow)}"
    points = AVERAGE_POINTS + (CROSS_POINTS if crossed else 0)
    return Point(side * points, f"{words}, just crossed" if crossed else words)


def _averages_lead(candles: tuple[Candle, ...]) -> int:
    """Return the sign of MA5 - MA20, without a division: 4 x the sum of five against the sum of twenty."""
    closes = [candle.close for candle in candles[-20:]]
    return 4 * sum(closes[-5:]) - sum(closes)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _points(hundredths: int) -> str:
    return show(hundredths * SCALE // 100, 2)
