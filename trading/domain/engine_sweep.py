"""Everybody at one moment, for the many whom nothing else happens to: marked, funded, looked at.

The same figures as one account after the other (trading.domain.engine), over plain rows: a thousand accounts
with five positions each would spend most of a moment on building values. Whoever free money cannot pay for
is named, and settled by the engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from kernel.units import SCALE
from trading.domain.account_events import FundingCharge
from trading.domain.funding import FundingRate

_SQUARE: Final = SCALE * SCALE

_made: Final = FundingCharge._make
"""Half the time of the constructor, which looks at defaults: thousands are built at once."""

HeldRow = tuple[str, str, int, int, int, int | None, int, int, str]
"""Account, symbol, side, quantity, entry cost, liquidation price, when opened, number of the trade, row."""


class Funded(NamedTuple):
    """Charges in order of instant and symbol, and the accounts whose free money does not suffice.

    ``rows`` names the row of each charge's position.
    """

    charges: list[FundingCharge]
    rows: list[str]
    short: set[str]


NOBODY: Final = Funded([], [], set())


def charge_all(rows: Iterable[HeldRow], available: Mapping[str, int], rates: Sequence[FundingRate]) -> Funded:
    """Return what every position pays or receives; ``available`` is each account's free money in units."""
    by_symbol: dict[str, list[HeldRow]] = {}
    for row in rows:
        by_symbol.setdefault(row[1], []).append(row)
    free = dict(available)
    found: list[tuple[FundingCharge, str]] = []
    short: set[str] = set()
    for rate in rates:
        _charge_symbol(rate, by_symbol.get(rate.symbol, ()), free, found, short)
    if short:
        found = [pair for pair in found if pair[0].account_id not in short]
    return Funded([charge for charge, _ in found], [row_id for _, row_id in found], short)


def _charge_symbol(
    rate: FundingRate,
    rows: Iterable[HeldRow],
    free: dict[str, int],
    found: list[tuple[FundingCharge, str]],
    short: set[str],
) -> None:
    """Add the charges of one settlement, and take them from each account's free money."""
    symbol, at_ms, ratio, mark = rate
    price = mark * ratio
    for account, _, side, qty, _, _, opened_ms, cycle, row_id in rows:
        cash = -side * qty * price // _SQUARE
        if opened_ms < at_ms and cash:
            left = free[account] = free[account] + cash
            if left < 0:
                short.add(account)
            charge = _made((account, symbol, cycle, at_ms, side, qty, mark, ratio, cash, 0, 0))
            found.append((charge, row_id))


def mark_all(rows: Iterable[HeldRow], wallets: Mapping[str, int], marks: Mapping[str, int]) -> dict[str, int]:
    """Return account -> equity at these marks: free and reserved money plus what is not yet realised."""
    equity = dict(wallets)
    for account, symbol, side, qty, cost, _, _, _, _ in rows:
        worth = qty * marks[symbol]
        equity[account] += worth // SCALE - cost if side > 0 else cost + -worth // SCALE
    return equity


def breached(rows: Iterable[HeldRow], marks: Mapping[str, int]) -> set[str]:
    """Return the accounts with a position whose liquidation price these marks have reached."""
    return {row[0] for row in rows if row[5] is not None and (marks[row[1]] - row[5]) * row[2] <= 0}
