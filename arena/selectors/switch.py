"""Whom a turn of the kill switch concerns, and by which names the faces call an account."""

from collections.abc import Iterable

from django.db.models import Q

from arena.models import Contestant, Season
from trading.domain.levels import GLOBAL


def account_of_contestant(season: str, contestant: str) -> str | None:
    """Return the account of a contestant of a season, both by slug; None if there is none."""
    rows = Contestant.objects.filter(season__slug=season, slug=contestant)
    return rows.values_list("account_id", flat=True).first()


def names_of_accounts(accounts: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return account -> slugs of its season and contestant, for those that are contestants'."""
    rows = Contestant.objects.filter(account_id__in=list(accounts))
    found = rows.values_list("account_id", "season__slug", "slug")
    return {account: (season, slug) for account, season, slug in found}


def live_feeds(scope: str) -> list[str]:
    """Return the seasons a command must reach: those that are settled, and hold the scope's account.

    A season that is played again takes its commands from its record, never from a switch of today.
    """
    settled = Q(status="running") | Q(status="paused")
    rows = Season.objects.filter(settled, ranked=True)
    if scope != GLOBAL:
        rows = rows.filter(id__in=Contestant.objects.filter(account_id=scope).values("season_id"))
    return list(rows.order_by("created_ms", "id").values_list("id", flat=True))
