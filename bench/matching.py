"""A market order against a book of 50 levels: integers against Decimal, one order after the other.

.venv/bin/python -m bench.matching

Both sides give the same quantity and notional. Timed is the whole answer of the paper venue: refusals looked
at, the book walked, minimum, bracket, fee and margin judged; the plain way only walks.
"""

from decimal import Decimal
from typing import Final

from bench.measure import median_cpu_s
from kernel.units import SCALE
from trading.domain.decisions import Action
from trading.domain.engine_orders import match_order
from trading.domain.instruments import Instrument
from trading.domain.market import Level, OrderBook
from trading.domain.orders import Filled, ProposedOrder

LEVELS: Final = 50
TARGET_US: Final = 10
PRICE: Final = 50_000 * SCALE
BTC: Final = Instrument("BTC", SCALE // 10, SCALE // 1000, 5 * SCALE, 50_000, 20_000, 500_000, 100)


def _book() -> OrderBook:
    asks = tuple(
        Level(PRICE + n * SCALE // 10, SCALE // 50 + n * SCALE // 1000) for n in range(1, LEVELS + 1)
    )
    bids = tuple(Level(PRICE - n * SCALE // 10, SCALE // 50) for n in range(1, LEVELS + 1))
    return OrderBook(bids, asks)


def _order(qty: int) -> ProposedOrder:
    head = ("decision", "order", "account", "BTC", Action.BUY, 1, qty, PRICE, PRICE, 20, PRICE // 20)
    return ProposedOrder(*head, reduce_only=False, stop_loss=None, take_profit=None, confidence=0)


def _walk_decimals(levels: list[tuple[Decimal, Decimal]], qty: Decimal) -> tuple[Decimal, Decimal]:
    """Return quantity and cost, as a book of Decimals is walked."""
    left, cost = qty, Decimal(0)
    for price, resting in levels:
        if left <= 0:
            break
        taken = min(left, resting)
        cost += taken * price
        left -= taken
    return qty - left, cost


def main() -> None:
    """Print microseconds an order for a tenth, half and all of the book."""
    book = _book()
    decimals = [(Decimal(level.price) / SCALE, Decimal(level.qty) / SCALE) for level in book.asks]
    whole = sum(level.qty for level in book.asks)
    print(f"{LEVELS} levels; target at most {TARGET_US} us for an order that takes them all")
    for share in (10, 2, 1):
        order, wanted = (
            _order(whole // share // BTC.lot * BTC.lot),
            Decimal(whole // share // BTC.lot * BTC.lot),
        )
        found = match_order(order, book, None, 10**15, BTC)
        qty, cost = _walk_decimals(decimals, wanted / SCALE)
        assert isinstance(found, Filled)
        assert (Decimal(found.qty) / SCALE, Decimal(found.notional) / SCALE) == (qty, cost)
        ours = median_cpu_s(lambda o=order: match_order(o, book, None, 10**15, BTC), 20, 500)  # type: ignore[misc] # a default binds the loop's value
        plain = median_cpu_s(lambda w=wanted: _walk_decimals(decimals, w / SCALE), 20, 500)  # type: ignore[misc] # a default binds the loop's value
        name = f"{found.levels} levels taken"
        print(
            f"{name:20}{ours * 1e6:>8.2f} us   Decimal walk {plain * 1e6:>8.2f} us   ratio {plain / ours:.1f}"
        )


if __name__ == "__main__":
    main()
