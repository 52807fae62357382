"""What looks at a venue prove about an order whose answer was lost. Pure: looks in, a verdict out.

Nothing is ever sent again on a guess. That an order is *there* is proven by one sign of it: in the open
orders, by its client id, or a fill of it. That it is *not* there takes all signs at once, several times:
silence in every list, the position where the books expect it, three looks and 15 s of the venue's own clock
apart, the last of them after the venue's window: from then on a request that is still on its way is refused
on arrival (docs/algorithms/orders.md).
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from trading.domain.venue import VenueOrder

YOUNG_MS: Final = 5_000
"""Orders sent more recently are left alone: the venue's lists may not show them yet."""

SILENT_LOOKS: Final = 3
SILENT_MS: Final = 15_000
"""Looks without any sign, and the venue's time between the first and the last of them, that prove absence."""

MARGIN_MS: Final = 5_000
"""How long after its window has closed at the venue an order could still come to be shown by its lists."""

MAX_ATTEMPTS: Final = 3
"""After so many attempts that provably never arrived the order is given up."""

CONTRADICTIONS: Final = 6
"""Looks at a position that moved without any order or fill to explain it, until a person is asked."""

LOOK_EVERY_MS: Final = 5_000
FROZEN_LOOK_EVERY_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Doubt:
    """An order about which nobody knows. ``expected`` is the signed quantity our books say is held."""

    client_order_id: str
    expected: int
    attempts: int
    looks: int
    absent_since_ms: int | None
    sent_ms: int
    """The moment its last attempt was signed as of, by our clock as the request names it."""
    window_ms: int
    """How long after that moment the venue takes it, by the venue's clock."""
    is_wanted: bool
    """Whether it would still be right to send it: not too late, and the switches let it pass."""
    has_others: bool = False
    """Whether other orders on the symbol are in doubt: a position that moved may be theirs."""


@dataclass(frozen=True, slots=True)
class Look:
    """One whole look at the venue. A look of which any part failed does not become one: it proves nothing."""

    order: VenueOrder | None
    """The order, from the open ones or by its client id."""
    filled: bool
    """Whether an execution names it."""
    position: int
    """Signed quantity at the venue."""
    venue_ms: int


class Adopt(NamedTuple):
    """It is there: the books go on with it. None where only its fills are seen."""

    order: VenueOrder | None


class SendAgain(NamedTuple):
    """Proven absent and still wanted: send it under the same client id."""


class GiveUp(NamedTuple):
    """Proven absent and no longer wanted: it ends without anything."""


class LookAgain(NamedTuple):
    """Not proven either way; what to remember for the next look."""

    looks: int
    absent_since_ms: int | None


class Freeze(NamedTuple):
    """The venue contradicts itself or the books: nobody may guess; a person looks. Looking goes on."""

    reason: str
    looks: int


Resolution = Adopt | SendAgain | GiveUp | LookAgain | Freeze


def is_young(now_ms: int, sent_ms: int) -> bool:
    """Return whether an order was sent a moment ago. A clock that was set back makes nothing young."""
    return 0 <= now_ms - sent_ms < YOUNG_MS


def resolve(doubt: Doubt, look: Look) -> Resolution:
    """Return what this look, with those before it, proves."""
    if look.order is not None or look.filled:
        return Adopt(look.order)
    if look.position != doubt.expected:
        return _contradicted(doubt)
    # A look that contradicted the books counts as none: silence starts anew after it.
    quiet = doubt.absent_since_ms is not None
    looks = doubt.looks + 1 if quiet else 1
    since_ms = doubt.absent_since_ms if doubt.absent_since_ms is not None else look.venue_ms
    is_closed = look.venue_ms >= doubt.sent_ms + doubt.window_ms + MARGIN_MS
    if looks < SILENT_LOOKS or look.venue_ms - since_ms < SILENT_MS or not is_closed:
        return LookAgain(looks, since_ms)
    return SendAgain() if doubt.is_wanted and doubt.attempts < MAX_ATTEMPTS else GiveUp()


def _contradicted(doubt: Doubt) -> Resolution:
    if doubt.has_others:
        return LookAgain(0, None)
    looks = 1 if doubt.absent_since_ms is not None else doubt.looks + 1
    if looks < CONTRADICTIONS:
        return LookAgain(looks, None)
    return Freeze("position_moved", looks)
