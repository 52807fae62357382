"""What may stop an account by itself: orders in doubt, and which accounts are at real venues."""

from trading import models


def venue_feeds() -> dict[str, tuple[str, ...]]:
    """Return feed -> its accounts at real venues that are switched on."""
    found: dict[str, list[str]] = {}
    rows = models.VenueAccount.objects.filter(enabled=True).order_by("account_id")
    for feed, account in rows.values_list("feed", "account_id"):
        found.setdefault(feed, []).append(account)
    return {feed: tuple(accounts) for feed, accounts in found.items()}


def unknown_orders(account_ids: list[str]) -> dict[str, tuple[str, ...]]:
    """Return account -> its orders of which nobody knows what became, the oldest first."""
    rows = models.Order.objects.filter(account_id__in=account_ids, state="unknown").order_by(
        "market_ms", "id"
    )
    found: dict[str, list[str]] = {}
    for account, order in rows.values_list("account_id", "id"):
        found.setdefault(account, []).append(order)
    return {account: tuple(orders) for account, orders in found.items()}
