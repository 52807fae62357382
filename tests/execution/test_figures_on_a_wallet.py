"""A season's contestant at a venue's book: what happens there is counted on its own wallet, and audited."""

from dataclasses import replace
from typing import Any

import pytest

from arena.models import Contestant, Standing
from arena.selectors.audit import audit
from arena.selectors.measures import contestant_measures
from arena.services.binding import bind_contestant
from config.execution import desks
from config.seasons import play_rounds_at_full_speed
from config.wiring import WORLD
from kernel.units import SCALE, Rounding, mul_div
from tests.factories.played_season import SLUG, play_season
from tests.factories.truth_venue import Clock, TruthVenue
from tests.factories.venue_keys import venue_keyring
from tests.factories.venue_server import VenueServer
from trading.models import Fill, VenueAccount
from trading.services import Binding, VenueState
from trading.services.outbox_cycle import compare_turn, look_turn
from trading.services.outbox_desk import Desk

pytestmark = pytest.mark.django_db

WALLET = 52_317 * SCALE // 100


@pytest.fixture
def scene(settings: Any) -> tuple[Contestant, TruthVenue, Desk, Clock]:
    """Return a bound contestant of a season that is played, with its venue's book and its wired desk."""
    settings.ARENA_VENUE_KEYRING = venue_keyring()
    play_season(3)
    seat = Contestant.objects.exclude(account_id__in=Fill.objects.values("account_id"))[0]
    clock = Clock()
    venue = TruthVenue(VenueServer(clock=clock, wallet=WALLET), account=seat.slug)
    state = VenueState(venue.fetch_balance(), (), (), venue.fetch_permissions(), clock())
    binding = Binding(seat.account_id, seat.season_id, venue.name, "testnet", "a trial", "ann")
    bind_contestant(binding, state, "testnet", clock())
    VenueAccount.objects.update(enabled=True)
    clock.sleep(1_000)
    (desk,) = desks(replace(WORLD, wall_ms=clock), lambda *_: venue)
    compare_turn(desk)
    return seat, venue, desk, clock


def problems() -> list[str]:
    """Return what the audit finds."""
    return [f"{found.invariant} {found.problem}" for found in audit() if found.problem]


def test_trades_and_funding_at_the_venue_are_counted_on_the_wallet(scene: Any) -> None:
    seat, venue, desk, clock = scene
    venue.truth.external("BTC", 1, SCALE // 500)
    for _ in range(3):
        clock.sleep(60_000)
        look_turn(desk)
        compare_turn(desk)
    clock.sleep(1_000)
    venue.truth.fund("BTC", SCALE // 10_000)
    for _ in range(3):
        clock.sleep(60_000)
        look_turn(desk)
        compare_turn(desk)
    fill = Fill.objects.get(account_id=seat.account_id)
    row = Standing.objects.get(contestant=seat)
    assert (row.orders, row.opens, row.fees, row.turnover) == (1, 1, fill.fee, fill.notional)
    assert row.sum_size == mul_div(fill.margin_change, SCALE, WALLET, Rounding.DOWN)
    assert row.funding < 0
    assert problems() == []
    play_rounds_at_full_speed(seat.season_id, 2, lambda _result: None)
    assert problems() == []
    measures = contestant_measures(SLUG, seat.slug)
    assert measures is not None
    assert measures.figures["funding"].value == row.funding
    assert measures.figures["turnover_factor"].value == mul_div(fill.notional, SCALE, WALLET, Rounding.DOWN)
