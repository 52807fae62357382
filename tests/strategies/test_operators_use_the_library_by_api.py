"""The library over the API: what goes in, what comes out, and who may."""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # publishes no types

from agents.domain.specs import SpecConfig
from agents.services import ensure_specs
from arena.models import Contestant
from config.errands import run_errands
from interfaces.api.openapi import document_bytes
from tests.factories.contests import SLUG, house, open_contest, play
from tests.factories.provider_server import ProviderServer
from tests.factories.strategies import ALWAYS, RSI_DIP, in_place

pytestmark = pytest.mark.django_db

BASE = "/api/v1/strategies"


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser("chief@localhost"))
    return client


def post(client: Client, address: str, body: Any = None) -> Any:
    data = body if isinstance(body, str) else json.dumps(body)
    return client.post(f"{BASE}{address}", data, content_type="application/json")


def check(answer: Any, path: str, method: str) -> Any:
    """Return the data of an answer that is what the document says."""
    document = json.loads(document_bytes())
    said = document["paths"][f"{BASE}{path}"][method]["responses"][str(answer.status_code)]
    schema = {**said["content"]["application/json"]["schema"], "components": document["components"]}
    body = json.loads(answer.content)
    Draft202012Validator(schema).validate(body)
    assert answer.headers["Cache-Control"] == "no-store"
    return body["data"]


def test_a_document_goes_from_the_body_to_a_contestant_and_back(operator: Client) -> None:
    play(open_contest(house("momentum")), 2)
    saved = check(post(operator, "", {**ALWAYS, "confidence": 0.7}), "", "post")
    assert (saved["version"], saved["status"], saved["document"]["confidence"]) == (1, "draft", "0.7")
    tried = check(operator.get(f"{BASE}/always-long/try?rounds=1"), "/{name}/try", "get")
    assert (tried["season"], tried["rounds"], tried["calls"]["BTC"]["long"]) == (SLUG, 1, 1)
    applied = check(post(operator, "/always-long/apply", {"name": "Mine"}), "/{name}/apply", "post")
    assert applied == {"season": SLUG, "contestant": "mine"}
    shown = check(operator.get(f"{BASE}/always-long"), "/{name}", "get")
    assert shown["contestants"] == [{"season": SLUG, "slug": "mine", "status": "playing"}]
    assert shown["explanation"][1] == "Opens a long when price is above 0."
    assert [view["status"] for view in check(operator.get(BASE), "", "get")] == ["active"]
    retired = check(post(operator, "/always-long/retire"), "/{name}/retire", "post")
    assert retired == {"contestants": ["mine"]}


def test_a_draft_is_asked_for_and_told_when_it_is_done(operator: Client, provider: ProviderServer) -> None:
    config = {"model": "some-model", "base_url": provider.openai_url, "dialect": "chat"}
    ensure_specs([SpecConfig("ollama", "drafter", config=config)])
    provider.answer = lambda _request: json.dumps({"refusal": "", "strategy": RSI_DIP})
    asked = post(operator, "/draft", {"sentence": "Buy the dip", "model": "drafter"})
    assert check(asked, "/draft", "post")["state"] == "waiting"
    run_errands()
    done = json.loads(operator.get(asked.headers["Location"]).content)["data"]
    assert (done["state"], done["result"]["name"], done["result"]["usd"]) == ("done", "rsi-dip", "0")
    provider.answer = lambda _request: "no"
    asked = post(operator, "/draft", {"sentence": "Sell the dip", "model": "drafter"})
    run_errands()
    failed = json.loads(operator.get(asked.headers["Location"]).content)["data"]
    assert (failed["state"], failed["result"]["raw"], failed["result"]["version"]) == ("failed", "no", 0)
    assert Contestant.objects.count() == 0


@pytest.mark.parametrize(
    ("address", "body", "status", "sentence"),
    [
        ("", in_place(RSI_DIP, "entry.long.all.0.op", "=="), 400, "entry.long.all[0].op: '==' is unknown"),
        ("", '{"form": "strategy-1", "form": "x"}', 400, "two things under one key"),
        ("", "[" * 100_000, 400, "longer than 64 KiB"),
        ("", in_place(RSI_DIP, "name", "draft"), 400, "choose another name"),
        ("/draft", {"sentence": " ", "model": "x"}, 400, "sentence: is empty"),
        ("/draft", {"sentence": "x"}, 400, "model is missing."),
        ("/draft", {"sentence": 5, "model": "x"}, 400, "sentence must be text."),
        ("/none/apply", {}, 404, "There is no strategy none"),
        ("/none/apply", {"version": True}, 400, "version must be a whole number."),
        ("/none/apply", {"colour": 1}, 400, "colour is not a field"),
        ("/none/apply", [], 400, "one JSON object"),
        ("/none/retire", None, 404, "There is no strategy none"),
    ],
)
def test_what_is_wrong_is_refused_in_a_sentence(
    operator: Client, address: str, body: Any, status: int, sentence: str
) -> None:
    answer = post(operator, address, body)
    assert answer.status_code == status
    assert sentence in json.loads(answer.content)["detail"]


def test_only_staff_with_the_right_may_look_or_write(client: Client) -> None:
    for user in (None, get_user_model().objects.create_user("somebody@localhost")):
        if user is not None:
            client.force_login(user)
        assert client.get(BASE).status_code == 403
        assert client.get(f"{BASE}/x/try").status_code == 403
        for address in ("", "/draft", "/x/apply", "/x/retire"):
            assert post(client, address, RSI_DIP).status_code == 403


def test_a_body_that_is_no_json_is_refused_by_its_kind(operator: Client) -> None:
    assert operator.post(BASE, {"form": "strategy-1"}).status_code == 415
    assert operator.get(f"{BASE}/x/try?season=nowhere").status_code == 404
