"""When trading stops by itself: conditions in, what is to be stopped out. Pure.

A condition has an episode: the same drawdown, the same doubtful orders, the same break of the books. Each
episode trips its scope once, and once more where it has become clearly worse. Starting again is a person's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from kernel.units import SCALE, Rounding, mul_div
from trading.domain.levels import GLOBAL, HALTED, LEVELS, REDUCING

DRAWDOWN: Final = "drawdown"
UNKNOWN: Final = "unknown"
BOOKS: Final = "books"
STALE: Final = "stale"


@dataclass(frozen=True, slots=True)
class TripLimits:
    """What trips; 0: never. ``drawdown`` is a ratio at 1e-8, ``unknown`` counts orders."""

    drawdown: int
    unknown: int
    stale_ms: int


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """One venue account. ``equity`` and ``peak`` in 1e-8 USDT; ``unknown``: orders in doubt, oldest first."""

    account_id: str
    equity: int
    peak: int
    unknown: tuple[str, ...] = ()


class FeedHealth(NamedTuple):
    """A running season on a live market: how old its newest price is, and its venue accounts."""

    name: str
    newest_ms: int
    age_ms: int
    account_ids: tuple[str, ...]


class Trip(NamedTuple):
    """A condition that stops a scope. ``depth`` grows as it worsens; by ``step`` it is clearly worse."""

    scope: str
    asked: str
    rule: str
    episode: str
    depth: int
    step: int
    reason: str


def drawdown_trips(accounts: Iterable[AccountHealth], limits: TripLimits) -> list[Trip]:
    """Return a trip for each account that lost the limit or more from its highest equity."""
    found = []
    for account in accounts:
        if not limits.drawdown or account.peak <= 0:
            continue
        lost = mul_div(account.peak - account.equity, SCALE, account.peak, Rounding.DOWN)
        if lost >= limits.drawdown:
            reason = f"auto: equity {_percent(lost)} % below its highest, limit {_percent(limits.drawdown)} %"
            step = max(1, limits.drawdown // 4)
            found.append(Trip(account.account_id, REDUCING, DRAWDOWN, str(account.peak), lost, step, reason))
    return found


def unknown_trips(accounts: Iterable[AccountHealth], limits: TripLimits) -> list[Trip]:
    """Return a trip for each account with too many orders in doubt, and one for the arena if several have."""
    if not limits.unknown:
        return []
    bad = [account for account in accounts if len(account.unknown) >= limits.unknown]
    found = [_unknown_trip(account.account_id, account.unknown, limits) for account in bad]
    if len(bad) > 1:
        orders = tuple(order for account in bad for order in account.unknown)
        found.append(_unknown_trip(GLOBAL, orders, limits))
    return found


def _unknown_trip(scope: str, orders: tuple[str, ...], limits: TripLimits) -> Trip:
    count = len(orders)
    reason = f"auto: {count} orders of which nobody knows what became, limit {limits.unknown}"
    return Trip(scope, REDUCING, UNKNOWN, orders[0], count, max(1, limits.unknown), reason)


def books_trip(problem: str, digest: str) -> Trip:
    """Return the trip of books that do not balance: nothing is believed, so nothing goes on."""
    return Trip(GLOBAL, HALTED, BOOKS, digest[:16], 0, 1, f"auto: {problem}"[:200])


def stale_trips(feeds: Iterable[FeedHealth], limits: TripLimits) -> list[Trip]:
    """Return a trip for each venue account of a feed whose newest price is too old."""
    found: list[Trip] = []
    for feed in feeds:
        if not limits.stale_ms or feed.age_ms < limits.stale_ms:
            continue
        reason = f"auto: no price of {feed.name} for {feed.age_ms // 1000} s"
        found.extend(
            Trip(account, REDUCING, STALE, str(feed.newest_ms), 0, 1, reason) for account in feed.account_ids
        )
    return found


def is_due(trip: Trip, level: str, tripped_at: int | None) -> bool:
    """Return whether a trip is to be carried out now.

    ``level`` is the scope's own, ``tripped_at`` the depth at which this episode tripped it last, None before.
    """
    if LEVELS.index(level) >= LEVELS.index(trip.asked):
        return False
    return tripped_at is None or trip.depth >= tripped_at + trip.step


def due_trips(
    trips: Iterable[Trip], levels: Mapping[str, str], tripped: Mapping[tuple[str, str, str], int]
) -> list[Trip]:
    """Return the trips to carry out. ``tripped``: (scope, rule, episode) -> depth at its last trip."""
    return [
        trip
        for trip in trips
        if is_due(trip, levels.get(trip.scope, LEVELS[0]), tripped.get((trip.scope, trip.rule, trip.episode)))
    ]


def _percent(ratio: int) -> str:
    return f"{ratio // 1_000_000}.{ratio % 1_000_000 // 100_000}"
