"""Slots open in order and once, a claim belongs to one, and what keeps failing is tried ever less often."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from agents.domain.answers import encode_answer
from arena.models import Contestant, Round, Season
from arena.ports import Ports
from arena.rounds import play_next_round, settle_until
from arena.selectors.audit import audit
from arena.selectors.roster import season_facts
from arena.services.seasons import set_clock
from arena.services.stages import Claim, claim_round, open_slot, release_claim, release_leases
from kernel.time import MINUTE_MS
from tests.factories.contests import house, open_contest, play, ports_for, says, scripted, write_tape
from trading.domain.observation import Observation

pytestmark = pytest.mark.django_db
WALL_MS = 1_800_000_000_000
LEASE_MS = 1_000


def open_quiet_contest(folder: Path, slug: str = "cup") -> str:
    """Open a contest of one who holds."""
    return open_contest([scripted("ann", says())], f"tape:{write_tape(folder)}", slug=slug)


def open_first(season_id: str, wall_ms: int = WALL_MS, lease_ms: int = LEASE_MS) -> Claim:
    """Open the next slot of a season."""
    season = season_facts(season_id)
    claim = open_slot(season, season.clock.next_slot, season.clock.anchor_market_ms, wall_ms, lease_ms)
    assert claim is not None
    return claim


def everything() -> dict[str, list[Any]]:
    """Return every row of the contest's own tables."""
    models = apps.get_app_config("arena").get_models()
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


@contextmanager
def between(what: str, act: Callable[[], object], *, after: bool) -> Iterator[None]:
    """Do something once, just before or just after the first statement that starts like this."""
    pending = [act]

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not (pending and sql.startswith(what)):
            return execute(sql, *rest)
        now = pending.pop()
        if after:
            result = execute(sql, *rest)
            now()
            return result
        now()
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield
    assert not pending


def open_on_the_wall_clock(folder: Path) -> str:
    """Open a quiet contest whose market time is the time that `ports_at` names."""
    season_id = open_quiet_contest(folder)
    set_clock(season_id, "wall", 1, 0, 0)
    return season_id


def ports_at(season_id: str, minute: int) -> Ports:
    """Return a season's ports at so many minutes, and a second, after its first slot's start."""
    first_slot = season_facts(season_id).clock.first_slot
    return replace(ports_for(season_id), wall_ms=lambda: (first_slot + minute) * MINUTE_MS + 1_000)


def played_slots(season_id: str) -> list[int]:
    """Return the slots of the rounds, counted from the season's first, in the order of their numbers."""
    slots = Round.objects.order_by("number").values_list("slot", flat=True)
    return [slot - season_facts(season_id).clock.first_slot for slot in slots]


@pytest.mark.parametrize("missed", [1, 2])
def test_a_slot_that_was_missed_is_never_opened_after_a_later_one(tmp_path: Path, missed: int) -> None:
    season_id = open_on_the_wall_clock(tmp_path)
    for minute in (0, 3):
        assert play_next_round(ports_at(season_id, minute), season_id) is not None
    season, before = season_facts(season_id), everything()
    slot = season.clock.first_slot + missed
    assert open_slot(season, slot, slot * MINUTE_MS, WALL_MS, LEASE_MS) is None
    assert everything() == before
    assert open_slot(season, season.clock.next_slot, 0, WALL_MS, LEASE_MS) is not None


@pytest.mark.parametrize("ahead", [0, 1, 5])
def test_facts_from_before_another_round_open_no_slot(tmp_path: Path, ahead: int) -> None:
    season_id = open_quiet_contest(tmp_path)
    play(season_id, 1)
    stale = season_facts(season_id)
    play(season_id, 1)
    before = everything()
    assert open_slot(stale, stale.clock.next_slot + ahead, 0, WALL_MS, LEASE_MS) is None
    assert everything() == before


@pytest.mark.parametrize("ahead", [0, 1, 5])
def test_while_a_round_is_open_no_other_slot_opens(tmp_path: Path, ahead: int) -> None:
    season_id = open_quiet_contest(tmp_path)
    open_first(season_id)
    season, before = season_facts(season_id), everything()
    assert season.clock.round_open
    assert open_slot(season, season.clock.next_slot + ahead, 0, WALL_MS, LEASE_MS) is None
    assert everything() == before
    release_leases()
    assert [result.number for result in play(season_id, 2)] == [1, 2]
    assert not season_facts(season_id).clock.round_open


def test_a_season_marked_as_in_a_round_opens_none(tmp_path: Path) -> None:
    season_id = open_quiet_contest(tmp_path)
    season = season_facts(season_id)
    Season.objects.update(round_open=True)
    before = everything()
    assert open_slot(season, season.clock.next_slot, 0, WALL_MS, LEASE_MS) is None
    assert everything() == before


@pytest.mark.parametrize(("slow", "quick"), [(1, 3), (3, 2)])
def test_who_worked_its_slot_out_before_another_round_was_played_opens_nothing(
    tmp_path: Path, slow: int, quick: int
) -> None:
    season_id = open_on_the_wall_clock(tmp_path)
    assert play_next_round(ports_at(season_id, 0), season_id) is not None

    def play_meanwhile() -> None:
        ports = ports_at(season_id, max(slow, quick))
        assert play_next_round(ports_at(season_id, quick), season_id) is not None
        settle_until(ports.market, season_facts(season_id), ports.wall_ms())

    # The slow one has read which slot is due; another is played, and all settled, before it opens.
    with between('SELECT "trading_tradingstate"', play_meanwhile, after=False):
        assert play_next_round(ports_at(season_id, slow), season_id) is None
    assert played_slots(season_id) == [0, quick]
    assert play_next_round(ports_at(season_id, 5), season_id) is not None
    assert played_slots(season_id) == [0, quick, 5]
    assert [finding.problem for finding in audit() if finding.problem] == []


def test_a_claim_whose_epoch_moved_on_meanwhile_is_not_given(tmp_path: Path) -> None:
    opened = open_first(open_quiet_contest(tmp_path), lease_ms=0)
    others: list[Claim | None] = []

    def take() -> None:
        others.append(claim_round(opened.round_id, WALL_MS, 0))

    with between('UPDATE "arena_round"', take, after=False):
        assert claim_round(opened.round_id, WALL_MS, LEASE_MS) is None
    assert others == [Claim(opened.round_id, 2)]
    assert Round.objects.get().epoch == 2


def test_two_claims_never_have_the_same_epoch(tmp_path: Path) -> None:
    opened = open_first(open_quiet_contest(tmp_path), lease_ms=0)
    others: list[Claim | None] = []

    def take() -> None:
        others.append(claim_round(opened.round_id, WALL_MS + LEASE_MS, LEASE_MS))

    with between('UPDATE "arena_round"', take, after=True):
        assert claim_round(opened.round_id, WALL_MS, LEASE_MS) == Claim(opened.round_id, 2)
    assert others == [Claim(opened.round_id, 3)]


def test_freeing_one_seasons_claims_leaves_the_others_alone(tmp_path: Path) -> None:
    ours, theirs = (open_quiet_contest(tmp_path, slug) for slug in ("ours", "theirs"))
    claims = {season: open_first(season) for season in (ours, theirs)}
    assert release_leases([]) == 0
    assert release_leases([ours]) == 1
    assert claim_round(claims[theirs].round_id, WALL_MS, LEASE_MS) is None
    assert claim_round(claims[ours].round_id, WALL_MS, LEASE_MS) == Claim(claims[ours].round_id, 2)


def test_who_lost_its_round_does_not_give_it_back(tmp_path: Path) -> None:
    old = open_first(open_quiet_contest(tmp_path), lease_ms=0)
    new = claim_round(old.round_id, WALL_MS, LEASE_MS)
    assert new is not None
    release_claim(old, WALL_MS - MINUTE_MS)
    assert Round.objects.get().lease_until_ms == WALL_MS + LEASE_MS
    release_claim(new, WALL_MS)
    assert Round.objects.get().lease_until_ms == WALL_MS + 2_000


class Counted:
    """An agent that holds, and counts how often it is asked."""

    blocking = False

    def __init__(self) -> None:
        self.asked = 0

    def decide(self, observation: Observation) -> bytes:
        """Hold."""
        self.asked += 1
        return encode_answer(f"Holds in {len(observation.market.marks)} symbols.", ())


def fail_to_store_turns(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    """Refuse every turn, as a full disk would."""
    if sql.startswith('INSERT INTO "arena_turn"'):
        raise OSError("no space left on device")
    return execute(sql, *rest)


def test_a_round_that_keeps_failing_is_tried_ever_less_often(tmp_path: Path) -> None:
    season_id = open_contest([scripted("ann", says()), *house("always_flat")], f"tape:{write_tape(tmp_path)}")
    agent, now = Counted(), [WALL_MS]
    ann = Contestant.objects.get(slug="ann").id
    ports = replace(ports_for(season_id), agents={ann: agent}, wall_ms=lambda: now[0])
    tries = []
    with connection.execute_wrapper(fail_to_store_turns):
        for _ in range(2 * 270):  # twice a second: far more often than the schedule rings
            try:
                assert play_next_round(ports, season_id) is None
            except OSError:
                tries.append((now[0] - WALL_MS) / 1_000)
            now[0] += 500
    assert tries == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]
    assert agent.asked == len(tries)
    now[0] += MINUTE_MS
    result = play_next_round(ports, season_id)
    assert result is not None
    assert (result.number, agent.asked) == (1, len(tries) + 1)
    assert not Season.objects.get().round_open


def test_a_new_start_tries_at_once_what_failed(tmp_path: Path) -> None:
    season_id = open_quiet_contest(tmp_path)
    with connection.execute_wrapper(fail_to_store_turns), pytest.raises(OSError, match="no space"):
        play(season_id, 1)
    assert play(season_id, 1) == []
    release_leases([season_id])
    assert play(season_id, 1)[0].number == 1
