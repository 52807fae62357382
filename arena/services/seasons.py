"""Opening seasons, and starting and stopping what runs in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import F

from accounts.domain.ledger import EntryDraft, Line
from accounts.services import AccountDraft, open_accounts, record_entries
from arena.domain.clock import market_now
from arena.domain.standings import start_aggregate
from arena.models import Contestant, RuleBookVersion, Season, Standing
from arena.selectors.roster import season_facts
from kernel.canonical import GENESIS, chain_hash
from kernel.ids import derive_id
from kernel.time import slot_start
from store.bulk import insert_rows
from trading.domain.ending import SEASON_OVER
from trading.domain.engine import PAUSE, RETIRE
from trading.domain.instruments import Instrument
from trading.domain.market import MarketInfo
from trading.domain.rules import RuleBook
from trading.services import ask_to_withdraw, end_waiting, record_blobs, record_instruments

SEASON_STATES = ("running", "paused", "finished")
CONTESTANT_STATES = ("playing", "waiting_for_key", "paused", "retired", "absent")
"""'absent': in a season played again, outside of the rounds this contestant took part in."""

WITHDRAWS: Final = {"retired": RETIRE, "paused": PAUSE}
"""Status -> the command that cancels what waits for who has it."""


@dataclass(frozen=True, slots=True)
class SeasonDraft:
    """A season to be opened. ``speed`` is market time over wall time on a scaled clock."""

    slug: str
    name: str
    seed: int
    market_spec: str
    info: MarketInfo
    market_sha256: str
    instruments: tuple[Instrument, ...]
    rules: RuleBook
    clock: str
    speed: int
    first_slot: int
    ranked: bool = True
    proof: str = "none"


@dataclass(frozen=True, slots=True)
class ContestantDraft:
    """A contestant to be entered."""

    slug: str
    name: str
    subtitle: str
    spec_id: str
    replica: int
    profile: str
    status: str
    is_baseline: bool
    is_derived: bool = False
    division: str = "main"


def season_id_of(slug: str) -> str:
    """Return the id a season with this slug has."""
    return derive_id("season", slug)


@transaction.atomic
def open_season(draft: SeasonDraft, entrants: Sequence[ContestantDraft], wall_ms: int) -> str:
    """Open a season with its contestants and their capital; return its id.

    Raises IntegrityError where the slug is taken. Nothing is written unless everything is.
    """
    season_id = season_id_of(draft.slug)
    rules_sha = record_blobs([draft.rules.to_bytes()])[0]
    market_ms = slot_start(draft.first_slot, draft.rules.interval_ms)
    season = _season_row(draft, season_id, rules_sha, market_ms, wall_ms)
    season.save(force_insert=True)
    RuleBookVersion.objects.create(
        id=derive_id("rules", season_id, draft.rules.version),
        season=season,
        version=draft.rules.version,
        sha256=rules_sha,
        from_slot=draft.first_slot,
    )
    record_instruments(season_id, draft.instruments)
    enter_contestants(season_id, entrants, draft.rules.starting_capital, market_ms)
    return season_id


def _season_row(draft: SeasonDraft, season_id: str, rules_sha: str, market_ms: int, wall_ms: int) -> Season:
    return Season(
        id=season_id,
        slug=draft.slug,
        name=draft.name,
        status="running",
        ranked=draft.ranked,
        seed=draft.seed,
        market_spec=draft.market_spec,
        market_kind=draft.info.kind,
        market_label=draft.info.label,
        market_sha256=draft.market_sha256,
        bar_ms=draft.info.bar_ms,
        clock=draft.clock,
        speed=draft.speed,
        anchor_market_ms=market_ms,
        anchor_wall_ms=wall_ms,
        interval_ms=draft.rules.interval_ms,
        rulebook_sha256=rules_sha,
        starting_capital=draft.rules.starting_capital,
        proof=draft.proof,
        first_slot=draft.first_slot,
        settled_ms=market_ms,
        replay_head=chain_hash(GENESIS, draft.rules.to_bytes()),
        created_ms=wall_ms,
    )


CONTESTANT_FIELDS = (
    "id",
    "season",
    "account",
    "position",
    "slug",
    "name",
    "subtitle",
    "spec",
    "replica",
    "profile",
    "status",
    "baseline",
    "derived",
    "division",
)


def enter_contestants(
    season_id: str, entrants: Sequence[ContestantDraft], capital: int, market_ms: int
) -> list[str]:
    """Enter contestants with an account and their capital each; return their ids."""
    first = Contestant.objects.filter(season_id=season_id).count()
    ids = [derive_id("contestant", season_id, entrant.slug) for entrant in entrants]
    accounts = [derive_id("account", contestant_id) for contestant_id in ids]
    open_accounts(
        [
            AccountDraft(account, entrant.name, "contestant", None, market_ms)
            for account, entrant in zip(accounts, entrants, strict=True)
        ]
    )
    record_entries([_capital_entry(account, capital, market_ms) for account in accounts])
    seats = zip(ids, accounts, entrants, strict=True)
    rows = [
        (contestant_id, season_id, account, first + index, *_entrant_values(entrant))
        for index, (contestant_id, account, entrant) in enumerate(seats)
    ]
    insert_rows(Contestant, CONTESTANT_FIELDS, rows)
    _start_standings(season_id, ids, capital, market_ms)
    return ids


@transaction.atomic
def add_contestants(season_id: str, entrants: Sequence[ContestantDraft]) -> list[str]:
    """Enter contestants into a season that has begun: they play from the next round on; return their ids.

    Raises ValueError with a sentence for a finished season and for a name that is taken.
    """
    row = Season.objects.select_for_update().filter(id=season_id).first()
    if row is None or row.status == "finished":
        what = f"season {row.slug} is finished" if row else "there is no such season"
        raise ValueError(f"{what}: nobody can be entered; choose a running one")
    slugs = [entrant.slug for entrant in entrants]
    taken = Contestant.objects.filter(season_id=season_id, slug__in=slugs).values_list("slug", flat=True)
    if taken or len(set(slugs)) < len(slugs):
        name = next(iter(taken), slugs[0])
        raise ValueError(f"season {row.slug} has a contestant {name} already; choose another name")
    ids = enter_contestants(season_id, entrants, row.starting_capital, row.settled_ms)
    Season.objects.filter(id=season_id).update(version=F("version") + 1)
    return ids


def _entrant_values(entrant: ContestantDraft) -> tuple[object, ...]:
    named = (entrant.slug, entrant.name, entrant.subtitle, entrant.spec_id, entrant.replica)
    flags = (entrant.is_baseline, entrant.is_derived, entrant.division)
    return (*named, entrant.profile, entrant.status, *flags)


def _capital_entry(account_id: str, capital: int, market_ms: int) -> EntryDraft:
    lines = (Line(account_id, "available", "USDT", capital), Line("", "deposits", "USDT", -capital))
    return EntryDraft(f"capital:{account_id}", "capital", market_ms, lines)


def _start_standings(season_id: str, ids: Sequence[str], capital: int, market_ms: int) -> None:
    start = start_aggregate(capital, market_ms)
    Standing.objects.bulk_create(
        Standing(
            contestant_id=contestant_id,
            season_id=season_id,
            rank=1,
            equity=capital,
            peak=capital,
            day_start_ms=start.day_start_ms,
            day_start_equity=capital,
            marked_equity=capital,
            marked_ms=market_ms,
        )
        for contestant_id in ids
    )


def set_season_status(season_id: str, status: str, now_ms: int) -> None:
    """Run, pause or finish a season. A scaled clock goes on from where it stood.

    What waits in the venue when a season finishes can never fill: it ends, and its money is free again.
    """
    if status not in SEASON_STATES:
        raise ValueError(f"season status {status!r} is not known; use one of {', '.join(SEASON_STATES)}")
    if not Season.objects.filter(id=season_id).exists():
        raise ValueError(f"there is no season {season_id}")
    season = season_facts(season_id)
    if season.status == "finished" and status != "finished":
        raise ValueError(f"season {season.slug} is finished; its standings are final: open another season")
    # Paused market time stands still: it goes on from where the clock stood, not from where it would be.
    stood_at = (
        season.clock.anchor_market_ms if season.status == "paused" else market_now(season.clock, now_ms)
    )
    with transaction.atomic():
        Season.objects.filter(id=season_id).update(
            status=status, anchor_market_ms=stood_at, anchor_wall_ms=now_ms, version=F("version") + 1
        )
        if status == "finished":
            end_waiting(season_id, season_facts(season_id).settled_ms, SEASON_OVER)


@transaction.atomic
def set_contestant_status(contestant_id: str, status: str) -> None:
    """Let a contestant play, wait, pause (it is asked no more, its exits stay watched) or retire.

    Pausing and retiring have what waits in the venue cancelled at the next moment that is settled.
    """
    if status not in CONTESTANT_STATES:
        known = ", ".join(CONTESTANT_STATES)
        raise ValueError(f"contestant status {status!r} is not known; use one of {known}")
    changed = Contestant.objects.filter(id=contestant_id).update(status=status)
    if not changed:
        raise ValueError(f"there is no contestant {contestant_id}")
    # The board shows who plays: a new version makes every page and listener fetch it.
    season_id, account = Contestant.objects.values_list("season_id", "account_id").get(id=contestant_id)
    Season.objects.filter(id=season_id).update(version=F("version") + 1)
    if status in WITHDRAWS:
        ask_to_withdraw(season_id, [account], WITHDRAWS[status])


def set_clock(season_id: str, clock: str, speed: int, market_ms: int, wall_ms: int) -> None:
    """Change how market time runs from this moment on."""
    Season.objects.filter(id=season_id).update(
        clock=clock, speed=speed, anchor_market_ms=market_ms, anchor_wall_ms=wall_ms
    )


def skip_to_slot(season_id: str, slot: int) -> None:
    """Let a season's next round be this slot: the ones before it were never played."""
    rows = Season.objects.filter(id=season_id, round_open=False)
    rows.exclude(last_slot__gte=slot).update(last_slot=slot - 1)
