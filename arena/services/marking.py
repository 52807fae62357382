"""Live equity between rounds: marked at the newest tick, and kept out of every aggregate."""

from django.db import transaction
from django.db.models import F

from arena.models import Contestant, Season, Standing
from store.bulk import update_rows
from trading.selectors import latest_tick, portfolios


def mark_season(season_id: str) -> int | None:
    """Mark every contestant at the newest tick; return the new version, None if nothing is newer."""
    tick = latest_tick(season_id)
    newest = Standing.objects.filter(season_id=season_id).order_by("-marked_ms").first()
    if tick is None or newest is None or newest.marked_ms >= tick.market_ms:
        return None
    marks = {part.symbol: part.close for part in tick.symbols}
    accounts = dict(Contestant.objects.filter(season_id=season_id).values_list("account_id", "id"))
    rows = [
        (portfolio.equity(marks), tick.market_ms, accounts[account])
        for account, portfolio in portfolios(season_id, list(accounts)).items()
        if all(position.symbol in marks for position in portfolio.positions)
    ]
    with transaction.atomic():
        # The season's row first, as a closing round takes it: the other order can deadlock on PostgreSQL.
        Season.objects.filter(id=season_id).update(version=F("version") + 1)
        update_rows(Standing, "contestant", ("marked_equity", "marked_ms"), rows)
    return Season.objects.values_list("version", flat=True).get(id=season_id)
