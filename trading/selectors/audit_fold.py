"""One paper account's fills and settlements of funding, folded once more in the order they happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from trading import models
from trading.domain.account import CROSS, draw
from trading.domain.funding import FundingRate, funding_cash
from trading.domain.invalidation import decode_invalidation
from trading.domain.positions import (
    ISOLATED,
    Backing,
    Execution,
    FillEffect,
    Position,
    compute_effect,
)
from trading.domain.terms import TRAILING


class FoldError(Exception):
    """A row that does not follow from the ones before it; the text is the sentence of the audit."""


@dataclass(slots=True)
class AccountFold:
    """What an account holds after the rows that were folded so far."""

    mode: str
    held: dict[str, Position] = field(default_factory=dict)
    cycles: dict[str, int] = field(default_factory=dict)

    def book(self, fill: models.Fill) -> tuple[Position | None, FillEffect]:
        """Fold a fill in; return the position before it and what it did. Raises FoldError."""
        before = self.held.get(fill.symbol)
        done = execution_of_fill(fill)
        cycle = self.cycles.get(fill.symbol, 0) + 1
        wrong = FoldError(f"fill {fill.pk} was not booked as the position before it and its price demand")
        try:
            effect = compute_effect(before, done, cycle, self._backing(before, done, fill))
        except ValueError:
            raise wrong from None
        told = (fill.pnl, fill.covered, fill.margin_change, fill.lifecycle)
        if told != (effect.pnl, effect.covered, effect.reserved_change, effect.lifecycle):
            raise wrong
        self._keep(fill.symbol, effect.after, effect.drawn)
        self.cycles[fill.symbol] = effect.lifecycle
        return before, effect

    def _keep(self, symbol: str, after: Position | None, drawn: int) -> None:
        others = [position for name, position in self.held.items() if name != symbol]
        kept = draw(others, drawn) if drawn else others
        self.held = {position.symbol: position for position in [*kept, *([after] if after else [])]}

    def _backing(self, before: Position | None, done: Execution, fill: models.Fill) -> Backing:
        """Return what must have stood behind a loss on cross margin, by what the fill says it took.

        The free money of that moment is not a fact of its own; that nothing went below zero is L2's business.
        """
        if self.mode != CROSS or before is None or before.side == done.side:
            return ISOLATED
        alone = compute_effect(before, done, before.lifecycle)
        drawn = -fill.margin_change - alone.margin_released
        free = alone.covered - drawn - fill.covered
        if min(drawn, free) < 0:
            return ISOLATED
        return Backing(free, sum(p.margin for name, p in self.held.items() if name != fill.symbol))

    def settle(self, rate: FundingRate, row: models.FundingPayment | None) -> None:
        """Fold a settlement of funding in, with the payment that stands for it. Raises FoldError."""
        held = self.held.get(rate.symbol)
        is_held = held is not None and held.opened_ms < rate.market_ms
        cash = funding_cash(held.side, held.qty, rate) if held is not None and is_held else 0
        where = f"on {rate.symbol} at {rate.market_ms}"
        if row is None:
            if cash:
                raise FoldError(f"the settlement of funding {where} was not booked for a position held then")
            return
        if held is None or not is_held or not _is_owed(row, held, rate, cash):
            raise FoldError(f"funding payment {row.pk} {where} is not what the position held then owes")
        self._pay(row, held)

    def _pay(self, row: models.FundingPayment, held: Position) -> None:
        own = min(held.margin, row.covered - row.margin_change)
        drawn = -row.margin_change - own
        if drawn < 0 or (drawn and self.mode != CROSS):
            raise FoldError(f"funding payment {row.pk} took another margin than its position's")
        paid = replace(held, margin=held.margin - own, funding=held.funding + row.amount)
        self._keep(row.symbol, paid, drawn)


def _is_owed(row: models.FundingPayment, held: Position, rate: FundingRate, cash: int) -> bool:
    told = (row.side, row.qty, row.lifecycle, row.mark, row.rate)
    known = (held.side, held.qty, held.lifecycle, rate.mark, rate.rate)
    return told == known and row.amount == cash + row.covered and row.margin_change <= 0


def execution_of_fill(fill: models.Fill) -> Execution:
    """Return a stored fill as positions understand it; its order says what was planned with it."""
    order = fill.order
    return Execution(
        account_id=fill.account_id,
        symbol=fill.symbol,
        side=fill.side,
        qty=fill.qty,
        notional=fill.notional,
        fee=fill.fee,
        leverage=order.leverage,
        stop_loss=order.stop_loss,
        take_profit=order.take_profit,
        market_ms=fill.market_ms,
        kind=fill.kind,
        watch=decode_invalidation(order.watch),
        trail=0 if order.type == TRAILING else order.trail,
        penalty=fill.penalty,
    )


def same_but_followed(expected: Position, stored: Position) -> bool:
    """Return whether a stored position is the expected one; a trailing stop's best mark may have moved on."""
    if expected.best is None or stored.best is None:
        return expected == stored
    moved_on = expected.side * (stored.best - expected.best) >= 0
    return moved_on and replace(expected, best=stored.best) == stored


def merged(fills: Sequence[models.Fill], rates: Sequence[FundingRate]) -> list[models.Fill | FundingRate]:
    """Return what happened to an account in order; at one moment funding comes first."""
    keyed = [((fill.market_ms, 1, number), fill) for number, fill in enumerate(fills)]
    settled = [((rate.market_ms, 0, number), rate) for number, rate in enumerate(rates)]
    every: list[tuple[tuple[int, int, int], models.Fill | FundingRate]] = [*keyed, *settled]
    return [event for _key, event in sorted(every, key=lambda item: item[0])]
