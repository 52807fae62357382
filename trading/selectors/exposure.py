"""Reads of what limits openings: what rests already, and when a trade last lost."""

from typing import Final

from django.db.models import Exists, F, Max, OuterRef, QuerySet

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
    """Return account -> when a loss was last taken in the time before: by a closed trade, or a part of one.

    A trade counts net of fees and funding, a part by its own profit and fee: who keeps a crumb of a losing
    position has lost all the same. Accounts without a loss are absent. ``within_ms`` is how far back it
    matters.
    """
    since_ms = market_ms - within_ms
    lost = models.ClosedTrade.objects.filter(
        account__in=models.Position.objects.filter(feed=feed).values("account_id"),
        closed_ms__gt=since_ms,
        closed_ms__lte=market_ms,
        pnl__lt=F("fees") - F("funding"),
    )
    found = dict(lost.values_list("account_id").annotate(last=Max("closed_ms")))
    parts = _losing_parts(feed, since_ms, market_ms).values_list("account_id")
    for account, last in parts.annotate(last=Max("market_ms")):
        found[account] = max(last, found.get(account, last))
    return found


def _losing_parts(feed: str, after_ms: int, until_ms: int) -> QuerySet[models.Fill]:
    """Return the fills that closed a part of a position at a loss; the last part is its trade's business."""
    ended = models.ClosedTrade.objects.filter(
        account_id=OuterRef("account_id"),
        symbol=OuterRef("symbol"),
        lifecycle=OuterRef("lifecycle"),
        closed_ms=OuterRef("market_ms"),
    )
    # What opens or adds locks margin, at least a unit; what reduces locks none.
    return models.Fill.objects.filter(
        ~Exists(ended),
        feed=feed,
        market_ms__gt=after_ms,
        market_ms__lte=until_ms,
        margin_change__lte=0,
        pnl__lt=F("fee") - F("covered"),
    )
