"""From proposal to outcome: an order can reach a venue only as an ApprovedOrder.

ProposedOrder --review--> Review --approve--> ApprovedOrder | Denied --submit--> Filled | Rejected
*Denied* is ours, *rejected* is the venue's. ``ApprovedOrder`` is built by ``approve`` alone, so a way
around the rules does not type-check (and raises if forced).
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from trading.domain.decisions import Action
from trading.domain.invalidation import Invalidation
from trading.domain.terms import AT_MARKET, Terms

_SEAL: Final = object()


class RuleResult(NamedTuple):
    """One rule's finding. ``figure`` and ``limit`` are in the rule's ``unit``.

    Units: 'ratio', 'usdt', 'price' and 'x' (leverage, whole numbers), 'count', 'ms', 'flag'.
    The pair (rule, passed) with figure, limit and unit is what interfaces turn into a sentence.
    """

    rule: str
    passed: bool
    figure: int
    limit: int
    unit: str


@dataclass(frozen=True, slots=True)
class Review:
    """Every rule's result for one proposal, in the rule book's order."""

    results: tuple[RuleResult, ...]

    @property
    def passed(self) -> bool:
        """True if no rule objects."""
        return all(result.passed for result in self.results)

    @property
    def breaches(self) -> tuple[RuleResult, ...]:
        """The rules that object."""
        return tuple(result for result in self.results if not result.passed)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the proof step answered. ``state`` is 'not_proven', 'proven' or 'refused'."""

    state: str
    root: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ProposedOrder:
    """A sized order before review: ``side`` is +1 to buy, -1 to sell; ``mark`` is the snapshot's."""

    decision_id: str
    client_order_id: str
    account_id: str
    symbol: str
    action: Action
    side: int
    qty: int
    mark: int
    notional: int
    leverage: int
    margin: int
    reduce_only: bool
    stop_loss: int | None
    take_profit: int | None
    confidence: int
    watch: Invalidation | None = None
    terms: Terms = AT_MARKET
    trail: int = 0
    reverse: bool = False
    """True for an opening that first closes what is held on the other side."""


@dataclass(frozen=True, slots=True)
class ApprovedOrder:
    """An order that passed every rule and the proof step."""

    order: ProposedOrder
    receipt: Receipt
    seal: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse to exist without ``approve``."""
        if self.seal is not _SEAL:
            raise TypeError("an ApprovedOrder comes from approve(); nothing else may build one")


@dataclass(frozen=True, slots=True)
class Denied:
    """Our refusal, with the breaches that caused it."""

    order: ProposedOrder
    breaches: tuple[RuleResult, ...]


def approve(order: ProposedOrder, review: Review, receipt: Receipt) -> ApprovedOrder | Denied:
    """Return the order sealed for a venue, or the denial. A proof refusal denies opening, never closing."""
    if not review.passed:
        return Denied(order, review.breaches)
    if receipt.state == "refused" and not order.reduce_only:
        return Denied(order, (RuleResult("proof", False, 0, 1, "flag"),))
    return ApprovedOrder(order, receipt, _SEAL)


@dataclass(frozen=True, slots=True)
class Filled:
    """An execution: average price is notional / qty; ``fee`` > 0 is paid by the account."""

    client_order_id: str
    qty: int
    notional: int
    fee: int
    levels: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """The venue's refusal. ``code`` is from the closed list in ``REJECTION_CODES``."""

    client_order_id: str
    code: str


REJECTION_CODES: Final = frozenset(
    {
        "position_opposite",
        "below_minimum",
        "insufficient_margin",
        "leverage_over_tier",
        "limit_not_reached",
        "no_liquidity",
        "nothing_to_reduce",
        "off_tick",
        "not_listed",
        "would_take",
    }
)


@dataclass(frozen=True, slots=True)
class Rested:
    """An order of which ``qty`` waits at its limit; ``taken`` is what filled at once, if anything did.

    ``reserved`` is the margin and fee that the waiting part sets aside, in units.
    """

    client_order_id: str
    qty: int
    reserved: int
    taken: Filled | None


VenueOutcome = Filled | Rejected | Rested
