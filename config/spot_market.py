"""Spot prices of a market named by its specification, for wallets where no season runs."""

from config.refusal import CommandRefusedError
from config.wiring import LIVE_TIMEOUT_S, market_of
from kernel.time import DAY_MS, MINUTE_MS
from kernel.units import SCALE, Rounding, mul_div
from trading.domain.market import SymbolSnapshot
from trading.domain.spot import WALLET_ASSETS, SpotPrice, SpotPrices
from trading.ports import MarketUnavailableError

SYMBOLS = tuple(asset for asset in WALLET_ASSETS if asset != "USDT")
MAX_AGE_MS = 5 * MINUTE_MS


def market_prices(spec: str, now_ms: int, seed: int = 1) -> SpotPrices | None:
    """Return the prices a market shows now; None where it does not answer.

    Raises CommandRefusedError for a specification that names no market, and MarketError for one that has
    nothing at this moment (a recording).
    """
    try:
        market = market_of(spec, seed, SYMBOLS, now_ms - now_ms % DAY_MS, LIVE_TIMEOUT_S)
        snapshot = market.fetch_snapshot(now_ms)
    except ValueError as problem:
        raise CommandRefusedError(str(problem)) from problem
    except MarketUnavailableError:
        return None
    known = {part.symbol: SpotPrice(part.mark, _spread(part)) for part in snapshot.symbols}
    oldest = min((part.observed_ms for part in snapshot.symbols), default=0)
    return SpotPrices(snapshot.source, snapshot.market_ms, max(now_ms - oldest, 0), MAX_AGE_MS, known)


def _spread(part: SymbolSnapshot) -> int:
    bid, ask = part.book.bids[0].price, part.book.asks[0].price
    return mul_div(ask - bid, SCALE, part.mark, Rounding.UP)
