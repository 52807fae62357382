"""What the schedule rings: functions that need no arguments, each idempotent and safe to run twice at once.

``world`` is the real one unless a caller says otherwise: another clock, another way to a venue.
"""

from collections.abc import Callable

from arena.domain.clock import due_slot, market_now
from arena.ports import Ports, Publisher
from arena.rounds import play_next_round, settle_until
from arena.selectors.roster import SeasonFacts, running_season_ids, season_facts, watched_season_ids
from arena.services.marking import mark_season
from arena.services.settlement import record_new_ticks
from config.contestants import seat_ready_contestants
from config.trips import check_books
from config.wiring import WORLD, World, ports_of, season_market
from interfaces.live.publish import LivePublisher
from trading.ports import MarketEndedError

_publisher: Publisher = LivePublisher()


class BooksError(Exception):
    """The ledger does not balance: the sentence says where."""


def sync_prices(*, world: World = WORLD) -> None:
    """Record what the markets did since the last look."""
    _for_each_season(
        lambda season: record_new_ticks(season_market(season, world), season, _now(season, world)),
        watched_season_ids,
    )


def watch_exits(*, world: World = WORLD) -> None:
    """Book stops, targets and liquidations up to now."""
    _for_each_season(
        lambda season: settle_until(season_market(season, world), season, _now(season, world)),
        watched_season_ids,
    )


def play_rounds(*, world: World = WORLD) -> None:
    """Finish or open what is due in every running season.

    Seasons on a tape clock belong to the command that plays them.
    """
    _for_each_season(lambda season: _play_due(season, world), running_season_ids)


def _play_due(season: SeasonFacts, world: World) -> None:
    """Look first whether there is anything to do: building the ports of a large season is not free."""
    is_due = season.clock.round_open or due_slot(season.clock, world.wall_ms()) is not None
    if season.clock.kind != "tape" and is_due:
        play_next_round(_ports(season, world), season.id)


def mark_positions() -> None:
    """Mark open positions at the newest prices and tell whoever listens."""
    for season_id in running_season_ids():
        version = mark_season(season_id)
        if version is not None:
            _publisher.publish_version(season_facts(season_id).slug, version)


def seat_contestants() -> None:
    """Let contestants play whose key or switch has come."""
    seat_ready_contestants()


def sync_balances() -> None:
    """Derive every cached balance again; on paper the ledger is the only source there is."""
    problem = check_books()
    if problem:
        raise BooksError(problem)


def _now(season: SeasonFacts, world: World) -> int:
    return market_now(season.clock, world.wall_ms())


def _ports(season: SeasonFacts, world: World) -> Ports:
    return ports_of(season.id, _publisher, world)


def _for_each_season(work: Callable[[SeasonFacts], object], choose: Callable[[], list[str]]) -> None:
    """Do the work for each season; what goes wrong in one stops that one only, and is raised at the end."""
    failures: list[Exception] = []
    for season_id in choose():
        try:
            work(season_facts(season_id))
        except MarketEndedError:
            continue
        except Exception as failure:  # noqa: BLE001 - the wall between seasons
            failures.append(failure)
    if failures:
        raise failures[0]
