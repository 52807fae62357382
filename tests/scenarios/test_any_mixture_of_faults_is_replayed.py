"""Providers that fail in every way, in most calls: the books hold, and the tape plays to the same hash."""

import random
from pathlib import Path

import pytest

from agents.models import ModelCall, Reservation
from agents.selectors import recount_tallies, tallies
from agents.services import stop_loop
from arena.services.seasons import season_id_of
from config.seasons import open_planned_season
from tests.factories import provider_steps as steps
from tests.factories.commands import arena
from tests.factories.contests import house, play, ports_for, season_plan
from tests.factories.minds_field import (
    attempts_by_model,
    faults_found,
    model,
    requests_by_model,
    trade,
    turns_of,
)
from tests.factories.minds_outside import cut_network
from tests.factories.provider_dialects import ReceivedRequest
from tests.factories.provider_server import ProviderServer
from tests.factories.provider_steps import Step

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]
ROUNDS = 15
DEADLINE_S = 0.8

FAULTS: tuple[Step, ...] = (
    steps.refusal(),
    steps.truncated(),
    steps.content_filter(),
    steps.empty_content(),
    steps.failed(),
    steps.choices_null(),
    steps.status(400, "context_length_exceeded"),
    steps.status(404),
    steps.status(429, headers={"retry-after": "0"}),
    steps.status(429, headers={"retry-after": "31536000"}),
    steps.status(500),
    steps.status(503),
    steps.status(529),
    steps.html_200(),
    steps.error_200(),
    steps.broken_json(),
    steps.wrong_content_type(),
    steps.drip(),
    steps.huge(2_000_000),
    steps.huge(2_000_000, chunked=True),
    steps.gzip_bomb(2_000_000),
    steps.reset(),
    steps.short_body(),
    steps.slow_first_byte(5),
    steps.redirect("http://127.0.0.1:1/v1/chat/completions"),
    steps.ok("\ud83d\x00 no JSON \x7f" + "{" * 200),
    steps.ok('{"summary": "<think>", "decisions": [{"action": "BUY", "symbol": "BTC"}]}'),
    steps.raw(200, b""),
    steps.raw(200, b"\xff\xfe\x00"),
    steps.raw(204, b""),
    steps.raw(418, b"{}"),
)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_season_of_faults_ends_in_the_same_hash_again(
    seed: int,
    tmp_path: Path,
    market: str,
    provider: ProviderServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(seed)  # noqa: S311 - lots of a test, no secret

    def answer(request: ReceivedRequest) -> str | Step:
        return trade(request) if chance.random() < 0.4 else chance.choice(FAULTS)

    provider.answer = answer
    roster = [
        model(provider, "ann", "llamacpp"),
        model(provider, "bob", "vllm", dialect="responses"),
        model(provider, "cleo", dialect="messages"),
        *house("buy_and_hold"),
    ]
    season = open_planned_season(season_plan(market, seed=seed), roster, with_models=True)
    played = play(season, ROUNDS, lambda: ports_for(season, agent_deadline_s=DEADLINE_S))
    assert len(played) == ROUNDS
    stop_loop()
    assert len(set(ModelCall.objects.values_list("outcome", flat=True))) >= 6
    # An attempt may end at its deadline before its question has arrived; none arrives that is not recorded.
    assert requests_by_model(provider) <= attempts_by_model(season)
    assert not Reservation.objects.filter(settled=False).exists()
    assert tallies(season) == recount_tallies(season)
    assert faults_found() == []

    tape = tmp_path / "season.jsonl"
    assert arena(capsys, "tape", "cup", "--out", str(tape)).status == 0
    refused = cut_network(monkeypatch)
    said = arena(capsys, "replay", str(tape), "--json", "--market", market)
    again = season_id_of(said.json["slug"])
    assert turns_of(again) == turns_of(season)
    assert outcomes_of(again) == outcomes_of(season)
    assert (said.status, said.json["same"], refused) == (0, True, [])


def outcomes_of(season: str) -> list[tuple[object, ...]]:
    rows = ModelCall.objects.filter(season_id=season).order_by("slot", "model")
    return list(rows.values_list("slot", "model", "outcome", "attempts", "input_tokens", "output_tokens"))
