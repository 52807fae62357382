"""Orders that wait in the paper venue, as pages and answers show them."""

from arena.domain.board import WaitingOrderView
from trading.selectors import resting_orders


def waiting_orders(season_id: str, account_id: str) -> tuple[WaitingOrderView, ...]:
    """Return what waits for an account, in the order of placement."""
    return tuple(
        WaitingOrderView(
            symbol=order.symbol,
            side=order.side,
            kind=order.kind,
            qty=order.qty,
            price=order.price,
            trigger=order.trigger,
            reserved=order.reserved,
            reduce_only=order.reduce_only,
            placed_ms=order.placed_ms,
        )
        for order in resting_orders(season_id).get(account_id, ())
    )
