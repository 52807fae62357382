"""Reads of what limits openings: what rests already, and when a trade last lost."""

from typing import Final

from django.db.models import F, Max

from trading import models
from trading.domain.order_states import OPEN_STATES, RESTING_STATES
from trading.domain.positions import margin_of, notional_of
from trading.domain.risk import Exposure


def resting_openings(feed: str) -> dict[str, tuple[Exposure, ...]]:
    """Return account -> what its orders that are not at their end would open if they filled.

    At their own prices, those without one at the mark of their decision. An order whose outcome is not known
    counts: it may be in force. What the paper venue has reserved says which of them a decision replaces.
    """
    rows = (
        models.Order.objects.filter(feed=feed, state__in=OPEN_STATES, reduce_only=False, kind="decision")
        .order_by("account_id", "symbol", "id")
        .values_list("account_id", "symbol", "side", "qty", "filled", "price", "mark", "leverage", *_HOW)
    )
    found: dict[str, list[Exposure]] = {}
    for account, symbol, side, qty, filled, price, mark, leverage, *how in rows:
        notional = notional_of(qty - filled, mark if price is None else price)
        margin = margin_of(notional, max(1, leverage))
        found.setdefault(account, []).append(
            Exposure(symbol, side, notional, margin, reserved=_replaceable(*how))
        )
    return {account: tuple(items) for account, items in found.items()}


_HOW: Final = ("reserved", "venue", "state")


def _replaceable(reserved: int, venue: str, state: str) -> int:
    """Return what an order sets aside where the next decision on its symbol replaces it."""
    return reserved if not venue and state in RESTING_STATES else 0


def last_losses(feed: str, market_ms: int, within_ms: int) -> dict[str, int]:
    """Return account -> when a trade last closed at a loss, net of fees and funding, in the time before.

    Accounts without one are absent. ``within_ms`` is how far back it matters.
    """
    rows = (
        models.ClosedTrade.objects.filter(
            account__in=models.Position.objects.filter(feed=feed).values("account_id"),
            closed_ms__gt=market_ms - within_ms,
            closed_ms__lte=market_ms,
            pnl__lt=F("fees") - F("funding"),
        )
        .values_list("account_id")
        .annotate(last=Max("closed_ms"))
    )
    return dict(rows)
