"""Our side of the comparison with a venue."""

from accounts.selectors import balances
from trading import models
from trading.domain.order_states import OPEN_STATES
from trading.domain.reconciling import OurBooks
from trading.services.outbox_desk import Desk


def our_books(desk: Desk) -> OurBooks:
    """Return what our tables say of the account."""
    rows = models.Position.objects.filter(account_id=desk.account_id, qty__gt=0)
    found = list(rows.values_list("symbol", "side", "qty", "entry_cost"))
    held = {symbol: side * qty for symbol, side, qty, _ in found}
    costs = {symbol: side * cost for symbol, side, _, cost in found}
    orders = models.Order.objects.filter(account_id=desk.account_id, state__in=OPEN_STATES)
    recent = models.Order.objects.filter(account_id=desk.account_id, venue=desk.venue.name)
    ids = {
        *orders.values_list("id", flat=True),
        *recent.order_by("-market_ms").values_list("id", flat=True)[:200],
    }
    wallet = balances([desk.account_id])[desk.account_id].total
    return OurBooks(desk.account_id, held, wallet, frozenset(ids), costs)
