"""Adding a model contestant without code: by command, admin and API, with a key that nobody sees again."""

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.selectors import secret_hints
from agents.domain.llm.entry import ContestantForm, EntryError, check_entry, slug_of
from agents.selectors.catalogue import catalogue
from agents.selectors.specs import newest_spec
from arena.models import Contestant, Turn
from config.errands import run_errands
from config.seasons import play_rounds_at_full_speed
from tests.factories.commands import Said, arena
from tests.factories.contests import seat_now
from tests.factories.keys import KEY, body, post
from tests.factories.played_season import SLUG, play_season
from tests.factories.provider_server import ProviderServer

pytestmark = pytest.mark.django_db

OWNER = "agent:my-model"


def by_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, key: str, *arguments: str
) -> Said:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{key}\n"))
    return arena(capsys, "contestant", *arguments, "--season", SLUG)


def test_a_model_added_by_command_is_tested_and_plays_the_next_round(
    season: str, ready: ProviderServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = by_command(
        capsys,
        monkeypatch,
        KEY,
        *(
            "add",
            "My Model",
            "--provider",
            "vllm",
            "--model",
            "some-model",
            "--key-stdin",
            "--test",
            "--json",
        ),
        *("--base-url", ready.openai_url, "--replicas", "2"),
    )
    assert (said.status, said.json["contestants"]) == (0, {"my-model": "playing", "my-model-2": "playing"})
    assert (said.json["test"]["key_accepted"], said.json["test"]["usd_a_day"]) == (True, 0)
    assert KEY not in said.out + said.err
    asked = len(ready.requests)
    play_rounds_at_full_speed(season, 1, lambda _result: None)
    assert len(ready.requests) == asked + 2
    turns = Turn.objects.filter(contestant__slug__startswith="my-model")
    assert set(turns.values_list("outcome", "reason")) == {("held", "")}


def test_a_test_that_finds_a_wrong_key_ends_with_status_one(
    season: str, ready: ProviderServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del season
    add = ("add", "My Model", "--provider", "vllm", "--model", "some-model", "--base-url", ready.openai_url)
    assert by_command(capsys, monkeypatch, "sk-the-wrong-one-1", *add, "--key-stdin").status == 0
    said = by_command(capsys, monkeypatch, "", "test", "my-model")
    assert said.status == 1
    assert "key accepted      NO" in said.out
    assert "sk-the-wrong-one-1" not in said.out + said.err


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("add", "My Model"), "name the contestant and its provider"),
        (("add", "!!!", "--provider", "openai"), "name: the name needs"),
        (("add", "Scoring", "--provider", "openai"), "choose another name"),
        (("add", "M", "--provider", "openai_compatible", "--model", "m"), "base_url is missing"),
        (("add", "M", "--provider", "openai", "--base-url", "https://a.example.com"), "at its own address"),
        (("add", "M", "--provider", "openai", "--effort", "enormous"), "effort"),
        (("add", "M", "--provider", "openai", "--replicas", "0"), "replicas must lie"),
        (("add", "M", "--provider", "openai", "--max-usd-day", "much"), "amounts of USD"),
        (("add", "M", "--provider", "openai", "--set", "colour=red"), "has no setting 'colour'"),
        (("add", "M", "--provider", "openai", "--prompt", "/nowhere"), "cannot read /nowhere"),
        (("test", "scoring"), "no language model"),
        (("test", "nobody"), "has no contestant nobody"),
    ],
)
def test_bad_descriptions_are_refused_in_a_sentence(
    arguments: tuple[str, ...],
    why: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Contestant.objects.count()
    said = by_command(capsys, monkeypatch, "", *arguments)
    assert (said.status, Contestant.objects.count()) == (2, before)
    assert why in said.err


INSIDE = [
    "https://127.0.0.1/v1",
    "http://models.example.com/v1",
    "https://10.0.0.1/v1",
    "https://0x7f000001/v1",
]


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_points_inside_is_refused_and_nothing_is_stored(
    operator: Client, address: str
) -> None:
    data = {"name": "M", "provider": "openai_compatible", "model": "m", "base_url": address, "key": KEY}
    answer = post(operator, "contestants", data)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "base_url")
    assert secret_hints("provider") == ()
    assert KEY not in answer.content.decode()


def test_a_model_added_by_api_is_tested_by_an_errand(
    season: str, ready: ProviderServer, operator: Client
) -> None:
    answer = post(operator, "contestants", body(ready))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    assert answer.json()["data"] == {"season": SLUG, "contestants": ["my-model"], "key": "stored"}
    asked = post(operator, f"contestants/my-model/test?season={SLUG}")
    assert (asked.status_code, asked.json()["data"]["state"]) == (202, "waiting")
    assert operator.get(asked.headers["Location"]).json()["data"]["result"] is None
    run_errands()
    told = operator.get(asked.headers["Location"])
    result = told.json()["data"]["result"]
    assert (result["key_accepted"], result["model_alive"], result["usd_a_day"]) == (True, True, "0")
    assert KEY not in answer.content.decode() + told.content.decode()
    assert seat_now(season) >= 1
    play_rounds_at_full_speed(season, 1, lambda _result: None)
    assert Turn.objects.get(contestant__slug="my-model").outcome == "held"


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": 7}, "name"),
        ({"provider": "acme"}, "provider"),
        ({"replicas": "two"}, "replicas"),
        ({"replicas": 21}, "replicas"),
        ({"settings": {"a": 1}}, "settings"),
        ({"key": "two words"}, "key"),
        ({"key": 12345678}, "key"),
        ({"season": "winter"}, "season"),
        ({"profile": "reckless"}, "profile"),
        ({"prompt": "x" * 5_000}, "prompt"),
        ({"max_usd_day": "-1"}, "caps"),
        ({"colour": "red"}, "body"),
    ],
)
def test_the_api_names_the_field_at_fault(
    changes: dict[str, Any], field: str, operator: Client, provider: ProviderServer
) -> None:
    answer = post(operator, "contestants", body(provider, **changes))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert not Contestant.objects.filter(slug="my-model").exists()
    assert secret_hints("provider") == ()
    assert str(changes.get("key", KEY)) not in answer.content.decode()


@pytest.mark.usefixtures("season")
def test_only_staff_with_the_right_may_enter_by_api(client: Client, provider: ProviderServer) -> None:
    def status() -> int:
        return int(post(client, "contestants", body(provider)).status_code)

    people = get_user_model().objects
    assert status() == 403
    client.force_login(people.create_user("member@localhost"))
    assert status() == 403
    clerk = people.create_user("clerk@localhost", is_staff=True)
    client.force_login(clerk)
    assert status() == 403
    assert client.get("/api/v1/errands/x").status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="add_contestant"))
    assert status() == 201


@pytest.mark.usefixtures("season")
def test_the_api_is_guarded_against_forgery(provider: ProviderServer) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_superuser("chief@localhost"))
    assert post(client, "contestants", body(provider)).status_code == 403


@pytest.mark.usefixtures("season")
def test_entering_it_anew_at_another_address_forgets_the_old_key(
    provider: ProviderServer, operator: Client
) -> None:
    post(operator, "contestants", body(provider))
    assert [hint.owner for hint in secret_hints("provider")] == [OWNER]
    play_season(rounds=1, slug="winter")
    elsewhere = body(provider, base_url="http://127.0.0.1:1/v1", season="winter")
    del elsewhere["key"]
    assert post(operator, "contestants", elsewhere).json()["data"]["key"] == "not_given"
    assert secret_hints("provider") == ()


@pytest.mark.usefixtures("season")
def test_a_prompt_of_its_own_plays_in_the_custom_division(operator: Client, provider: ProviderServer) -> None:
    post(operator, "contestants", body(provider, prompt="Buy low.", max_usd_day="2.5"))
    assert Contestant.objects.get(slug="my-model").division == "custom"
    spec = newest_spec("my-model")
    assert spec is not None
    assert (spec.config["prompt"], spec.config["max_usd_day"]) == ("Buy low.", "2.5")
    assert KEY not in json.dumps(spec.config)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("GPT 6 (cheap)", "gpt-6-cheap"), ("Élan", "elan"), ("  a  ", "a"), ("模型", ""), ("--", "")],
)
def test_names_become_slugs(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_every_provider_with_its_defaults_can_be_entered() -> None:
    made: Callable[..., ContestantForm] = ContestantForm
    for kind, provider in catalogue().providers.items():
        base_url = "" if provider.base_url else "https://models.example.com/v1"
        needed = {name: "abc" for name, value in provider.fields.items() if not value}
        form = made(
            name="X", kind=kind, model=provider.default_model or "m", base_url=base_url, settings=needed
        )
        assert check_entry(form, catalogue(), allow_loopback=True).entries[0].slug == "x"


def test_a_control_sign_in_a_name_is_refused() -> None:
    with pytest.raises(EntryError, match="the name needs"):
        check_entry(ContestantForm(name="a\u202eb", kind="openai"), catalogue(), allow_loopback=True)


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize("address", ["", "http://127.0.0.1:11434/v1", "http://localhost:1/v1"])
def test_a_model_of_this_machine_is_refused_while_it_could_never_be_asked(
    address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ARENA_LOOPBACK_MODELS = False
    add = (
        "add",
        "Loc",
        "--provider",
        "ollama",
        "--model",
        "m",
        *(("--base-url", address) if address else ()),
    )
    said = by_command(capsys, monkeypatch, "", *add)
    assert (said.status, Contestant.objects.filter(slug="loc").exists()) == (2, False)
    assert "set ARENA_LOOPBACK_MODELS=1" in said.err


def test_the_model_that_the_arena_starts_itself_needs_no_leave_for_others() -> None:
    form = ContestantForm(name="Small", kind="local_llm")
    assert check_entry(form, catalogue(), allow_loopback=False).model.on_this_machine


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("[" * 60_000, 400),
        ("[" * 100_000, 413),
        ('{"name": "\\ud800", "provider": "openai"}', 400),
        ('{"name": "x", "provider": "openai", "prompt": "a\\u0000b"}', 400),
        ('{"name": "x", "provider": "openai", "replicas": NaN}', 400),
        ('{"name": "x", "provider": "openai", "season": "de mo"}', 400),
    ],
)
@pytest.mark.parametrize("address", ["contestants", "strategies/draft", "strategies/x/apply"])
def test_a_body_that_cannot_be_read_is_refused_and_breaks_nothing(
    operator: Client, address: str, sent: str, status: int
) -> None:
    answer = operator.post(f"/api/v1/{address}", sent, content_type="application/json")
    assert answer.status_code in ({status} if address == "contestants" else {status, 400, 404})
    assert answer.headers["Content-Type"] == "application/problem+json"
