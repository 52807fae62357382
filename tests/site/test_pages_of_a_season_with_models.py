"""Pages and API over a season that models on the loopback really played."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # publishes no types

from agents.services import stop_loop
from arena import selectors
from arena.models import Round, Turn
from interfaces.api.answers import BOARDS
from interfaces.api.openapi import document_bytes
from interfaces.api.shapes_turn import write_raw
from interfaces.security import POLICY
from interfaces.site.answers import PAGES
from kernel.canonical import sha256_hex
from tests.factories import provider_steps as steps
from tests.factories.contests import play
from tests.factories.markup import read_page
from tests.factories.model_contests import open_model_contest
from tests.factories.provider_server import ProviderServer
from tests.factories.roster import HOSTILE

pytestmark = pytest.mark.django_db

ROUND = "/seasons/cup/rounds/2/"
TURN = f"{ROUND}ann/"
DATA = "/api/v1/seasons/cup/rounds/2/turns/ann/"


@pytest.fixture(autouse=True)
def _fresh(settings: Any) -> Iterator[None]:
    settings.ARENA_LOOPBACK_MODELS = True
    BOARDS.forget()
    cache.clear()
    PAGES.forget()  # seasons of other tests have the same address
    yield
    stop_loop()


@pytest.fixture
def season(tmp_path: Path) -> str:
    """Play three rounds: ann says hostile things, bob fails once."""
    words = json.dumps({"summary": HOSTILE, "decisions": [{"symbol": "BTC", "action": HOSTILE}]})
    said = {"ann-model": words, "bob-model": '{"summary": "Waits.", "decisions": []}'}
    with ProviderServer(lambda request: said[request.model], key_of=lambda request: request.model) as server:
        season_id = open_model_contest(tmp_path, server, "ann", "bob")
        play(season_id, 1)
        server.script([steps.refusal()], key="bob-model")
        play(season_id, 2)
        stop_loop()
    return season_id


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == POLICY
    return " ".join(read_page(answer.content.decode()).text.split())


@pytest.mark.usefixtures("season")
def test_every_page_of_the_season_shows_its_models(client: Client) -> None:
    board = text_of(client, "/seasons/cup/")
    assert "What thinking took" in board
    assert "Newest calls" in text_of(client, "/seasons/cup/contestants/bob/")
    assert "The model refused to answer." in text_of(client, "/seasons/cup/contestants/bob/")
    assert "The model refused to answer." in text_of(client, f"{ROUND}bob/")
    assert "ann-model" in text_of(client, ROUND)
    assert "Newest calls" not in text_of(client, "/seasons/cup/contestants/momentum/")


@pytest.mark.usefixtures("season")
def test_what_the_model_said_stays_text(client: Client) -> None:
    for address in (ROUND, TURN, "/seasons/cup/", "/seasons/cup/contestants/ann/"):
        html = client.get(address).content.decode()
        reading = read_page(html)
        assert reading.inline == []
        assert "img" not in reading.tags
        assert not set("\u202e\u2066\u200b") & set(html)


@pytest.mark.usefixtures("season")
def test_page_and_api_show_the_same_question_and_answer(client: Client) -> None:
    shown = client.get(DATA)
    data = json.loads(shown.content)["data"]
    page = read_page(client.get(TURN).content.decode()).text
    for part in ("system", "market", "account"):
        assert sha256_hex(data["prompt"][part].encode()) == data["prompt"][f"{part}_sha256"]
        assert data["prompt"][part] in page
        assert data["prompt"][f"{part}_sha256"] in page
    raw = data["answer"]["text"].encode()
    assert (data["answer"]["encoding"], sha256_hex(raw)) == ("utf-8", data["turn"]["answer_sha256"])
    assert data["turn"]["reason"] == "unknown_action"
    assert "One decision names no action of the rule book; it is void." in page


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize("who", ["ann", "bob", "momentum"])
def test_a_turn_is_what_the_document_says(client: Client, who: str) -> None:
    document = json.loads(document_bytes())
    path = document["paths"]["/api/v1/seasons/{slug}/rounds/{number}/turns/{contestant}/"]
    schema = path["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**schema, "components": document["components"]})
    validator.validate(json.loads(client.get(f"/api/v1/seasons/cup/rounds/2/turns/{who}/").content))
    contestant = document["paths"]["/api/v1/seasons/{slug}/contestants/{contestant}/"]
    schema = contestant["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**schema, "components": document["components"]})
    validator.validate(json.loads(client.get(f"/api/v1/seasons/cup/contestants/{who}/").content))


@pytest.mark.usefixtures("season")
def test_a_house_agent_was_sent_no_prompt(client: Client) -> None:
    data = json.loads(client.get("/api/v1/seasons/cup/rounds/2/turns/momentum/").content)["data"]
    assert data["prompt"] is None
    assert data["turn"]["call"] is None
    assert json.loads(data["answer"]["text"])["summary"]
    assert "No prompt was sent" in text_of(client, f"{ROUND}momentum/")


def test_an_open_round_shows_neither_question_nor_answer(client: Client, season: str) -> None:
    Round.objects.filter(season_id=season, number=2).update(stage="answered")
    data = json.loads(client.get(DATA).content)["data"]
    assert (data["is_closed"], data["prompt"], data["answer"]) == (False, None, None)
    text = text_of(client, TURN)
    assert "The round is not closed yet" in text
    assert "The question, as it was sent" not in text


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize("rest", ["rounds/2/nobody/", "rounds/99/ann/", "rounds/99999999999999999999/ann/"])
def test_a_turn_that_is_not_there_is_not_found(client: Client, rest: str) -> None:
    assert client.get(f"/seasons/cup/{rest}").status_code == 404
    number, who = rest.split("/")[1:3]
    answer = client.get(f"/api/v1/seasons/cup/rounds/{number}/turns/{who}/")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (404, "unknown_turn")
    assert client.get("/api/v1/seasons/none/rounds/1/turns/ann/").status_code == 404


def test_bytes_that_are_no_text_are_told_as_base64() -> None:
    written = write_raw(b"\xff\x00")
    assert (written["encoding"], base64.b64decode(written["text"])) == ("base64", b"\xff\x00")


@pytest.mark.usefixtures("season")
def test_a_turn_costs_as_many_reads_whoever_plays_beside_it() -> None:
    with CaptureQueriesContext(connection) as alone:
        assert selectors.turn_page("cup", 2, "momentum") is not None
    with CaptureQueriesContext(connection) as first:
        assert selectors.turn_page("cup", 1, "ann") is not None
    with CaptureQueriesContext(connection) as third:
        assert selectors.turn_page("cup", 3, "ann") is not None
    assert len(first) == len(third)
    assert len(alone) <= len(third) <= 12


def test_the_newest_turns_stand_first_with_their_calls(season: str) -> None:
    view = selectors.contestant("cup", "bob", 0)
    assert view is not None
    assert [line.number for line in view.turns] == [3, 2, 1]
    reasons = Turn.objects.filter(contestant__slug="bob", round__season_id=season).order_by("-round__number")
    assert [line.reason for line in view.turns] == list(reasons.values_list("reason", flat=True))
    assert all(line.call and line.call.model == "bob-model" for line in view.turns)
