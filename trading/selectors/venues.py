"""Reads of accounts at real venues."""

from trading import models


def venue_account_ids(feed: str) -> frozenset[str]:
    """Return the accounts of a feed that trade at a real venue, whether switched on or not: none is paper."""
    return frozenset(models.VenueAccount.objects.filter(feed=feed).values_list("account_id", flat=True))
