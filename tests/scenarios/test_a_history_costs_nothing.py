"""The history before a default season asks no provider, whatever keys are there; afterwards models play."""

from typing import Any

import pytest

from agents.domain.roster import RosterEntry
from agents.models import ModelCall, Reservation
from arena.models import Contestant, Round, Turn
from arena.services.seasons import set_contestant_status, set_season_status
from config import jobs
from config.cli import serve
from config.wiring import wall_ms
from kernel.ids import derive_id
from tests.factories.contests import house
from tests.factories.live_contest import LiveContest, problems
from tests.factories.loopback_venue import running_venue
from tests.factories.minds_field import faults_found, model, requests_by_model
from tests.factories.minds_outside import cut_network, wait_until
from tests.factories.provider_server import ProviderServer

pytestmark = pytest.mark.django_db(transaction=True)
HISTORY = 12
AN_HOUR_A_SECOND = 3600


def open_season(provider: ProviderServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """Open the season of a fresh installation with a free model and one whose key would be billed."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-would-be-billed-1234")
    billed = RosterEntry("ChatGPT", "chatgpt", "", "openai", {"model": "gpt-6.1-terra"})
    roster = [*house("scoring", "buy_and_hold"), model(provider, "ann"), billed]
    options: dict[str, Any] = {
        "market": "simulated",
        "seed": 1,
        "warm_up": HISTORY,
        "speed": AN_HOUR_A_SECOND,
    }
    return serve.open_default_season(options, roster=roster)


def statuses(season: str) -> dict[str, str]:
    return dict(Contestant.objects.filter(season_id=season).values_list("slug", "status"))


def test_no_provider_is_asked_during_the_history(
    provider: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        refused = cut_network(patch)
        season = open_season(provider, monkeypatch)
        assert refused == []
    assert Round.objects.filter(season_id=season, stage="closed").count() == HISTORY
    assert provider.connections == 0
    assert not ModelCall.objects.exists()
    assert not Reservation.objects.exists()
    assert not Turn.objects.filter(contestant__slug__in=["ann", "chatgpt"]).exists(), "nor shown as failed"
    assert {statuses(season)[slug] for slug in ("ann", "chatgpt")} == {"waiting_for_key"}


def test_the_model_is_seated_after_the_history_and_asked_from_the_next_round_on(
    provider: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = open_season(provider, monkeypatch)
    set_contestant_status(derive_id("contestant", season, "chatgpt"), "retired")  # no test pays for it
    jobs.seat_contestants()
    assert statuses(season)["ann"] == "playing"

    def play_due() -> bool:
        jobs.play_rounds()
        return Round.objects.filter(season_id=season, stage="closed").count() >= HISTORY + 3

    wait_until(play_due, "three rounds after the history")
    set_season_status(season, "finished", wall_ms())
    numbers = list(
        Turn.objects.filter(contestant__slug="ann")
        .order_by("round__number")
        .values_list("round__number", flat=True)
    )
    assert numbers[0] == HISTORY + 1
    assert requests_by_model(provider) == {"ann": len(numbers)}
    assert faults_found() == []


def test_the_history_of_a_live_venue_asks_nobody_either(provider: ProviderServer) -> None:
    with running_venue() as venue:
        contest = LiveContest(venue)
        contest.open([*house("momentum"), model(provider, "ann")], warm_up=HISTORY)
        assert Round.objects.filter(stage="closed").count() == HISTORY
        assert provider.connections == 0
        assert not Turn.objects.filter(contestant__slug="ann").exists()
        jobs.seat_contestants()
        for later in range(3):
            contest.go_to(contest.first_live_slot + later)
            contest.ring()
            contest.ring()
    assert requests_by_model(provider) == {"ann": 3}
    assert set(ModelCall.objects.values_list("outcome", flat=True)) == {"answered"}
    assert problems() == []
