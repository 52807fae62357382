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
from arena.rounds import play_next_round
from arena.selectors.audit import audit
from arena.selectors.roster import season_facts
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


@pytest.mark.parametrize("steps", [-2, -1, 0])
def test_an_earlier_slot_is_never_opened_after_a_later_one(tmp_path: Path, steps: int) -> None:
    season_id = open_quiet_contest(tmp_path)
    play(season_id, 3)
    season = season_facts(season_id)
    assert season.clock.last_slot is not None
    slot, before = season.clock.last_slot + steps, everything()
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


def test_who_worked_its_slot_out_before_a_later_round_was_played_opens_nothing(tmp_path: Path) -> None:
    season_id = open_quiet_contest(tmp_path)
    ports = ports_for(season_id)
    play(season_id, 1)

    def play_on() -> None:
        assert len(play(season_id, 2)) == 2

    # The slow one has read which slot is due; two rounds are played before it settles and opens.
    with between('SELECT "trading_tradingstate"', play_on, after=False):
        assert play_next_round(ports, season_id) is None
    slots = list(Round.objects.order_by("number").values_list("slot", flat=True))
    assert len(slots) == 3
    assert slots == sorted(slots)
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
