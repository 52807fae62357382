"""Look at what may stop trading by itself, and stop it: accounts at venues, books, prices, the stop file.

Paper seasons need none of it for an account (the rules there refuse by drawdown already, and a stale snapshot
opens no round); books that break and the stop file stop them as well.
"""

from accounts.selectors import books_balance
from arena.domain.clock import market_now
from arena.models import Season, Standing
from arena.selectors.roster import running_season_ids, season_facts
from arena.services.switch import turn
from kernel.canonical import sha256_hex
from trading.domain.trips import (
    AccountHealth,
    FeedHealth,
    Trip,
    TripLimits,
    books_trip,
    drawdown_trips,
    stale_trips,
    unknown_trips,
)
from trading.selectors import latest_tick, unknown_orders, venue_feeds
from trading.services import obey_stop_file, trip

_UNBALANCED = "the ledger's columns do not sum to zero; run: manage.py arena audit"


def look_for_trips(limits: TripLimits, wall_ms: int) -> list[Trip]:
    """Stop what a condition stops; return the trips that were carried out."""
    obey_stop_file(turn, wall_ms)
    feeds = venue_feeds()
    accounts = _accounts_of([account for found in feeds.values() for account in found])
    trips = [*drawdown_trips(accounts, limits), *unknown_trips(accounts, limits)]
    trips += stale_trips(_feeds_of(feeds, wall_ms), limits)
    if not books_balance():
        trips.append(books_trip(_UNBALANCED, sha256_hex(_UNBALANCED.encode())))
    return trip(trips, turn, wall_ms)


def trip_on_books(problem: str, wall_ms: int) -> list[Trip]:
    """Stop the arena because its books were derived again and break."""
    return trip([books_trip(problem, sha256_hex(problem.encode()))], turn, wall_ms)


def _accounts_of(account_ids: list[str]) -> list[AccountHealth]:
    unknown = unknown_orders(account_ids)
    rows = Standing.objects.filter(contestant__account_id__in=account_ids).order_by("contestant__account_id")
    return [
        AccountHealth(account, marked, max(peak, marked), unknown.get(account, ()))
        for account, marked, peak in rows.values_list("contestant__account_id", "marked_equity", "peak")
    ]


def _feeds_of(feeds: dict[str, tuple[str, ...]], wall_ms: int) -> list[FeedHealth]:
    found = []
    live = set(Season.objects.filter(market_kind="live").exclude(clock="tape").values_list("id", flat=True))
    for season_id in running_season_ids():
        accounts = feeds.get(season_id)
        tick = latest_tick(season_id) if accounts and season_id in live else None
        if tick is not None and accounts:
            season = season_facts(season_id)
            age_ms = market_now(season.clock, wall_ms) - tick.market_ms
            found.append(FeedHealth(season.slug, tick.market_ms, age_ms, accounts))
    return found
