"""PostgreSQL ends our session in the middle of a booking: nothing is half booked, the next rings do it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.selectors import balances, check_ledger
from arena import selectors
from arena.rounds import play_next_round
from arena.selectors.audit import audit
from kernel.units import SCALE
from tests.execution.test_orders_are_sent_once import assert_books_are_the_venues, state_of
from tests.factories.contests import SLUG, Bar, buy, close, open_contest, ports_for, says, scripted, story_of
from tests.factories.contests import write_tape as write
from tests.factories.hang_ups import When, hang_up_on_all, hung_up, ring
from tests.factories.live_orders import Stage, stage
from tests.factories.truth_venue import Clock
from trading import models
from trading.services.outbox_cycle import compare_turn, look_turn, send_turn

pytestmark = pytest.mark.django_db(transaction=True)
CRASH: Bar = (100, 100, 80, 100)
ROUNDS = 6


def run(scene: Stage, seconds: int) -> int:
    """Let the jobs ring as a runner rings them; return how many told that the database was gone."""
    failed = 0
    for second in range(seconds):
        due: list[Callable[[Any], object]] = [send_turn] if second % 2 == 0 else []
        due += [look_turn] if second % 5 == 0 else []
        due += [compare_turn] if second % 60 == 59 else []
        for turn in due:
            failed += ring(lambda turn=turn: turn(scene.desk))  # type: ignore[misc]
            assert_nothing_is_half_booked(scene)
        scene.clock.sleep(1_000)
    return failed


def assert_nothing_is_half_booked(scene: Stage) -> None:
    """See each execution there with its posting, its position and its order's count, or not at all."""
    assert check_ledger() is None
    account = scene.desk.account_id
    fills = models.Fill.objects.filter(account_id=account)
    held = sum(fill.side * fill.qty for fill in fills)
    rows = models.Position.objects.filter(account_id=account, qty__gt=0)
    assert sum(row.side * row.qty for row in rows) == held
    assert sum(models.Order.objects.filter(account_id=account).values_list("filled", flat=True)) == abs(held)
    wallet = balances([account])[account].total
    assert (wallet == 10_000 * SCALE) == (not fills)


def end_of(scene: Stage, order_id: str) -> tuple[Any, ...]:
    """Return what a run comes to."""
    account = scene.desk.account_id
    order = models.Order.objects.get(id=order_id)
    fills = models.Fill.objects.filter(account_id=account).order_by("symbol")
    said = balances([account])[account]
    return (
        (order.state, order.filled, order.attempts),
        list(fills.values_list("symbol", "side", "qty", "notional", "fee", "pnl", "kind")),
        (said.total, said.available),
    )


def undisturbed() -> tuple[Any, ...]:
    """Return what the same order comes to where nobody hangs up."""
    scene = stage("calm")
    order_id = scene.decide()
    assert run(scene, 20) == 0
    return end_of(scene, order_id)


def assert_goes_on(when: When, number: int, scene: Stage) -> None:
    """Hang up at this statement; see the ring tell it, and those after it do the rest once."""
    order_id = scene.decide()
    with hung_up(when, number) as met:
        assert run(scene, 200) == len(met)
    assert met, "nobody hung up: the step has fewer statements than that"
    assert state_of(order_id) == "filled"
    assert scene.truth.placed([order_id]) == {order_id: 1}
    assert scene.venue.submits == [order_id]
    assert_books_are_the_venues(scene)
    assert not models.VenueMismatch.objects.exists()
    assert end_of(scene, order_id) == undisturbed()
    assert [finding for finding in audit() if finding.problem] == []


@pytest.mark.parametrize("number", range(0, 12, 2))
def test_while_a_venues_execution_is_booked(number: int) -> None:
    assert_goes_on(lambda sql, _: sql.startswith('INSERT INTO "accounts_'), number, stage())


@pytest.mark.parametrize("number", range(4))
def test_while_what_a_venue_said_of_an_order_is_recorded(number: int) -> None:
    scene = stage()
    assert_goes_on(lambda _sql, _values: bool(scene.venue.submits), number, scene)


def open_season(folder: Path, slug: str) -> str:
    """Open a contest with entries, exits by decision and stops that the market reaches."""
    market = f"tape:{write(folder, bars=ROUNDS + 4, bent=dict.fromkeys((4, 7), CRASH))}"
    traded = [says(buy()), says(close())] * ROUNDS
    stopped = [says(buy(stop=95))] * ROUNDS
    return open_contest([scripted("ann", *traded), scripted("bob", *stopped)], market, slug=slug)


def play(season: str, slug: str, rounds: int) -> int:
    """Ring until so many rounds are closed; return how many rings told that the database was gone."""
    clock, failed = Clock(), 0
    for _ in range(rounds * 3):
        view = selectors.season_view(slug, 0)
        assert view is not None
        if view.rounds_closed >= rounds:
            break
        ports = ports_for(season, wall_ms=clock)
        failed += ring(lambda: play_next_round(ports, season))  # noqa: B023 - called at once
        assert check_ledger() is None
        assert [finding for finding in audit() if finding.problem] == []
        clock.sleep(600_000)  # beyond the claim of a ring that could not give it back
    return failed


def seen_of(slug: str) -> tuple[Any, ...]:
    """Return a season's replay head, how many rounds it closed, and everybody's story."""
    view = selectors.season_view(slug, 0)
    assert view is not None
    return view.replay_head, view.rounds_closed, story_of("ann", slug), story_of("bob", slug)


@pytest.mark.parametrize("kind", ["stop_loss", "decision"])
@pytest.mark.parametrize("number", range(0, 10, 3))
def test_while_a_paper_season_books_an_exit_or_a_rounds_fills(tmp_path: Path, kind: str, number: int) -> None:
    play(open_season(tmp_path, "calm"), "calm", ROUNDS)
    season = open_season(tmp_path, SLUG)

    def books(sql: str, values: Any) -> bool:
        return sql.startswith('INSERT INTO "trading_fill"') and kind in str(values)

    with hung_up(books, number) as met:
        assert play(season, SLUG, ROUNDS) == 1
    assert met, "nobody hung up"
    assert seen_of(SLUG) == seen_of("calm")
    assert {row[7] for row in story_of("bob")["fills"]} >= {"decision", "stop_loss"}


def test_a_restart_while_nobody_works_costs_no_ring() -> None:
    scene = stage()
    order_id = scene.decide()
    assert not ring(lambda: compare_turn(scene.desk))
    assert hang_up_on_all()
    assert not ring(lambda: send_turn(scene.desk)), "a pooled connection is looked at before it is handed out"
    assert run(scene, 120) == 0
    assert end_of(scene, order_id) == undisturbed()
    assert_books_are_the_venues(scene)
