"""One account as the paper venue knows it: money, positions, what rests, and how margin is shared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from trading.domain.instruments import Instrument
from trading.domain.positions import (
    ISOLATED,
    Backing,
    Execution,
    FillEffect,
    Portfolio,
    Position,
    compute_effect,
)
from trading.domain.resting import RestingOrder

CROSS: Final = "cross"


@dataclass(frozen=True, slots=True)
class Account:
    """An account between two events. The portfolio's reserved money is its margins and what rests.

    ``resting`` is in the order of placement; ``cycles`` maps a symbol to the number of its newest trade;
    ``mode`` is 'isolated' or 'cross' (trading.domain.rules).
    """

    portfolio: Portfolio
    resting: tuple[RestingOrder, ...] = ()
    cycles: Mapping[str, int] = field(default_factory=dict)
    mode: str = "isolated"

    @property
    def id(self) -> str:
        """The account's id."""
        return self.portfolio.account_id

    @property
    def wallet(self) -> int:
        """Free and reserved money together, without open profit, in units."""
        return self.portfolio.available + self.portfolio.reserved

    def backing_of(self, symbol: str) -> Backing:
        """Return what stands behind the position on a symbol beside its own margin."""
        if self.mode != CROSS:
            return ISOLATED
        margins = sum(held.margin for held in self.portfolio.positions if held.symbol != symbol)
        return Backing(self.portfolio.available, margins)

    def with_positions(self, positions: Sequence[Position], available: int, reserved: int) -> "Account":
        """Return the account with other positions and so much more free and reserved money."""
        book = self.portfolio
        changed = Portfolio(
            book.account_id, book.available + available, book.reserved + reserved, tuple(positions)
        )
        return replace(self, portfolio=changed)

    def with_position(self, position: Position) -> "Account":
        """Return the account with another version of a position that it holds."""
        positions = [
            position if held.symbol == position.symbol else held for held in self.portfolio.positions
        ]
        return self.with_positions(positions, 0, 0)


class Booked(NamedTuple):
    """An execution in the books of an account: before it, what it did, and the account after it."""

    account: Account
    before: Position | None
    effect: FillEffect


def book_execution(account: Account, execution: Execution) -> Booked:
    """Return the account after an execution. Raises ValueError where compute_effect does."""
    symbol, book = execution.symbol, account.portfolio
    before = book.position_of(symbol)
    cycle = account.cycles.get(symbol, 0) + 1
    effect = compute_effect(before, execution, cycle, account.backing_of(symbol))
    others = [held for held in book.positions if held.symbol != symbol]
    if effect.drawn:
        others = draw(others, effect.drawn)
    held = sorted([*others, effect.after], key=_symbol) if effect.after else others
    after = account.with_positions(held, effect.available_change, effect.reserved_change)
    return Booked(replace(after, cycles={**account.cycles, symbol: effect.lifecycle}), before, effect)


def _symbol(position: Position) -> str:
    return position.symbol


def draw(positions: Sequence[Position], amount: int) -> list[Position]:
    """Return positions that have given ``amount`` of their margins, the largest margin first."""
    left = amount
    given: dict[str, int] = {}
    for position in sorted(positions, key=lambda held: (-held.margin, held.symbol)):
        given[position.symbol] = min(left, position.margin)
        left -= given[position.symbol]
    return [
        replace(held, margin=held.margin - given[held.symbol]) if given[held.symbol] else held
        for held in positions
    ]


@dataclass(frozen=True, slots=True)
class PaperRules:
    """What the paper venue knows beside prices: instruments by symbol and the fee of a liquidation."""

    instruments: Mapping[str, Instrument]
    liquidation_fee: int = 0
    """Ratio of the notional; it goes to the insurance."""
