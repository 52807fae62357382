"""Funding of perpetuals: one settlement, and what it means for a position held at that instant."""

from typing import NamedTuple

from kernel.units import SCALE, Rounding, div


class FundingRate(NamedTuple):
    """One settlement of a symbol: ``rate`` is a signed ratio, ``mark`` the price it is taken on."""

    symbol: str
    market_ms: int
    rate: int
    mark: int


def funding_cash(side: int, qty: int, funding: FundingRate) -> int:
    """Return what a position receives (pays: negative): -side x qty x mark x rate, towards loss.

    A positive rate lets longs pay shorts. The quantity is the one held at the instant.
    """
    return div(-side * qty * funding.mark * funding.rate, SCALE * SCALE, Rounding.DOWN)
