"""Claims fence: whoever lost a round to another worker writes nothing more; two at once play it once."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connections

from arena import selectors
from arena.domain.stages import STAGES
from arena.models import Round, Season
from arena.rounds import play_next_round, play_round
from arena.selectors.audit import audit
from arena.selectors.roster import round_facts, season_facts
from arena.services.settlement import settle_ticks
from arena.services.stages import Claim, LostClaimError, claim_round, open_slot
from arena.services.work import RoundWork
from arena.steps.asking import ask_agents, freeze_snapshot
from arena.steps.closing import close_round
from arena.steps.executing import execute_and_book, freeze_execution_book, write_intents
from arena.steps.judging import commit_decisions, review_decisions
from config.wiring import wall_ms
from tests.factories.contests import (
    SLUG,
    Bar,
    buy,
    close,
    house,
    open_contest,
    play,
    ports_for,
    says,
    scripted,
    story_of,
    write_tape,
)

STEPS: tuple[Callable[[RoundWork], object], ...] = (
    freeze_snapshot,
    ask_agents,
    review_decisions,
    commit_decisions,
    freeze_execution_book,
    write_intents,
    execute_and_book,
    close_round,
)
NAMES = [step.__name__ for step in STEPS]
CRASH: Bar = (100, 100, 80, 100)
LATER_MS = 10**9
ROUNDS = 26


def open_duel(folder: Path, slug: str = SLUG, bars: int = ROUNDS + 3) -> str:
    """Open a contest of one who is stopped now and then and one who opens and closes."""
    crashes = dict.fromkeys(range(6, bars - 2, 5), CRASH)
    market = f"tape:{write_tape(folder, bars=bars, bent=crashes)}"
    roster = [
        scripted("ann", *[says(buy()), says(close())] * ROUNDS),
        scripted("bob", *[says(buy(stop=95))] * ROUNDS),
        *house("random"),
    ]
    return open_contest(roster, market, slug=slug)


def claimed_work(season_id: str, stage: int) -> RoundWork:
    """Return the work of a freshly claimed first round that has gone through so many steps."""
    season = season_facts(season_id)
    claim = open_slot(season, season.clock.next_slot, season.clock.anchor_market_ms, wall_ms(), 1_000)
    assert claim is not None
    return go_on(season_id, claim, stage)


def go_on(season_id: str, claim: Claim, stage: int) -> RoundWork:
    """Return the work of a claim after so many steps."""
    work = RoundWork(ports_for(season_id), season_facts(season_id), claim, round_facts(claim.round_id))
    for step in STEPS[:stage]:
        step(work)
    return work


def row_counts() -> dict[str, int]:
    """Return how many rows each table holds."""
    return {model.__name__: model._default_manager.count() for model in apps.get_models()}


@pytest.mark.django_db
@pytest.mark.parametrize("stage", range(len(STEPS)), ids=NAMES)
def test_whoever_was_overtaken_before_a_step_writes_nothing(tmp_path: Path, stage: int) -> None:
    season_id = open_duel(tmp_path)
    old = claimed_work(season_id, stage)
    assert claim_round(old.claim.round_id, wall_ms() + LATER_MS, 1_000) == Claim(old.claim.round_id, 2)
    before = row_counts()
    with pytest.raises(LostClaimError, match=f"is no longer at {STAGES[stage]} under epoch 1"):
        STEPS[stage](old)
    # What was seen of the market may be stored by anybody: ticks are the same whoever records them.
    assert {name: count for name, count in row_counts().items() if name != "Tick"} == {
        name: count for name, count in before.items() if name != "Tick"
    }


@pytest.mark.django_db
@pytest.mark.parametrize("stage", range(len(STEPS)), ids=NAMES)
def test_whoever_was_overtaken_and_passed_writes_nothing(tmp_path: Path, stage: int) -> None:
    season_id = open_duel(tmp_path)
    old = claimed_work(season_id, stage)
    new = claim_round(old.claim.round_id, wall_ms() + LATER_MS, 1_000)
    assert new is not None
    play_round(ports_for(season_id), season_facts(season_id), new)
    before = row_counts()
    with pytest.raises(LostClaimError):
        STEPS[stage](old)
    assert row_counts() == before
    assert [finding for finding in audit() if finding.problem] == []


@pytest.mark.django_db
def test_a_claim_holds_until_its_lease_runs_out(tmp_path: Path) -> None:
    work = claimed_work(open_duel(tmp_path), 0)
    assert claim_round(work.claim.round_id, wall_ms(), 1_000) is None
    assert claim_round(work.claim.round_id, wall_ms() + 2_000, 1_000) == Claim(work.claim.round_id, 2)


@pytest.mark.django_db
def test_a_slot_is_opened_once(tmp_path: Path) -> None:
    season = season_facts(open_duel(tmp_path))
    slot, market_ms = season.clock.next_slot, season.clock.anchor_market_ms
    assert open_slot(season, slot, market_ms, 1, 1_000) is not None
    assert open_slot(season, slot, market_ms, 1, 1_000) is None
    assert Round.objects.count() == 1


@pytest.mark.django_db
def test_a_worker_that_lost_its_round_says_so_by_no_result(tmp_path: Path) -> None:
    season_id = open_duel(tmp_path)
    claimed_work(season_id, 3)
    assert play_next_round(ports_for(season_id), season_id) is None
    Round.objects.update(lease_until_ms=0)
    assert play(season_id, 1)[0].number == 1


def run_together(works: list[Callable[[], None]]) -> None:
    """Run functions in threads of their own at the same time; raise what the first of them raised."""
    trouble: list[BaseException] = []
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        try:
            barrier.wait()
            work()
        except BaseException as error:  # noqa: BLE001 - carried to the test's own thread
            trouble.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if trouble:
        raise trouble[0]


def play_to_the_end(season_id: str) -> None:
    """Ring until the season is finished; whoever finds a round taken tries again."""
    deadline_s = time.monotonic() + 50
    while Season.objects.get(id=season_id).status == "running" and time.monotonic() < deadline_s:
        play_next_round(ports_for(season_id), season_id)


@pytest.mark.django_db(transaction=True)
def test_four_threads_at_once_play_one_round_a_slot(tmp_path: Path) -> None:
    calm, busy = open_duel(tmp_path, "calm"), open_duel(tmp_path)
    play_to_the_end(calm)
    run_together([lambda: play_to_the_end(busy)] * 4)
    one, four = selectors.season_view("calm", 0), selectors.season_view(SLUG, 0)
    assert one is not None
    assert four is not None
    assert four.rounds_closed == one.rounds_closed == ROUNDS + 1
    assert four.replay_head == one.replay_head
    assert story_of("bob") == story_of("bob", "calm")
    assert [finding for finding in audit() if finding.problem] == []


def watch_to_the_end(season_id: str) -> None:
    """Settle whatever ticks are there, as the watcher does, until the season is finished."""
    while True:
        season = season_facts(season_id)
        if season.status != "running":
            return
        settle_ticks(season, LATER_MS * 10_000)


@pytest.mark.django_db(transaction=True)
def test_watchers_and_players_at_once_book_every_exit_once(tmp_path: Path) -> None:
    calm, busy = open_duel(tmp_path, "calm"), open_duel(tmp_path)
    play_to_the_end(calm)
    run_together(
        [lambda: play_to_the_end(busy), lambda: watch_to_the_end(busy), lambda: watch_to_the_end(busy)]
    )
    assert story_of("bob") == story_of("bob", "calm")
    stops = [row for row in story_of("bob")["fills"] if row[7] == "stop_loss"]
    assert len(stops) == 2
    one, many = selectors.season_view("calm", 0), selectors.season_view(SLUG, 0)
    assert one is not None
    assert many is not None
    assert many.replay_head == one.replay_head
    assert [finding for finding in audit() if finding.problem] == []


@pytest.mark.django_db
def test_a_lease_of_a_clock_that_has_gone_back_holds_nobody(tmp_path: Path) -> None:
    work = claimed_work(open_duel(tmp_path), 0)
    Round.objects.update(lease_until_ms=wall_ms() + 2 * 3_600_000)
    assert claim_round(work.claim.round_id, wall_ms(), 1_000) == Claim(work.claim.round_id, 2)
