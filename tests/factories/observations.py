"""Random-walk markets with bars, books and features, and what one contestant sees of them."""

import random
from collections.abc import Sequence

from kernel.time import MINUTE_MS
from kernel.units import SCALE
from trading.domain.features import compute_features
from trading.domain.instruments import Instrument
from trading.domain.market import Candle, Level, MarketSnapshot, OrderBook, SymbolSnapshot
from trading.domain.observation import FieldStats, MarketView, Observation
from trading.domain.positions import Portfolio, Position, notional_of
from trading.domain.rules import RuleBook

NOW_MS = 1_700_000_040_000
START_PRICES = {"BTC": 64_000.0, "ETH": 3_100.0, "SOL": 150.0, "BNB": 580.0, "ASTER": 1.2}
NO_FIELD = FieldStats(0, 0, 0, 0)


def walk_instrument(symbol: str) -> Instrument:
    """Return an instrument with fine steps: tick 1e-6, lot 1e-6, minimum 5 USDT."""
    return Instrument(symbol, 100, 100, 5 * SCALE, 50_000, 20_000, 500_000, 100)


def walk_candles(seed: int, symbol: str, bars: int) -> tuple[Candle, ...]:
    """Return one-minute bars of a walk whose drift and volatility differ by seed and symbol."""
    lots = random.Random(f"{seed}/{symbol}")  # noqa: S311 - a test market, not a secret
    volatility, drift = lots.choice((0.0002, 0.001, 0.006)), lots.choice((-0.3, 0.0, 0.3))
    price, candles = START_PRICES[symbol], []
    for bar in range(bars):
        opened, price = price, price * (1 + volatility * lots.gauss(drift, 1))
        reach = volatility * abs(lots.gauss(0, 0.5))
        high, low = max(opened, price) * (1 + reach), min(opened, price) * (1 - reach)
        first, top, bottom, last = (round(figure * SCALE) for figure in (opened, high, low, price))
        candles.append(Candle(NOW_MS - (bars - bar) * MINUTE_MS, first, top, bottom, last, 0))
    return tuple(candles)


def walk_part(seed: int, symbol: str, bars: int = 120) -> SymbolSnapshot:
    """Return one symbol with ten levels a side, a basis point apart, a million USDT each."""
    candles = walk_candles(seed, symbol, bars)
    mark = candles[-1].close if candles else round(START_PRICES[symbol] * SCALE)
    qty = 1_000_000 * SCALE * SCALE // mark
    bids = tuple(Level(mark * (10_000 - n) // 10_000, qty) for n in range(1, 11))
    asks = tuple(Level(mark * (10_000 + n) // 10_000, qty) for n in range(1, 11))
    return SymbolSnapshot(symbol, mark, OrderBook(bids, asks), candles, NOW_MS)


def walk_view(
    seed: int,
    *,
    bars: int = 120,
    symbols: Sequence[str] = tuple(START_PRICES),
    rules: RuleBook | None = None,
    field: FieldStats = NO_FIELD,
    slot: int | None = None,
) -> MarketView:
    """Return the shared half of an observation; the slot is the seed unless told."""
    parts = tuple(walk_part(seed, symbol, bars) for symbol in symbols)
    snapshot = MarketSnapshot(NOW_MS, "walk", MINUTE_MS, parts)
    at = seed if slot is None else slot
    return MarketView(snapshot, "0" * 64, compute_features(snapshot), rules or RuleBook(), at, field)


def walk_position(view: MarketView, symbol: str, side: int, margin: int = 500 * SCALE) -> Position:
    """Return a fourfold position opened at the mark two hours ago."""
    mark = view.snapshot.of(symbol).mark
    qty = margin * 4 * SCALE // mark
    return Position(
        "walker",
        symbol,
        side,
        qty,
        notional_of(qty, mark),
        margin,
        4,
        mark * (10 - side) // 10,
        None,
        NOW_MS - 120 * MINUTE_MS,
        1,
    )


def walk_observation(
    view: MarketView, *positions: Position, contestant_id: str = "walker", capital: int = 10_000 * SCALE
) -> Observation:
    """Return what a contestant with these positions sees."""
    reserved = sum(position.margin for position in positions)
    portfolio = Portfolio("walker", capital - reserved, reserved, positions)
    return Observation(view, portfolio, portfolio.equity(view.marks), contestant_id, 0)
