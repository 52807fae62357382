"""Orders that nobody decided: exits that a plan, a watch or the kill switch asks for. They only reduce."""

from dataclasses import dataclass
from typing import Final, NamedTuple, cast

from trading.domain.decisions import Action
from trading.domain.orders import ApprovedOrder, Denied, ProposedOrder, Receipt, Review, approve
from trading.domain.positions import Position, notional_of
from trading.domain.risk import CLOSING_RULES, Case
from trading.domain.terms import AT_MARKET

NO_PROOF: Final = Receipt("not_proven")
"""Closing is proven by nothing but itself: it reduces."""


class _ClosingCase(NamedTuple):
    """What the closing rules look at: they know no market and no limit."""

    order: ProposedOrder
    held: Position | None


@dataclass(frozen=True, slots=True)
class Closing:
    """An order that reduces. ``mark`` is 0 where no price is known: it is asked for nothing but size."""

    order_id: str
    account_id: str
    symbol: str
    side: int
    qty: int
    leverage: int
    mark: int


def approve_closing(closing: Closing, held: Position | None) -> ApprovedOrder | Denied:
    """Return the closing order sealed for a venue, or the denial where it would not reduce."""
    order = ProposedOrder(
        decision_id="",
        client_order_id=closing.order_id,
        account_id=closing.account_id,
        symbol=closing.symbol,
        action=Action.CLOSE,
        side=closing.side,
        qty=closing.qty,
        mark=closing.mark,
        notional=notional_of(closing.qty, closing.mark),
        leverage=closing.leverage,
        margin=0,
        reduce_only=True,
        stop_loss=None,
        take_profit=None,
        confidence=0,
        terms=AT_MARKET,
    )
    case = cast("Case", _ClosingCase(order, held))
    return approve(order, Review(tuple(rule(case) for rule in CLOSING_RULES)), NO_PROOF)
