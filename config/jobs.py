"""What the schedule rings: functions that need no arguments, each idempotent and safe to run twice at once.

``world`` is the real one unless a caller says otherwise: another clock, another way to a venue.
"""

from collections.abc import Callable

from accounts.selectors import check_ledger
from arena.domain.clock import market_now
from arena.ports import Ports, Publisher
from arena.rounds import play_next_round, settle_until
from arena.selectors.roster import SeasonFacts, running_season_ids, season_facts
from arena.services.marking import mark_season
from arena.services.settlement import record_new_ticks
from config.wiring import WORLD, World, ports_of, season_market
from interfaces.live.publish import LivePublisher
from trading.ports import MarketEndedError, MarketUnavailableError

_publisher: Publisher = LivePublisher()


class BooksError(Exception):
    """The ledger does not balance: the sentence says where."""


def sync_prices(*, world: World = WORLD) -> None:
    """Record what the markets did since the last look."""
    _for_each_season(
        lambda season: record_new_ticks(season_market(season, world), season, _now(season, world))
    )


def watch_exits(*, world: World = WORLD) -> None:
    """Book stops, targets and liquidations up to now."""
    _for_each_season(lambda season: settle_until(_ports(season, world), season, _now(season, world)))


def play_rounds(*, world: World = WORLD) -> None:
    """Finish or open what is due in every running season."""
    _for_each_season(lambda season: play_next_round(_ports(season, world), season.id))


def mark_positions() -> None:
    """Mark open positions at the newest prices and tell whoever listens."""
    for season_id in running_season_ids():
        version = mark_season(season_id)
        if version is not None:
            _publisher.publish_version(season_facts(season_id).slug, version)


def sync_balances() -> None:
    """Derive every cached balance again; on paper the ledger is the only source there is."""
    problem = check_ledger()
    if problem:
        raise BooksError(problem)


def _now(season: SeasonFacts, world: World) -> int:
    return market_now(season.clock, world.wall_ms())


def _ports(season: SeasonFacts, world: World) -> Ports:
    return ports_of(season.id, _publisher, world)


def _for_each_season(work: Callable[[SeasonFacts], object]) -> None:
    """Do the work for each running season; a market that is away stops its own season only."""
    outages = []
    for season_id in running_season_ids():
        try:
            work(season_facts(season_id))
        except MarketEndedError:
            continue
        except MarketUnavailableError as outage:
            outages.append(outage)
    if outages:
        raise outages[0]
