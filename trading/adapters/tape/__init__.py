"""Recorded candles as a market: CSV, Binance public data, freqtrade feather, Parquet."""

from trading.adapters.tape.market import TapeMarket
from trading.adapters.tape.opening import open_tape

__all__ = ["TapeMarket", "open_tape"]
