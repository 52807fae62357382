"""Observations as a language model meets them: usual instruments, a season of memory."""

from dataclasses import replace
from typing import Any, Final

from agents.domain.llm.prompt import Prompt, render_account, render_market, render_system
from kernel.ids import derive_seed
from kernel.time import MINUTE_MS
from kernel.units import BASIS_POINT, SCALE
from tests.factories.observations import (
    NO_FIELD,
    NOW_MS,
    START_PRICES,
    walk_observation,
    walk_part,
    walk_position,
)
from trading.domain.features import compute_features
from trading.domain.instruments import Instrument
from trading.domain.invalidation import Invalidation
from trading.domain.market import Level, MarketSnapshot, OrderBook, SymbolSnapshot
from trading.domain.observation import MarketView, Memory, Observation, OwnRecord, PastTrade, Thesis
from trading.domain.rules import PROFILES, RuleBook

FROM_ASTER: Final = {"XRP": 180, "DOGE": 13, "LTC": 7_900}
"""Hundredths of ASTER's price, of whose walk these are copies."""

PRICES: Final = {**START_PRICES, **{symbol: 1.2 * part / 100 for symbol, part in FROM_ASTER.items()}}
SYMBOLS: Final = tuple(PRICES)
TICKS: Final = {"BTC": 0.1, "ETH": 0.01, "SOL": 0.01, "BNB": 0.01, "XRP": 0.0001, "LTC": 0.01}
FINEST_TICK: Final = 0.00001


def usual_instrument(symbol: str) -> Instrument:
    """Return an instrument with the tick of a large venue."""
    tick = round(TICKS.get(symbol, FINEST_TICK) * SCALE)
    lot = SCALE // 1000 if PRICES[symbol] > 1_000 else SCALE // 10
    return Instrument(symbol, tick, lot, 5 * SCALE, 5 * BASIS_POINT, 2 * BASIS_POINT, 500_000, 100)


def _scaled(part: SymbolSnapshot, symbol: str, hundredths: int) -> SymbolSnapshot:
    """Return a market at so many hundredths of the prices, under another name."""
    candles = tuple(
        bar._replace(
            open=bar.open * hundredths // 100,
            high=bar.high * hundredths // 100,
            low=bar.low * hundredths // 100,
            close=bar.close * hundredths // 100,
        )
        for bar in part.candles
    )
    bids, asks = (
        tuple(Level(level.price * hundredths // 100, level.qty * 100 // hundredths) for level in side)
        for side in (part.book.bids, part.book.asks)
    )
    return SymbolSnapshot(symbol, part.mark * hundredths // 100, OrderBook(bids, asks), candles, NOW_MS)


def prompt_part(symbol: str, bars: int = 240) -> SymbolSnapshot:
    """Return one symbol's market."""
    seed = derive_seed("prompt", symbol) % 1000
    if symbol in START_PRICES:
        return walk_part(seed, symbol, bars)
    return _scaled(walk_part(seed, "ASTER", bars), symbol, FROM_ASTER[symbol])


def prompt_view(count: int = 8, *, bars: int = 240, rules: RuleBook | None = None) -> MarketView:
    """Return a market of the first ``count`` symbols with four hours of one-minute bars."""
    symbols = SYMBOLS[:count]
    snapshot = MarketSnapshot(
        NOW_MS, "walk", MINUTE_MS, tuple(prompt_part(symbol, bars) for symbol in symbols)
    )
    book = rules or RuleBook(symbols=symbols)
    instruments = {symbol: usual_instrument(symbol) for symbol in symbols}
    return MarketView(snapshot, "0" * 64, compute_features(snapshot), book, 9_444_444, NO_FIELD, instruments)


def own_record(**changes: Any) -> OwnRecord:
    """Return a contestant's line of the board."""
    known: dict[str, Any] = {
        "rank": 3,
        "contestants": 12,
        "net": 1_234_567,
        "gross": 1_734_567,
        "costs": 500_000,
        "max_drawdown": 2_345_678,
        "trades": 9,
        "wins": 5,
        "orders": 21,
        "peak_equity": 10_240 * SCALE,
        "day_start_equity": 10_080 * SCALE,
        "opens_last_hour": 1,
        "opens_last_day": 7,
        "profile": PROFILES["moderate"],
    }
    return OwnRecord(**{**known, **changes})


def thesis_of(symbol: str, **changes: Any) -> Thesis:
    """Return why a position was opened."""
    words = "Price holds above both averages and momentum turns up; the target is the last high."
    watch = Invalidation("close", "15m", "below", round(PRICES[symbol] * 0.97) * SCALE or SCALE)
    found = Thesis(symbol, NOW_MS - 90 * MINUTE_MS, 7 * SCALE // 10, words, "a close below support", watch)
    return found._replace(**changes)


def past_trade(number: int, **changes: Any) -> PastTrade:
    """Return a closed trade; every third was stopped between rounds."""
    opened_ms = NOW_MS - (number + 2) * 60 * MINUTE_MS
    pnl, kind = (-12 * SCALE, "stop_loss") if number % 3 == 0 else (9 * SCALE, "decision")
    found = PastTrade("ETH", 1, opened_ms, opened_ms + 45 * MINUTE_MS, pnl, 2 * SCALE, kind)
    return found._replace(**changes)


def prompt_memory(**changes: Any) -> Memory:
    """Return two theses, ten trades and a record."""
    theses = (thesis_of("BTC"), thesis_of("ETH"))
    found = Memory(theses, tuple(past_trade(number) for number in range(10)), own_record())
    return replace(found, **changes)


def prompt_observation(view: MarketView | None = None, memory: Memory | None = None) -> Observation:
    """Return what a contestant with two positions sees."""
    shown = view or prompt_view()
    sides = {"BTC": 1, "ETH": -1}
    held = [walk_position(shown, symbol, sides[symbol]) for symbol in sides if symbol in shown.marks]
    return replace(walk_observation(shown, *held), memory=memory or prompt_memory())


def prompt_of(observation: Observation, custom: str = "") -> Prompt:
    """Return the whole question."""
    view = observation.market
    return Prompt(render_system(view, custom), render_market(view), render_account(observation))
