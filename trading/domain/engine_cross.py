"""Cross margin: the whole wallet stands behind all positions of an account.

Condition: wallet + sum of unrealised <= sum of maintenance. For one position, with the others at their marks,
it is met at LP = (WB - sum MM_j + sum uPnL_j + amount - s q E) / (q rate - s q): the root that
``liquidation_root`` finds for a wallet of WB - sum MM_j + sum uPnL_j.
"""

from collections.abc import Mapping

from kernel.units import SCALE
from trading.domain.account import CROSS, Account, PaperRules
from trading.domain.positions import Position, fee_of, liquidation_price, notional_of, unrealised
from trading.domain.tiers import liquidation_root, maintenance_of


def _maintenance(position: Position, mark: int, rules: PaperRules) -> int:
    notional = notional_of(position.qty, mark)
    return maintenance_of(rules.instruments[position.symbol].brackets, notional)


def mark_of(position: Position, marks: Mapping[str, int]) -> int:
    """Return a position's mark; before any price was seen, what it was bought at."""
    found = marks.get(position.symbol)
    return position.entry_cost * SCALE // position.qty if found is None else found


def _margin_left(
    account: Account, positions: list[Position], marks: Mapping[str, int], rules: PaperRules
) -> int:
    """Return wallet + unrealised - maintenance over these positions, rounded towards loss."""
    left = account.wallet
    for position in positions:
        mark = mark_of(position, marks)
        left += unrealised(position, mark) - _maintenance(position, mark, rules)
    return left


def cross_liquidation_price(
    account: Account, position: Position, marks: Mapping[str, int], rules: PaperRules
) -> int | None:
    """Return the first mark of this position's symbol that liquidates the account, the others as they are."""
    others = [held for held in account.portfolio.positions if held.symbol != position.symbol]
    behind = _margin_left(account, others, marks, rules)
    tiers = rules.instruments[position.symbol].brackets
    return liquidation_root(position.side, position.qty, position.entry_cost, behind, tiers)


def cross_breached(account: Account, marks: Mapping[str, int], rules: PaperRules) -> bool:
    """Return whether wallet + unrealised <= maintenance at these marks; never without a position."""
    positions = list(account.portfolio.positions)
    return bool(positions) and _margin_left(account, positions, marks, rules) <= 0


def next_to_close(account: Account, marks: Mapping[str, int], rules: PaperRules) -> Position:
    """Return what a liquidation closes next: the largest loss.

    Where the wallet could not bear that loss while another position has gained, the largest gain goes first:
    it pays, and the insurance only what the account as a whole is short of.
    """
    results = {held.symbol: unrealised(held, mark_of(held, marks)) for held in account.portfolio.positions}
    ordered = sorted(account.portfolio.positions, key=lambda held: (results[held.symbol], held.symbol))
    worst, best = ordered[0], ordered[-1]
    notional = notional_of(worst.qty, mark_of(worst, marks))
    cost = fee_of(notional, rules.instruments[worst.symbol].taker_fee + rules.liquidation_fee)
    short = account.wallet + results[worst.symbol] - cost < 0
    return best if short and results[best.symbol] > 0 else worst


def liquidation_prices(
    account: Account, marks: Mapping[str, int], rules: PaperRules
) -> dict[str, int | None]:
    """Return symbol -> the mark that liquidates, of every position; on cross margin the others as they are.

    None where no price does.
    """
    return {
        held.symbol: cross_liquidation_price(account, held, marks, rules)
        if account.mode == CROSS
        else liquidation_price(held, rules.instruments[held.symbol])
        for held in account.portfolio.positions
    }
