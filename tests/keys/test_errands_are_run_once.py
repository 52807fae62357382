"""Errands: taken by one runner only, taken again when lost, given up in the end, and what a test finds."""

import json
import threading
from typing import Any

import pytest
from django.db import connection

from accounts.domain.secrets import Keyring
from accounts.selectors import secret_hints
from accounts.services import store_secret
from agents.domain.llm.catalogue import resolve_model
from agents.domain.specs import SpecConfig
from agents.models import Errand
from agents.selectors.catalogue import catalogue
from agents.selectors.errands import ErrandView, errand
from agents.services import ensure_specs
from agents.services.errands import (
    GIVEN_UP_AFTER_MS,
    LOST_AFTER_MS,
    TakenErrand,
    ask_errand,
    finish_errand,
    take_errand,
)
from config import errands
from config.errands import EndedError, run_errands
from config.wiring import World, wall_ms
from tests.factories.provider_server import ProviderServer
from tests.factories.provider_steps import status

KEY = "sk-errand-5512-abcd"
NOW = wall_ms()
KINDS = ("test_model",)


def ask(number: int = 1, at_ms: int = 1_000) -> str:
    return ask_errand("test_model", {"number": number}, "boss@example.org", at_ms)


def found(errand_id: str) -> ErrandView:
    view = errand(errand_id)
    assert view is not None
    return view


def take(at_ms: int = 1_001) -> TakenErrand:
    taken = take_errand(KINDS, at_ms)
    assert taken is not None
    return taken


@pytest.mark.django_db
def test_an_errand_waits_runs_and_is_done() -> None:
    errand_id = ask()
    assert (found(errand_id).state, found(errand_id).is_over) == ("waiting", False)
    taken = take()
    assert (taken.id, taken.request, found(errand_id).state) == (errand_id, {"number": 1}, "running")
    assert finish_errand(taken, is_done=True, result={"detail": ""}, wall_ms=1_500)
    assert (found(errand_id).state, found(errand_id).done_wall_ms) == ("done", 1_500)


@pytest.mark.django_db
def test_asking_twice_in_one_moment_is_one_errand() -> None:
    assert ask() == ask()
    assert ask(2) != ask()
    assert Errand.objects.count() == 2


@pytest.mark.django_db
def test_the_oldest_goes_first_and_other_kinds_are_left_alone() -> None:
    ask_errand("draft_strategy", {}, "x", 1)
    second, first = ask(2, 20), ask(1, 10)
    assert [take(30).id, take(30).id] == [first, second]
    assert take_errand(KINDS, 30) is None


@pytest.mark.django_db(transaction=True)
def test_many_runners_take_each_errand_once() -> None:
    asked = {ask(number) for number in range(12)}
    taken: list[str] = []

    def runner() -> None:
        while (mine := take_errand(KINDS, 2_000)) is not None:
            taken.append(mine.id)
        connection.close()

    threads = [threading.Thread(target=runner) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(asked)


@pytest.mark.django_db
def test_a_lost_errand_is_taken_again_and_its_first_runner_finishes_nothing() -> None:
    errand_id = ask()
    first = take(2_000)
    assert take_errand(KINDS, 2_000 + LOST_AFTER_MS - 1) is None
    second = take(2_000 + LOST_AFTER_MS)
    assert not finish_errand(first, is_done=True, result={"detail": "late"}, wall_ms=99_000)
    assert finish_errand(second, is_done=True, result={"detail": "in time"}, wall_ms=99_001)
    assert found(errand_id).result == {"detail": "in time"}


@pytest.mark.django_db
def test_an_errand_that_kills_whoever_takes_it_ends_as_failed() -> None:
    errand_id = ask(at_ms=0)
    now = 0
    for _ in range(GIVEN_UP_AFTER_MS // LOST_AFTER_MS):
        assert take(now).id == errand_id
        now += LOST_AFTER_MS
    assert take_errand(KINDS, GIVEN_UP_AFTER_MS + 1) is None
    assert found(errand_id).state == "failed"
    assert "ask again" in found(errand_id).result["detail"]


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(_request: dict[str, Any], _world: World) -> dict[str, Any]:
        raise EndedError(f"not with {KEY}")

    def break_down(_request: dict[str, Any], _world: World) -> dict[str, Any]:
        raise ZeroDivisionError("inner detail")

    monkeypatch.setattr(
        errands, "ERRANDS", {"end": end, "break": break_down, "fine": lambda _r, _w: {"a": 1}}
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("kinds")
def test_one_errands_trouble_keeps_no_other_from_running(
    keyring: Keyring, caplog: pytest.LogCaptureFixture
) -> None:
    keyring.hold(KEY)
    asked = [ask_errand(kind, {}, "x", NOW + at) for at, kind in enumerate(("end", "break", "fine"))]
    run_errands()
    assert [found(one).state for one in asked] == ["failed", "failed", "done"]
    assert found(asked[0]).result == {"detail": "not with [hidden]"}
    assert found(asked[1]).result == {"detail": "the arena made a mistake; it is logged"}
    assert "inner detail" in caplog.text


def asked_about(provider: ProviderServer, name: str = "tried", **config: str) -> ErrandView:
    """Store a specification, ask for its test, run it."""
    spec = SpecConfig("vllm", name, 1, {"model": "some-model", "base_url": provider.openai_url, **config})
    spec_id = ensure_specs([spec])[name]
    errand_id = ask_errand("test_model", {"spec": spec_id, "interval_ms": 180_000}, "x", NOW)
    run_errands()
    return found(errand_id)


@pytest.mark.django_db
def test_a_model_that_is_there_is_told_with_key_form_and_cost(
    provider: ProviderServer, keyring: Keyring
) -> None:
    provider.expected_key, provider.models = KEY, ["some-model"]
    provider.answer = lambda _request: json.dumps({"answer": "ready"})
    store_secret("provider", "agent:tried", KEY, provider.url.removeprefix("http://"), 1, keyring)
    view = asked_about(provider)
    assert view.state == "done"
    assert (view.result["key_accepted"], view.result["model_alive"]) == (True, True)
    assert view.result["structured_honoured"] is True
    assert (view.result["usd_a_day"], view.result["questions_a_day"]) == (0, 480)
    assert secret_hints("provider")[0].check_state == "accepted"
    assert KEY not in json.dumps(view.result)


@pytest.mark.django_db
def test_a_refused_key_is_told_and_marked(provider: ProviderServer, keyring: Keyring) -> None:
    provider.expected_key, provider.models = "sk-the-right-one-1", ["some-model"]
    store_secret("provider", "agent:tried", KEY, provider.url.removeprefix("http://"), 1, keyring)
    view = asked_about(provider)
    assert view.result["key_accepted"] is False
    assert secret_hints("provider")[0].check_state == "refused"


@pytest.mark.django_db
def test_a_provider_that_echoes_the_key_tells_it_to_nobody(
    provider: ProviderServer, keyring: Keyring
) -> None:
    provider.answer = lambda _request: status(400, message=f"bad key {KEY}")
    store_secret("provider", "agent:tried", KEY, provider.url.removeprefix("http://"), 1, keyring)
    view = asked_about(provider)
    assert provider.requests
    assert KEY not in json.dumps(view.result)


@pytest.mark.django_db
def test_a_model_without_its_key_or_address_ends_in_a_sentence() -> None:
    specs = {
        "keyless": SpecConfig("openai", "keyless", 1, {"model": "gpt-6-luna"}),
        "inside": SpecConfig(
            "openai_compatible", "inside", 1, {"model": "m", "base_url": "https://10.0.0.1/v1"}
        ),
    }
    stored = ensure_specs(list(specs.values()))
    asked = [
        ask_errand("test_model", {"spec": stored[name], "interval_ms": 180_000}, "x", NOW + at)
        for at, name in enumerate(specs)
    ]
    run_errands()
    first, second = (found(one) for one in asked)
    assert (first.state, second.state) == ("failed", "failed")
    assert "OPENAI_API_KEY" in first.result["detail"]
    assert "10.0.0.1" in second.result["detail"]


@pytest.mark.django_db
def test_a_specification_that_is_gone_ends_in_a_sentence() -> None:
    errand_id = ask_errand("test_model", {"spec": "0" * 32, "interval_ms": 1_000}, "x", NOW)
    run_errands()
    assert "enter it again" in found(errand_id).result["detail"]


def test_a_days_cost_follows_the_seasons_interval() -> None:
    model = resolve_model(catalogue(), "openai", {})
    day = errands.cost_a_day(model, 180_000, 1_795_000_000_000)
    twice = errands.cost_a_day(model, 90_000, 1_795_000_000_000)
    assert day["questions_a_day"] == 480
    assert twice["usd_a_day"] == 2 * day["usd_a_day"] > 0
    assert "openai" in day["price"]
