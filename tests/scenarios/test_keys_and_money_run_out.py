"""A refused key stops only its own contestant until an operator resets it; so does an empty purse."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accounts.domain.secrets import read_keyring
from accounts.services import store_secret
from agents.domain.llm.exchange import Usage
from agents.models import Breaker, Budget, ModelCall, Reservation
from agents.ports import ModelAgent
from agents.selectors import recount_tallies, tallies
from arena.ports import Ports
from config.contestants import is_ready
from config.seasons import open_planned_season
from config.wiring import wall_ms
from kernel.ids import derive_id
from kernel.units import SCALE
from tests.factories import provider_steps as steps
from tests.factories.commands import arena
from tests.factories.contests import house, play, ports_for, season_plan
from tests.factories.keys import MASTER_KEY
from tests.factories.minds_field import (
    calls_of,
    faults_found,
    model,
    reasons_of,
    requests_by_model,
    trade,
)
from tests.factories.minds_outside import play_again
from tests.factories.model_asks import FlatPrices
from tests.factories.provider_dialects import ReceivedRequest
from tests.factories.provider_server import ProviderServer
from tests.factories.provider_steps import Step

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = {"ann": "sk-good-key-of-ann-1", "bob": "sk-lost-key-of-bob-2"}


@pytest.fixture
def _keyring(settings: Any) -> None:
    settings.ARENA_KEYRING = read_keyring(f"first:{MASTER_KEY}")


@pytest.fixture
def locked_out(provider: ProviderServer) -> Iterator[set[str]]:
    """Let the provider refuse the keys in this set."""
    keys = {KEYS["bob"]}

    def answer(request: ReceivedRequest) -> str | Step:
        if request.key in keys:
            return steps.status(401, message="Incorrect API key provided")
        return trade(request)

    provider.answer = answer
    yield keys
    provider.answer = trade


def open_with_keys(provider: ProviderServer, market: str, settings: Any) -> str:
    entries = [model(provider, name, "vllm") for name in KEYS]
    host = f"127.0.0.1:{provider.port}"
    for name, key in KEYS.items():
        store_secret("provider", f"agent:{name}", key, host, wall_ms(), settings.ARENA_KEYRING)
    assert all(is_ready(entry.spec) for entry in entries)
    free = model(provider, "cleo", "ollama")
    return open_planned_season(season_plan(market), [*entries, free, *house("random")], with_models=True)


@pytest.mark.usefixtures("_keyring")
def test_a_refused_key_stops_its_own_contestant_until_an_operator_resets_it(
    tmp_path: Path,
    provider: ProviderServer,
    market: str,
    settings: Any,
    locked_out: set[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    season = open_with_keys(provider, market, settings)
    play(season, 3)
    assert reasons_of(season, "bob") == ["auth", "breaker", "breaker"]
    assert requests_by_model(provider) == {"ann": 3, "bob": 1, "cleo": 3}
    assert Breaker.objects.exclude(reason="").count() == 1

    assert arena(capsys, "breaker", "reset", "vllm").status == 0
    play(season, 1)  # the key is still refused: one question, and shut again
    locked_out.clear()
    play(season, 1)
    assert arena(capsys, "breaker", "reset", "vllm").status == 0
    play(season, 2)
    assert calls_of(season, "bob") == [
        "auth",
        "breaker",
        "breaker",
        "auth",
        "breaker",
        "answered",
        "answered",
    ]
    assert requests_by_model(provider) == {"ann": 7, "bob": 4, "cleo": 7}
    assert set(calls_of(season, "ann") + calls_of(season, "cleo")) == {"answered"}
    keys = {(request.model, request.key) for request in provider.requests}
    assert {("ann", KEYS["ann"]), ("bob", KEYS["bob"])} <= keys
    assert not [model for model, key in keys if model == "cleo" and key in KEYS.values()]
    assert faults_found() == []
    again = play_again("cup", tmp_path / "season.jsonl", market, capsys, monkeypatch)
    assert calls_of(again, "bob") == calls_of(season, "bob")


def priced(season: str) -> Ports:
    """Return the season's ports where tokens cost money also on this machine."""
    real = ports_for(season)
    agents = {
        who: replace(agent, is_free=False) if isinstance(agent, ModelAgent) else agent
        for who, agent in real.agents.items()
    }
    return replace(real, agents=agents, prices=FlatPrices())


def test_an_empty_purse_is_a_forced_hold_that_says_so(
    tmp_path: Path,
    provider: ProviderServer,
    market: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A token costs 0.00001 USD here: each call is set aside with some 0.06 USD and takes 0.04.
    provider.answer = lambda request: steps.ok(trade(request), usage=Usage(3_900, 0, 0, 100, 0))
    poor = model(provider, "ann", max_usd_season="0.2")
    stingy = model(provider, "bob", max_usd_call="0.000001")
    rich = model(provider, "cleo")
    season = open_planned_season(season_plan(market), [poor, stingy, rich], with_models=True)
    play(season, 8, lambda: priced(season))

    outcomes = calls_of(season, "ann")
    asked = outcomes.count("answered")
    assert 1 <= asked < 8
    assert outcomes == ["answered"] * asked + ["budget"] * (8 - asked)
    assert calls_of(season, "bob") == ["budget"] * 8
    assert requests_by_model(provider) == {"ann": asked, "cleo": 8}
    assert reasons_of(season, "ann")[asked:] == ["budget"] * (8 - asked)
    details = ModelCall.objects.filter(outcome="budget").values_list("model", "detail").distinct()
    assert set(details) == {("ann", "over the cap of its season"), ("bob", "over the cap of its call")}

    check_the_money(season)
    assert faults_found() == []
    play_again("cup", tmp_path / "season.jsonl", market, capsys, monkeypatch)


def check_the_money(season: str) -> None:
    """Hold contestants and budgets to the sums of their calls, and the season to its cap."""
    assert tallies(season) == recount_tallies(season)
    for name in ("ann", "bob", "cleo"):
        who = derive_id("contestant", season, name)
        spent = sum(ModelCall.objects.filter(contestant_id=who).values_list("cost", flat=True))
        assert tallies(season)[who].cost == spent
        held = list(Budget.objects.filter(kind="season", holder=who).values_list("reserved", "spent"))
        assert held == [(0, spent)]
    assert tallies(season)[derive_id("contestant", season, "ann")].cost <= SCALE // 5
    assert not Reservation.objects.filter(settled=False).exists()
