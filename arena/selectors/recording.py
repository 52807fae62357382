"""What a recording must say of a season so that it can be played again."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple

from agents.selectors import spec_config
from arena.models import Contestant, Round, RuleBookVersion, Season, Turn
from trading import selectors as trading
from trading.domain.levels import GLOBAL
from trading.selectors.commands import carried_out


@dataclass(frozen=True, slots=True)
class RecordedContestant:
    """One contestant with its stretches: (round number, 'playing' | 'paused' | 'absent' from then on)."""

    name: str
    slug: str
    subtitle: str
    kind: str
    config: dict[str, Any]
    profile: str
    replica: int
    original: str
    presence: tuple[tuple[int, str], ...]


EVERYBODY: Final = "@global"
"""The scope of a command to the whole arena: no slug can be written so."""


class RecordedCommand(NamedTuple):
    """A command as it was carried out. ``scope`` is a slug or EVERYBODY, ``kind`` 'cancel' or 'flatten'."""

    scope: str
    kind: str
    effective_ms: int


@dataclass(frozen=True, slots=True)
class RecordedSeason:
    """A season as far as it was played. ``slots`` are stretches (first slot, how many)."""

    name: str
    market_spec: str
    market_kind: str
    market_label: str
    market_sha256: str
    seed: int
    rules: dict[str, Any]
    first_slot: int
    slots: tuple[tuple[int, int], ...]
    rounds: int
    replay_hash: str
    contestants: tuple[RecordedContestant, ...]
    commands: tuple[RecordedCommand, ...] = ()


def recorded_season(slug: str) -> RecordedSeason | None:
    """Return a season's description up to its last closed round; None if there is no such season."""
    row = Season.objects.filter(slug=slug).first()
    if row is None:
        return None
    rounds = list(Round.objects.filter(season=row, stage="closed").order_by("number"))
    # The head of the last closed round: what fired since then belongs to a round that is still to come.
    head = rounds[-1].replay_hash if rounds else row.replay_head
    first = RuleBookVersion.objects.filter(season=row).earliest("version")
    return RecordedSeason(
        name=row.name,
        market_spec=row.market_spec,
        market_kind=row.market_kind,
        market_label=row.market_label,
        market_sha256=row.market_sha256,
        seed=row.seed,
        rules=json.loads(trading.rule_book(first.sha256).to_bytes()),
        first_slot=row.first_slot,
        slots=_stretches([item.slot for item in rounds]),
        rounds=len(rounds),
        replay_hash=head,
        contestants=_contestants(row.id, len(rounds)),
        commands=_commands(row.id),
    )


def _commands(season_id: str) -> tuple[RecordedCommand, ...]:
    """Return the commands that were carried out, in order; those that still wait are no part of a record."""
    slugs = dict(Contestant.objects.filter(season_id=season_id).values_list("account_id", "slug"))
    return tuple(
        RecordedCommand(EVERYBODY if scope == GLOBAL else slugs[scope], kind, effective_ms)
        for scope, kind, effective_ms in carried_out(season_id)
    )


def count_slugs(base: str) -> int:
    """Return how many seasons' slugs begin like this."""
    return Season.objects.filter(slug__startswith=base).count()


def round_hashes(season_id: str) -> dict[int, str]:
    """Return round number -> replay hash of the closed rounds."""
    rows = Round.objects.filter(season_id=season_id, stage="closed")
    return dict(rows.order_by("number").values_list("number", "replay_hash"))


def _stretches(slots: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return consecutive slots as (first, length)."""
    found: list[tuple[int, int]] = []
    for slot in slots:
        if found and slot == sum(found[-1]):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((slot, 1))
    return tuple(found)


def _contestants(season_id: str, rounds: int) -> tuple[RecordedContestant, ...]:
    rows = list(Contestant.objects.filter(season_id=season_id).order_by("position"))
    specs = spec_config({row.spec_id for row in rows})
    firsts = {row.spec_id: row.slug for row in reversed(rows) if not row.replica}
    states = _states(season_id)
    return tuple(
        RecordedContestant(
            name=row.name,
            slug=row.slug,
            subtitle=row.subtitle,
            kind=specs[row.spec_id].kind,
            config=specs[row.spec_id].config,
            profile=row.profile,
            replica=row.replica,
            original=firsts.get(row.spec_id, "") if row.replica else "",
            presence=_presence(states.get(row.id, {}), rounds),
        )
        for row in rows
    )


def _states(season_id: str) -> dict[str, dict[int, str]]:
    """Return contestant -> round number -> 'playing' or 'paused'."""
    turns = Turn.objects.filter(round__season_id=season_id, round__stage="closed")
    found: dict[str, dict[int, str]] = {}
    for contestant, number, reason in turns.values_list("contestant_id", "round__number", "reason"):
        found.setdefault(contestant, {})[number] = "paused" if reason == "paused" else "playing"
    return found


def _presence(states: dict[int, str], rounds: int) -> tuple[tuple[int, str], ...]:
    every: Iterable[tuple[int, str]] = (
        (number, states.get(number, "absent")) for number in range(1, rounds + 1)
    )
    stretches = [next(group) for _state, group in groupby(every, key=lambda item: item[1])]
    return tuple(stretch for stretch in stretches if stretch != (1, "absent"))
