"""Maintenance margin by tiers, and the price at which it is breached.

A tier k holds for a notional N with floor < N <= cap: maintenance = N x rate - amount, where the cumulative
amount makes the whole continuous: amount_1 = 0, amount_k = amount_{k-1} + floor_k x (rate_k - rate_{k-1}).
Notional is taken at the evaluated price, not at entry, so maintenance is a continuous, rising function of the
price and the liquidation price is its unique crossing with the margin balance.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from kernel.units import MAX_UNITS, SCALE, Rounding, div


class Tier(NamedTuple):
    """One bracket of notional: ``floor``, ``cap`` and ``amount`` in USDT units, ``rate`` a ratio."""

    floor: int
    cap: int
    rate: int
    amount: int
    max_leverage: int


@lru_cache(maxsize=256)
def single_tier(rate: int, max_leverage: int) -> tuple[Tier, ...]:
    """Return the tiers of an instrument that has one rate for every notional."""
    return (Tier(0, MAX_UNITS, rate, 0, max_leverage),)


def check_tiers(symbol: str, tiers: Sequence[Tier]) -> None:
    """Raise ValueError for tiers that leave a gap, jump, fall, or reach a rate of one."""
    amount, rate, floor = 0, 0, 0
    for number, tier in enumerate(tiers, start=1):
        amount += tier.floor * (tier.rate - rate) // SCALE
        if tier.floor != floor or tier.cap <= tier.floor or not rate <= tier.rate < SCALE:
            raise ValueError(f"{symbol}: tier {number} must begin where the last one ends, at no lower rate")
        if tier.amount != amount or tier.max_leverage < 1:
            raise ValueError(f"{symbol}: tier {number} must have the cumulative amount {amount}")
        rate, floor = tier.rate, tier.cap


def tier_of(tiers: Sequence[Tier], notional: int) -> Tier:
    """Return the tier a notional lies in; beyond the last cap the last one."""
    for tier in tiers:
        if notional <= tier.cap:
            return tier
    return tiers[-1]


def maintenance_of(tiers: Sequence[Tier], notional: int) -> int:
    """Return the maintenance margin of a notional in units, rounded up."""
    tier = tier_of(tiers, notional)
    return div(notional * tier.rate, SCALE, Rounding.UP) - tier.amount


def liquidation_root(side: int, qty: int, entry_cost: int, wallet: int, tiers: Sequence[Tier]) -> int | None:
    """Return the first mark at which wallet + unrealised <= maintenance; None if there is none above 0.

    ``wallet`` is the position's own margin where that is isolated. Where margin is shared, it is the whole
    wallet less the maintenance of the other positions plus what they have gained. Exact: only the last step
    rounds, to the unit of price on the liquidated side.
    """
    for tier in tiers if side > 0 else reversed(tiers):
        # wallet + side x (qty x P - cost) = qty x P x rate - amount, with P = above / below.
        above = SCALE * SCALE * (entry_cost - side * (wallet + tier.amount))
        below = qty * (SCALE - side * tier.rate)
        if above <= 0:
            continue
        notional, unit = qty * above, SCALE * below
        if tier.floor * unit < notional <= tier.cap * unit or (
            tier is tiers[-1] and notional > tier.cap * unit
        ):
            root = div(above, below, Rounding.DOWN if side > 0 else Rounding.UP)
            return root if root > 0 else None
    return None


def encode_tiers(tiers: Sequence[Tier]) -> str:
    """Return the stored form: 'floor:cap:rate:amount:leverage' a tier, separated by blanks."""
    return " ".join(":".join(map(str, tier)) for tier in tiers)


def decode_tiers(text: str) -> tuple[Tier, ...]:
    """Return the tiers of their stored form; none for an empty text."""
    return tuple(Tier(*map(int, part.split(":"))) for part in text.split())
