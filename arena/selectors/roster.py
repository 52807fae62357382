"""Who plays, under which rules, by which clock: what a round reads before it starts."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q, QuerySet

from agents.domain.specs import SpecConfig
from agents.selectors import spec_config
from arena.domain.clock import SeasonClock
from arena.domain.standings import Aggregate
from arena.models import Contestant, Round, Season, Standing, Turn
from trading.domain.rules import PROFILES, Profile


@dataclass(frozen=True, slots=True)
class SeasonFacts:
    """A season as its rounds need it."""

    id: str
    slug: str
    status: str
    seed: int
    market_spec: str
    market_sha256: str
    bar_ms: int
    rulebook_sha256: str
    starting_capital: int
    settled_ms: int
    rounds_closed: int
    clock: SeasonClock


@dataclass(frozen=True, slots=True)
class Player:
    """A contestant that is asked."""

    contestant_id: str
    account_id: str
    slug: str
    position: int
    replica: int
    profile: Profile
    is_baseline: bool
    is_paused: bool
    config: SpecConfig
    is_derived: bool = False
    division: str = "main"
    capital: int = 0
    """What its figures start from: the season's capital, or its own wallet's at a real venue."""


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """A round as stored."""

    id: str
    slot: int
    number: int
    market_ms: int
    stage: str
    snapshot_sha256: str
    report_digest: str
    book_sha256: str
    rulebook_sha256: str
    receipt_state: str
    receipt_root: str
    held_reason: str


def clock_of(row: Season) -> SeasonClock:
    """Return a season's clock as stored."""
    return SeasonClock(
        kind=row.clock,
        speed=row.speed,
        anchor_market_ms=row.anchor_market_ms,
        anchor_wall_ms=row.anchor_wall_ms,
        interval_ms=row.interval_ms,
        first_slot=row.first_slot,
        last_slot=row.last_slot,
        round_open=row.round_open,
    )


def season_facts(season_id: str) -> SeasonFacts:
    """Return a season's facts; raises Season.DoesNotExist for an unknown id."""
    row = Season.objects.get(id=season_id)
    return SeasonFacts(
        id=row.id,
        slug=row.slug,
        status=row.status,
        seed=row.seed,
        market_spec=row.market_spec,
        market_sha256=row.market_sha256,
        bar_ms=row.bar_ms,
        rulebook_sha256=row.rulebook_sha256,
        starting_capital=row.starting_capital,
        settled_ms=row.settled_ms,
        rounds_closed=row.rounds_closed,
        clock=clock_of(row),
    )


def running_season_ids() -> list[str]:
    """Return the seasons that are being played, oldest first; not those that are played again."""
    rows = Season.objects.filter(status="running", ranked=True).order_by("created_ms", "id")
    return list(rows.values_list("id", flat=True))


def watched_season_ids() -> list[str]:
    """Return the seasons whose exits are watched: those played, and paused ones whose market goes on."""
    watched = Q(status="running") & ~Q(clock="tape") | Q(status="paused", clock="wall")
    rows = Season.objects.filter(watched, ranked=True).order_by("created_ms", "id")
    return list(rows.values_list("id", flat=True))


def players(season_id: str) -> tuple[Player, ...]:
    """Return the contestants that take part, in roster order; those that wait for a key do not."""
    return _players(Contestant.objects.filter(season_id=season_id, status__in=["playing", "paused"]))


def asked_players(round_id: str) -> tuple[Player, ...]:
    """Return the contestants that have a turn in this round, in roster order, whatever became of them."""
    asked = Turn.objects.filter(round_id=round_id).values("contestant_id")
    return _players(Contestant.objects.filter(id__in=asked))


def _players(found: QuerySet[Contestant]) -> tuple[Player, ...]:
    rows = list(
        found.order_by("position").values_list(
            "id",
            "account_id",
            "slug",
            "position",
            "replica",
            "profile",
            "baseline",
            "status",
            "spec_id",
            "derived",
            "division",
            "capital",
            "season__starting_capital",
        )
    )
    configs = spec_config({row[8] for row in rows})
    return tuple(
        Player(
            contestant_id=row[0],
            account_id=row[1],
            slug=row[2],
            position=row[3],
            replica=row[4],
            profile=PROFILES[row[5]],
            is_baseline=row[6],
            is_paused=row[7] == "paused",
            config=configs[row[8]],
            is_derived=row[9],
            division=row[10],
            capital=row[11] or row[12],
        )
        for row in rows
    )


def contestant_ids(season_id: str) -> dict[str, str]:
    """Return account -> contestant, of everybody who was ever entered."""
    return dict(Contestant.objects.filter(season_id=season_id).values_list("account_id", "id"))


def capitals(season_id: str) -> dict[str, int]:
    """Return account -> what its contestant's figures start from, of everybody who was ever entered."""
    rows = Contestant.objects.filter(season_id=season_id)
    found = rows.values_list("account_id", "capital", "season__starting_capital")
    return {account: own or general for account, own, general in found}


def waiting_contestants(season_id: str | None = None) -> dict[str, SpecConfig]:
    """Return contestant -> specification of those that wait for a key in this season.

    Without one: in every season that goes on by itself. A season on a tape clock is played at full speed by a
    command, which says itself whether models take part.
    """
    rows = Contestant.objects.filter(status="waiting_for_key").exclude(season__status="finished")
    rows = rows.filter(season_id=season_id) if season_id else rows.exclude(season__clock="tape")
    specs = dict(rows.values_list("id", "spec_id"))
    configs = spec_config(set(specs.values()))
    return {contestant: configs[spec] for contestant, spec in specs.items()}


def round_facts(round_id: str) -> RoundFacts:
    """Return a round as stored; raises Round.DoesNotExist for an unknown id."""
    row = Round.objects.get(id=round_id)
    return RoundFacts(
        id=row.id,
        slot=row.slot,
        number=row.number,
        market_ms=row.market_ms,
        stage=row.stage,
        snapshot_sha256=row.snapshot_sha256,
        report_digest=row.report_digest,
        book_sha256=row.book_sha256,
        rulebook_sha256=row.rulebook_sha256,
        receipt_state=row.receipt_state,
        receipt_root=row.receipt_root,
        held_reason=row.held_reason,
    )


def unfinished_round_id(season_id: str) -> str | None:
    """Return the round of a season that is not closed yet, if any."""
    return (
        Round.objects.filter(season_id=season_id).exclude(stage="closed").values_list("id", flat=True).first()
    )


class StandingFacts(NamedTuple):
    """A standing as stored: the aggregates of the curve and the running counts a round needs."""

    contestant_id: str
    points: int
    equity: int
    peak: int
    max_drawdown: int
    sum_return: int
    sum_return_squared: int
    sum_downside_squared: int
    day_start_ms: int
    day_start_equity: int
    turns: int
    opens: int
    trades: int
    sum_leverage: int
    sum_size: int
    sum_hold_ms: int
    rank: int
    fees: int
    wins: int
    orders: int
    funding: int

    @property
    def aggregate(self) -> Aggregate:
        """The part that an equity point advances."""
        return Aggregate(*self[1:10])


def standing_facts(season_id: str) -> dict[str, StandingFacts]:
    """Return contestant -> standing. Tuples, because a thousand model instances cost more than the round."""
    rows = Standing.objects.filter(season_id=season_id).values_list(*StandingFacts._fields)
    return {row[0]: StandingFacts(*row) for row in rows}
