"""What a fill means for the books: one balanced journal entry.

The account's available and reserved money against the house: 'trading' is the other side of profit and loss,
'fees' earns the fee, 'insurance' what a liquidation costs; it pays what a loss exceeds the margin by.
"""

from accounts.domain.ledger import AVAILABLE, HOUSE, RESERVED, EntryDraft, Line
from trading.domain.instruments import QUOTE_ASSET
from trading.domain.orders import ApprovedOrder, Filled
from trading.domain.positions import Execution, FillEffect


def execution_of(
    approved: ApprovedOrder, filled: Filled, market_ms: int, kind: str = "decision"
) -> Execution:
    """Return what the venue filled of an approved order, as positions understand it."""
    order = approved.order
    return Execution(
        account_id=order.account_id,
        symbol=order.symbol,
        side=order.side,
        qty=filled.qty,
        notional=filled.notional,
        fee=filled.fee,
        leverage=order.leverage,
        stop_loss=order.stop_loss,
        take_profit=order.take_profit,
        market_ms=market_ms,
        kind=kind,
        watch=order.watch,
        trail=order.trail,
    )


def entry_of(effect: FillEffect, execution: Execution, reference: str) -> EntryDraft:
    """Return the journal entry of one fill; it sums to zero, and lines that move nothing are left out.

    ``reference`` is the entry's natural key: a fill is booked once whatever happens.
    """
    amounts = (
        (execution.account_id, AVAILABLE, effect.available_change),
        (execution.account_id, RESERVED, effect.reserved_change),
        (HOUSE, "trading", -effect.pnl),
        (HOUSE, "fees", effect.fee - execution.penalty),
        (HOUSE, "insurance", execution.penalty - effect.covered),
    )
    lines = tuple(Line(account, code, QUOTE_ASSET, amount) for account, code, amount in amounts if amount)
    return EntryDraft(reference=reference, kind="fill", market_ms=execution.market_ms, lines=lines)
