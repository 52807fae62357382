"""Positions on isolated margin: what a fill does to one, what it is worth, where it is liquidated.

A position stores quantity and entry cost, not an average price, so nothing is lost by adding and reducing.
Formulas: notional N = qty x price; unrealised P&L = side x (N(mark) - entry cost); liquidation where
margin + unrealised <= N(mark) x maintenance rate. Roundings: fees and margin up, profit and loss towards loss.
"""

from dataclasses import dataclass

from kernel.units import SCALE, Rounding, mul_div


@dataclass(frozen=True, slots=True)
class Position:
    """One open position. ``side`` is +1 long, -1 short; all amounts in units."""

    account_id: str
    symbol: str
    side: int
    qty: int
    entry_cost: int
    margin: int
    leverage: int
    stop_loss: int | None
    take_profit: int | None
    opened_ms: int
    lifecycle: int
    """Counts flat-to-flat trades of this account and symbol, from 1: names the trade."""
    realised: int = 0
    """Profit and loss realised by partial closes of this lifecycle, before fees."""
    fees: int = 0
    """Fees paid in this lifecycle."""


def notional_of(qty: int, price: int, rounding: Rounding = Rounding.DOWN) -> int:
    """Return qty x price in units."""
    return mul_div(qty, price, SCALE, rounding)


def unrealised(position: Position, mark: int) -> int:
    """Return the profit or loss if closed at the mark without fees, rounded towards loss."""
    if position.side > 0:
        return notional_of(position.qty, mark) - position.entry_cost
    return position.entry_cost - notional_of(position.qty, mark, Rounding.UP)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """One contestant's money and positions. ``available`` and ``reserved`` are ledger balances in USDT units."""

    account_id: str
    available: int
    reserved: int
    positions: tuple[Position, ...] = ()

    def position_of(self, symbol: str) -> Position | None:
        """Return the open position on a symbol, if any."""
        for position in self.positions:
            if position.symbol == symbol:
                return position
        return None

    def equity(self, marks: dict[str, int]) -> int:
        """Return available + reserved + unrealised at these marks (KeyError if a mark is missing)."""
        open_profit = sum(unrealised(p, marks[p.symbol]) for p in self.positions)
        return self.available + self.reserved + open_profit
