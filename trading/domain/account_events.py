"""What can happen to an account, as it goes into the books: each event knows its journal entries."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from accounts.domain.entries import release_entry, reserve_entry
from accounts.domain.ledger import AVAILABLE, HOUSE, RESERVED, EntryDraft, Line
from trading.domain.bookkeeping import entry_of
from trading.domain.instruments import QUOTE_ASSET
from trading.domain.positions import Execution, FillEffect, Position
from trading.domain.resting import RestingOrder

FIRST: Final = "1"
"""Key of an order's first fill: its ids are those of an order that fills once."""

DECIDED_FROM: Final = 1000
"""Fills of a round's decisions are numbered from here: at one moment they come after all others."""


class BookedFill(NamedTuple):
    """An execution with its effect, as it goes into the books.

    ``before`` is the position it met. ``is_plan`` marks a plan that fired (stop, target, liquidation,
    invalidation): its order row is written with it, where a decision's order stands as an intent already.

    ``fill_key`` tells several fills of one order apart ('1' for the first of paper; at a venue its own name
    of the trade). ``order_state`` is the order's state after it, ``order_filled`` what has been filled of it
    in all; None where the fills of one call are all there are. ``released`` is the money that was set aside
    for the order while it rested; ``seq`` orders the fills of an account at one moment.
    """

    order_id: str
    execution: Execution
    effect: FillEffect
    before: Position | None
    ambiguous: bool = False
    is_plan: bool = False
    fill_key: str = FIRST
    maker: bool = False
    venue_trade_id: str = ""
    order_state: str = "filled"
    order_filled: int | None = None
    released: int = 0
    seq: int = 0

    @property
    def account_id(self) -> str:
        """Whose it is."""
        return self.execution.account_id

    @property
    def market_ms(self) -> int:
        """When it happened."""
        return self.execution.market_ms

    @property
    def reference(self) -> str:
        """The natural key of its journal entry."""
        key = "" if self.fill_key == FIRST else f":{self.fill_key}"
        return f"fill:{self.order_id}{key}"


class FundingCharge(NamedTuple):
    """What one position paid or received at one settlement of funding; amounts in units.

    ``amount`` is received by the account (paid: negative), ``covered`` what it could not pay and the
    insurance did, ``margin_change`` (never positive) what margin paid for want of free money.
    """

    account_id: str
    symbol: str
    lifecycle: int
    market_ms: int
    side: int
    qty: int
    mark: int
    rate: int
    amount: int
    covered: int = 0
    margin_change: int = 0


class OrderRested(NamedTuple):
    """An order that was placed and waits; its reservation leaves the free money."""

    order: RestingOrder
    market_ms: int

    @property
    def account_id(self) -> str:
        """Whose it is."""
        return self.order.account_id


class OrderEnded(NamedTuple):
    """A waiting order that was cancelled; its reservation becomes free money again."""

    order: RestingOrder
    market_ms: int
    reason: str

    @property
    def account_id(self) -> str:
        """Whose it is."""
        return self.order.account_id


AccountEvent = BookedFill | FundingCharge | OrderRested | OrderEnded


def entries_of(event: BookedFill | OrderRested | OrderEnded) -> Iterator[EntryDraft]:
    """Yield the journal entries of one event, in order. Funding is booked by instant: ``funding_entry``."""
    if isinstance(event, BookedFill):
        if event.released:
            yield _release(event.order_id, event.account_id, event.released, event.market_ms)
        yield entry_of(event.effect, event.execution, event.reference)
    elif event.order.reserved:
        name, account, amount = event.order.client_order_id, event.account_id, event.order.reserved
        if isinstance(event, OrderRested):
            key = f"reserve:{name}"
            yield reserve_entry(account, amount, reference=key, market_ms=event.market_ms)
        else:
            yield _release(name, account, amount, event.market_ms)


def _release(order_id: str, account_id: str, amount: int, market_ms: int) -> EntryDraft:
    return release_entry(account_id, amount, reference=f"release:{order_id}", market_ms=market_ms)


def funding_entry(charges: list[FundingCharge]) -> EntryDraft:
    """Return the entry of the charges of one account at one instant, keyed by both."""
    first = charges[0]
    amount = sum([charge.amount for charge in charges])
    reserved = sum([charge.margin_change for charge in charges])
    covered = sum([charge.covered for charge in charges])
    amounts = (
        (first.account_id, AVAILABLE, amount - reserved),
        (first.account_id, RESERVED, reserved),
        (HOUSE, "funding", covered - amount),
        (HOUSE, "insurance", -covered),
    )
    lines = tuple(Line(account, code, QUOTE_ASSET, moved) for account, code, moved in amounts if moved)
    return EntryDraft(f"funding:{first.account_id}:{first.market_ms}", "funding", first.market_ms, lines)


def shared_funding_entries(feed: str, charges: Iterable[FundingCharge]) -> list[EntryDraft]:
    """Return one entry an instant of charges that free money pays, with a line an account.

    Keyed by feed and instant: a feed's instant is settled once, and each payment is unique by itself.
    """
    instants: dict[int, dict[str, int]] = {}
    for charge in charges:
        sums = instants.setdefault(charge.market_ms, {})
        sums[charge.account_id] = sums.get(charge.account_id, 0) + charge.amount
    found = []
    for market_ms, sums in instants.items():
        lines = [Line(account, AVAILABLE, QUOTE_ASSET, amount) for account, amount in sums.items() if amount]
        if total := sum(sums.values()):
            lines.append(Line(HOUSE, "funding", QUOTE_ASSET, -total))
        if lines:
            found.append(EntryDraft(f"funding:{feed}:{market_ms}", "funding", market_ms, tuple(lines)))
    return found
