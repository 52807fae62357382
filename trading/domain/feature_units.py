"""The names and units of the features: apart from their arithmetic, so that naming one loads no numpy."""

from typing import Final

FEATURE_UNITS: Final = {
    "stat_change_abs": "price",
    "stat_change_pct": "percent",
    "stat_high": "price",
    "stat_low": "price",
    "stat_volatility": "ratio",
    "stat_trend": "sign",
    "rsi_14": "index",
    "macd": "price",
    "macd_signal": "price",
    "macd_histogram": "price",
    "kdj_k": "index",
    "kdj_d": "index",
    "kdj_j": "index",
    "bollinger_upper": "price",
    "bollinger_middle": "price",
    "bollinger_lower": "price",
    "sma_5": "price",
    "sma_20": "price",
    "ema_9": "price",
    "ema_20": "price",
    "ema_50": "price",
    "ema_200": "price",
    "atr_14": "price",
    "realised_vol_30": "ratio",
    "book_spread": "ratio",
    "book_bid_depth": "usdt",
    "book_ask_depth": "usdt",
    "book_bid_ratio": "ratio",
    "book_pressure": "sign",
}
"""Names and units. 'index' runs from 0 to 100 (J may leave it), 'sign' is -1, 0 or 1; all at 1e-8."""
