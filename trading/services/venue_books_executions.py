"""Booking what one execution at a venue does: fills, positions and money together."""

from trading import models
from trading.domain.positions import Execution
from trading.domain.venue import VenueFill
from trading.domain.venue_fills import VenueEffect, effects_of
from trading.selectors import portfolio
from trading.services import BookedFill, record_fills
from trading.services.outbox_desk import Desk


def book_execution(
    desk: Desk, order_id: str, execution: Execution, fill: VenueFill | None, after: tuple[str, int] | None
) -> list[BookedFill]:
    """Book what an execution does; ``after`` is state and filled quantity of its order, None for a new one.

    For the caller's transaction, which has locked the account.
    """
    rows = models.Position.objects.filter(account_id=desk.account_id, symbol=execution.symbol)
    lifecycle = rows.values_list("lifecycle", flat=True).first() or 0
    found = effects_of(execution, portfolio(desk.account_id), lifecycle)
    fills = [_booked(order_id, item, fill, after) for item in found]
    record_fills(desk.feed, fills, desk.instruments)
    desk.count_fills(fills)
    return fills


def _booked(
    order_id: str, item: VenueEffect, fill: VenueFill | None, after: tuple[str, int] | None
) -> BookedFill:
    name = fill.trade_id if fill else "adjustment"
    state, filled = after or ("filled", item.execution.qty)
    return BookedFill(
        order_id=order_id,
        execution=item.execution,
        effect=item.effect,
        before=item.before,
        is_plan=after is None and not item.part,
        fill_key=f"{name}:{item.part}" if item.part else name,
        maker=fill.maker if fill else False,
        venue_trade_id=fill.trade_id if fill else "",
        order_state=state,
        order_filled=filled,
    )
