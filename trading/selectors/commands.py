"""Reads of what running seasons are asked to do, and have carried out."""

from trading import models


def carried_out(feed: str) -> list[tuple[str, str, int]]:
    """Return (scope, kind, market moment) of a feed's commands that took effect, in the order they did."""
    rows = models.Command.objects.filter(feed=feed, effective_ms__isnull=False)
    found = rows.order_by("effective_ms", "id").values_list("scope", "kind", "effective_ms")
    return [(scope, kind, at_ms) for scope, kind, at_ms in found if at_ms is not None]


def newest_moment(feed: str) -> int:
    """Return the moment of a feed's newest recorded tick, 0 without one: what is asked now comes after it."""
    rows = models.Tick.objects.filter(feed=feed).order_by("-market_ms")
    return rows.values_list("market_ms", flat=True).first() or 0
