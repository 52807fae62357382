"""The figures that a strategy may name, their units and their words."""

from typing import Final

from agents.domain.house.figures import show, show_price
from trading.domain.feature_units import FEATURE_UNITS

MARKET_UNITS: Final = {"mark": "price", "funding_rate": "ratio", **FEATURE_UNITS}
"""What one snapshot tells of a symbol, each with its unit."""

POSITION_UNITS: Final = {"unrealised_pct": "percent", "held_minutes": "minutes"}
"""What an open position tells: profit or loss in percent of its margin, and how long it is held."""

UNITS: Final = {**MARKET_UNITS, **POSITION_UNITS}

UNIT_WORDS: Final = {
    "price": "USDT",
    "percent": "percent: 1 is 1 %",
    "ratio": "a fraction: 0.01 is 1 %",
    "index": "0 to 100",
    "sign": "-1, 0 or 1",
    "usdt": "USDT",
    "minutes": "minutes",
}

WORDS: Final = {
    "mark": "price",
    "funding_rate": "funding rate",
    "stat_change_abs": "change over three minutes",
    "stat_change_pct": "change over three minutes",
    "stat_high": "three-minute high",
    "stat_low": "three-minute low",
    "stat_volatility": "three-minute range",
    "stat_trend": "three-minute trend",
    "rsi_14": "RSI (14)",
    "macd": "MACD",
    "macd_signal": "MACD signal",
    "macd_histogram": "MACD histogram",
    "kdj_k": "KDJ K",
    "kdj_d": "KDJ D",
    "kdj_j": "KDJ J",
    "bollinger_upper": "upper Bollinger band",
    "bollinger_middle": "middle Bollinger band",
    "bollinger_lower": "lower Bollinger band",
    "sma_5": "SMA 5",
    "sma_20": "SMA 20",
    "ema_9": "EMA 9",
    "ema_20": "EMA 20",
    "ema_50": "EMA 50",
    "ema_200": "EMA 200",
    "atr_14": "ATR (14)",
    "realised_vol_30": "volatility of 30 bars",
    "book_spread": "spread",
    "book_bid_depth": "depth of the bids",
    "book_ask_depth": "depth of the asks",
    "book_bid_ratio": "share of the bids",
    "book_pressure": "pressure of the book",
    "unrealised_pct": "profit on margin",
    "held_minutes": "time held",
}
"""A name in words, as explanations and reasons show it."""

_DECIMALS: Final = {"index": 1, "percent": 2, "sign": 0, "usdt": 0, "minutes": 0}


def show_figure(name: str, figure: int) -> str:
    """Return a figure as text, cut to the digits that its unit deserves."""
    unit = UNITS[name]
    if unit == "price":
        return f"-{show_price(-figure)}" if figure < 0 else show_price(figure)
    if unit == "ratio":
        return f"{show(figure * 100, 4)} %"
    return show(figure, _DECIMALS[unit]) + _SUFFIXES.get(unit, "")


_SUFFIXES: Final = {"percent": " %", "usdt": " USDT", "minutes": " min"}
