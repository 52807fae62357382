"""Our books against a venue's: the list of differences, each under an id that two lookers agree on.

The venue is the truth about how much is held and how much money there is; our ledger is the truth about
whose it is and why. So a difference is booked as a flagged adjustment, and nobody opens until a person has
looked. Differences that one look sees may be a fill that is on its way: they are booked when a second look,
with nothing of ours in doubt, sees the same ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kernel.canonical import canonical_bytes, sha256_hex
from kernel.ids import derive_id
from kernel.units import SCALE
from trading.domain.positions import notional_of
from trading.domain.venue import VenueOrder

MONEY_TOLERANCE: Final = SCALE // 100
"""0.01: the venue rounds profit of its average entry price, we round cost towards loss. More is an event."""

COST_TOLERANCE: Final = 2
"""In millionths of what is held: venues show entry prices with five to eight digits."""

QUANTITY: Final = "quantity"
MONEY: Final = "money"
ORDER: Final = "order"
FEE: Final = "fee"

ADJUSTMENT: Final = "adjustment"
"""Kind of the executions and entries that bring our books to the venue's."""

BY: Final = "reconciliation"
"""Who books, flags and freezes, where no person does."""

SAME_AFTER_MS: Final = 4_000
"""Two looks at the same difference are two only if they lie this far apart."""


@dataclass(frozen=True, slots=True)
class OurBooks:
    """What we believe of one account: signed quantities by symbol, the wallet, client ids that may rest."""

    account_id: str
    positions: Mapping[str, int]
    wallet: int
    order_ids: frozenset[str]
    costs: Mapping[str, int] = field(default_factory=dict)
    """Signed entry costs by symbol."""


@dataclass(frozen=True, slots=True)
class VenueBooks:
    """What the venue shows of it."""

    positions: Mapping[str, int]
    wallet: int
    orders: tuple[VenueOrder, ...]
    entry_prices: Mapping[str, int] = field(default_factory=dict)

    @property
    def costs(self) -> dict[str, int]:
        """Signed entry costs by symbol, as exact as the venue shows its prices."""
        prices = self.entry_prices
        return {
            symbol: notional_of(qty, prices[symbol])
            for symbol, qty in self.positions.items()
            if symbol in prices
        }


class Difference(NamedTuple):
    """One difference. ``kind``: 'quantity', 'money', 'order' (one that is not ours), 'fee' (an asset)."""

    id: str
    kind: str
    symbol: str
    ours: int
    theirs: int


Counts = Mapping[tuple[str, str], int]
"""(kind, symbol) -> how many differences of it are in the books already."""


def differences(ours: OurBooks, theirs: VenueBooks, counts: Counts) -> tuple[Difference, ...]:
    """Return every difference, quantities first, in an order that depends on nothing but the books.

    ``counts`` enters the ids: the same difference that comes back after it was booked is another one, and
    two who look at the same books name it the same.
    """
    found = []
    for symbol in sorted({*ours.positions, *theirs.positions}):
        mine, other = ours.positions.get(symbol, 0), theirs.positions.get(symbol, 0)
        if mine != other:
            found.append(_difference(ours.account_id, QUANTITY, symbol, mine, other, counts))
    for order in sorted(theirs.orders, key=lambda item: (item.symbol, item.venue_order_id)):
        if order.client_order_id not in ours.order_ids:
            signed = order.side * (order.qty - order.filled)
            found.append(_difference(ours.account_id, ORDER, order.symbol, 0, signed, counts))
    if money_missing(ours, theirs):
        found.append(_difference(ours.account_id, MONEY, "", ours.wallet, theirs.wallet, counts))
    return tuple(found)


def money_missing(ours: OurBooks, theirs: VenueBooks) -> int:
    """Return what the venue has more than we, 0 within the tolerance.

    An execution that was found late is booked after others that came later, and then more of the profit is
    realised in one of the two books and less is left open. So where the wallets differ, what counts is wallet
    less entry cost, which no order of booking changes: it says what was paid and received in all.
    """
    plain = theirs.wallet - ours.wallet
    if abs(plain) <= MONEY_TOLERANCE:
        return 0
    mine, other = sum(ours.costs.values()), sum(theirs.costs.values())
    held = sum(abs(cost) for cost in ours.costs.values())
    missing = plain - (other - mine)
    return missing if abs(missing) > MONEY_TOLERANCE + held * COST_TOLERANCE // 1_000_000 else 0


def _difference(
    account_id: str, kind: str, symbol: str, ours: int, theirs: int, counts: Counts
) -> Difference:
    number = counts.get((kind, symbol), 0)
    key = derive_id("mismatch", account_id, kind, symbol, ours, theirs, number)
    return Difference(key, kind, symbol, ours, theirs)


def digest_of(found: tuple[Difference, ...]) -> str:
    """Return the hash of a list of differences; '' of none."""
    return sha256_hex(canonical_bytes([list(item) for item in found])) if found else ""


def is_confirmed(digest: str, suspicion: str, suspected_ms: int | None, now_ms: int) -> bool:
    """Return whether the differences seen now are those that an earlier look saw."""
    seen_before = bool(digest) and digest == suspicion and suspected_ms is not None
    return seen_before and abs(now_ms - (suspected_ms or 0)) >= SAME_AFTER_MS
