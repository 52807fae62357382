"""Positions: what a fill does to one, what it is worth, where it is liquidated.

A position stores quantity and entry cost, not an average price, so nothing is lost by adding and reducing.
Formulas: notional N = qty x price; unrealised P&L = side x (N(mark) - entry cost); liquidation where
margin + unrealised <= N(mark) x maintenance rate. Roundings: fees and margin up, profit and loss towards
loss.
"""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from kernel.units import SCALE, Rounding, div, mul_div
from trading.domain.instruments import Instrument
from trading.domain.invalidation import Invalidation
from trading.domain.tiers import liquidation_root, tier_of


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
    """Profit and loss of partial closes so far, before fees and without what the insurance bore of it."""
    fees: int = 0
    """Fees paid in this lifecycle."""
    watch: Invalidation | None = None
    """What closes the position between rounds because its idea is proven wrong."""
    funding: int = 0
    """Funding received (paid: negative) in this lifecycle; it moves free money, never the margin."""
    trail: int = 0
    """Distance of a trailing stop from the best price seen, as a ratio; 0 for none."""
    best: int | None = None
    """The best mark since the position was opened, where a trailing stop follows it."""


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
    """One contestant's money and positions. ``available`` and ``reserved`` are ledger balances in units."""

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


def taker_notional(side: int, qty: int, price: int) -> int:
    """Return what a fill at one price costs or brings in, rounded against the account."""
    return notional_of(qty, price, Rounding.UP if side > 0 else Rounding.DOWN)


def fee_of(notional: int, rate: int) -> int:
    """Return the fee on a notional at a rate (ratio), rounded up."""
    return mul_div(notional, rate, SCALE, Rounding.UP)


def margin_of(notional: int, leverage: int) -> int:
    """Return the margin that a notional at this leverage locks, rounded up."""
    return div(notional, leverage, Rounding.UP)


@dataclass(frozen=True, slots=True)
class Execution:
    """A fill as the venue reports it. ``side`` is +1 bought, -1 sold; ``qty`` and ``notional`` in units.

    ``notional`` comes rounded against the account: up for a purchase, down for a sale. ``leverage`` and the
    plans count where the fill opens or adds. ``kind`` is 'decision', 'limit' (a decision's order that had
    rested), 'stop_loss', 'take_profit', 'trailing', 'liquidation', 'invalidated' or 'flatten'. ``fee`` is all
    that the account pays; ``penalty`` the part of it that a liquidation costs and the insurance gets.
    """

    account_id: str
    symbol: str
    side: int
    qty: int
    notional: int
    fee: int
    leverage: int
    stop_loss: int | None
    take_profit: int | None
    market_ms: int
    kind: str
    watch: Invalidation | None = None
    trail: int = 0
    penalty: int = 0


class Backing(NamedTuple):
    """What stands behind a loss beyond the position's own margin: nothing, where margin is isolated."""

    available: int = 0
    margins: int = 0
    """Margin of the account's other positions."""


ISOLATED: Final = Backing()


@dataclass(frozen=True, slots=True)
class FillEffect:
    """What one execution does: the position after it, and every amount that moves. Amounts are units >= 0.

    ``pnl`` (signed) is realised before the fee. ``covered`` is what the insurance account pays because the
    loss and the fee went beyond what stands behind it. ``lifecycle`` names the trade the fill belongs to.
    ``drawn`` is the part of ``margin_released`` that came from the account's other positions.
    """

    after: Position | None
    pnl: int
    fee: int
    margin_locked: int
    margin_released: int
    covered: int
    closed: bool
    lifecycle: int
    drawn: int = 0

    @property
    def reserved_change(self) -> int:
        """Change of the account's reserved money: the change of its positions' margin, exactly."""
        return self.margin_locked - self.margin_released

    @property
    def available_change(self) -> int:
        """Change of the account's free money; on isolated margin never negative where a position shrinks."""
        return self.pnl - self.fee + self.covered - self.reserved_change


def compute_effect(
    position: Position | None, execution: Execution, next_lifecycle: int, backing: Backing = ISOLATED
) -> FillEffect:
    """Return what an execution does to a position (None: flat). ``backing`` is given on cross margin.

    A flat account opens trade ``next_lifecycle``; the same side adds; the other side closes in part or
    whole. Raises ValueError for a caller's mistake: an execution that belongs elsewhere, has no quantity,
    or is larger than the position against it (a flip is two executions).
    """
    _check_execution(position, execution)
    if position is None:
        return _open(execution, next_lifecycle)
    if position.side == execution.side:
        return _add(position, execution)
    return _reduce(position, execution, backing)


def _check_execution(position: Position | None, execution: Execution) -> None:
    where = f"execution on {execution.symbol} of account {execution.account_id}"
    if execution.side not in {-1, 1} or execution.qty <= 0:
        raise ValueError(f"{where}: side must be +1 or -1 and the quantity positive")
    if min(execution.notional, execution.fee) < 0 or execution.leverage < 1:
        raise ValueError(f"{where}: notional and fee must not be negative, leverage at least 1")
    if position is None:
        return
    if (position.account_id, position.symbol) != (execution.account_id, execution.symbol):
        raise ValueError(
            f"{where} does not belong to a position on {position.symbol} of {position.account_id}"
        )
    if position.side != execution.side and execution.qty > position.qty:
        raise ValueError(f"{where} is larger than the position: close it first, then open")


def _open(execution: Execution, lifecycle: int) -> FillEffect:
    margin = margin_of(execution.notional, execution.leverage)
    after = Position(
        account_id=execution.account_id,
        symbol=execution.symbol,
        side=execution.side,
        qty=execution.qty,
        entry_cost=execution.notional,
        margin=margin,
        leverage=execution.leverage,
        stop_loss=execution.stop_loss,
        take_profit=execution.take_profit,
        opened_ms=execution.market_ms,
        lifecycle=lifecycle,
        fees=execution.fee,
        watch=execution.watch,
        trail=execution.trail,
        best=_first_best(execution),
    )
    return FillEffect(after, 0, execution.fee, margin, 0, 0, closed=False, lifecycle=lifecycle)


def _first_best(execution: Execution) -> int | None:
    """Return where a trailing stop begins to follow: the mean price of the fill."""
    return mul_div(execution.notional, SCALE, execution.qty, Rounding.DOWN) if execution.trail else None


def _add(position: Position, execution: Execution) -> FillEffect:
    """Add on the same side: plans that the execution names replace the old ones, the others stay.

    The leverage shown afterwards is entry cost over margin, rounded up: the leverage of the whole position.
    """
    locked = margin_of(execution.notional, execution.leverage)
    entry_cost, margin = position.entry_cost + execution.notional, position.margin + locked
    after = replace(
        position,
        qty=position.qty + execution.qty,
        entry_cost=entry_cost,
        margin=margin,
        leverage=div(entry_cost, margin, Rounding.UP) if margin else execution.leverage,
        stop_loss=position.stop_loss if execution.stop_loss is None else execution.stop_loss,
        take_profit=position.take_profit if execution.take_profit is None else execution.take_profit,
        watch=execution.watch or position.watch,
        fees=position.fees + execution.fee,
        trail=execution.trail or position.trail,
        best=_first_best(execution) if position.best is None else position.best,
    )
    return FillEffect(after, 0, execution.fee, locked, 0, 0, closed=False, lifecycle=position.lifecycle)


def _reduce(position: Position, execution: Execution, backing: Backing) -> FillEffect:
    """Close part or all: cost and margin go pro rata, the last part takes what is left.

    A loss beyond the released share takes the rest of the position's own margin, then what stands behind it
    (free money, then the margins of other positions), and what is left then the insurance pays.
    """
    cost, share = _share_of(position, execution.qty)
    pnl = position.side * (execution.notional - cost)
    owed = execution.fee - pnl
    released = max(share, min(position.margin, owed))
    short = max(0, owed - released)
    drawn = min(max(0, short - backing.available), backing.margins)
    covered = max(0, short - backing.available - drawn)
    closed = execution.qty == position.qty
    after = None
    if not closed:
        after = replace(
            position,
            qty=position.qty - execution.qty,
            entry_cost=position.entry_cost - cost,
            margin=position.margin - released,
            realised=position.realised + pnl + covered,
            fees=position.fees + execution.fee,
        )
    released += drawn
    return FillEffect(after, pnl, execution.fee, 0, released, covered, closed, position.lifecycle, drawn)


def _share_of(position: Position, qty: int) -> tuple[int, int]:
    """Return entry cost and margin of a part: cost rounded towards loss, margin kept in the position."""
    if qty == position.qty:
        return position.entry_cost, position.margin
    towards_loss = Rounding.UP if position.side > 0 else Rounding.DOWN
    cost = mul_div(position.entry_cost, qty, position.qty, towards_loss)
    return cost, mul_div(position.margin, qty, position.qty, Rounding.DOWN)


def liquidation_price(position: Position, instrument: Instrument) -> int | None:
    """Return the first mark at which the position is liquidated; None for one that cannot be."""
    return liquidation_root(
        position.side, position.qty, position.entry_cost, position.margin, instrument.brackets
    )


def maintenance_breached(position: Position, mark: int, instrument: Instrument) -> bool:
    """Return whether margin + unrealised <= maintenance at this mark, without any rounding."""
    notional = position.qty * mark  # at SCALE squared, as everything below
    tier = tier_of(instrument.brackets, div(notional, SCALE, Rounding.UP))
    held = position.margin * SCALE + position.side * (notional - position.entry_cost * SCALE)
    return (held + tier.amount * SCALE) * SCALE <= notional * tier.rate
